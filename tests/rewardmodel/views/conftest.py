"""Browsers of the cast, and rows as a training leaves them."""

import pytest
from django.test import Client
from django.utils import timezone

from rewardmodel.models import Alias, DatasetSnapshot, RewardModel, TrainingRun
from tests.pages import signed_in

FIGURES = {
    "accuracy": 0.7314,
    "accuracy_interval": [0.645, 0.81],
    "log_loss": 0.583,
    "length_baseline_accuracy": 0.548,
    "pairs": 96,
    "prompts": 6,
}


@pytest.fixture
def as_max(max) -> Client:
    return signed_in(max)


@pytest.fixture
def as_ada(ada) -> Client:
    return signed_in(ada)


@pytest.fixture
def as_olga(olga) -> Client:
    return signed_in(olga)


@pytest.fixture
def snapshot(project):
    return DatasetSnapshot.objects.create(project=project, sha256="ab" * 32, groups=50, rankings=150, pairs=811)


@pytest.fixture
def running(project, snapshot):
    return TrainingRun.objects.create(
        project=project,
        snapshot=snapshot,
        status=TrainingRun.Status.RUNNING,
        trigger=TrainingRun.Trigger.RANKINGS,
        step=20,
        total_steps=60,
        curve=[
            {"event": "step", "step": 10, "loss": 0.69},
            {"event": "step", "step": 20, "loss": 0.61},
            {"event": "eval", "step": 20, "split": "validation", "accuracy": 0.6, "log_loss": 0.65},
        ],
        started_at=timezone.now(),
    )


@pytest.fixture
def versions(project, snapshot):
    """Two models: version 1 was champion before version 2."""
    metrics = {"test": FIGURES, "validation": None}
    models = []
    for version in (1, 2):
        run = TrainingRun.objects.create(
            project=project,
            snapshot=snapshot,
            status=TrainingRun.Status.SUCCEEDED,
            trigger=TrainingRun.Trigger.MANUAL,
            metrics=metrics,
        )
        models.append(
            RewardModel.objects.create(
                project=project,
                version=version,
                run=run,
                snapshot=snapshot,
                metrics=metrics,
            )
        )
    Alias.objects.create(project=project, name=Alias.Name.PREVIOUS, reward_model=models[0])
    Alias.objects.create(project=project, name=Alias.Name.CHAMPION, reward_model=models[1])
    return models
