"""Runs and reward models that several tests need."""

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from labeling.models import Project, Prompt
from rewardmodel.models import RewardModel, TrainingRun
from rewardmodel.services.registry import register_reward_model
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import rank


def make_run(project: Project, annotator: User, prompt: Prompt, **fields: Any) -> TrainingRun:
    """A queued run on one ranking."""
    if not prompt.rankings.exists():
        rank(annotator, prompt, "r2 > r1 = r3")
    snapshot = freeze_snapshot(project=project, created_by=annotator)
    return TrainingRun.objects.create(project=project, snapshot=snapshot, trigger="manual", **fields)


def make_reward_model(project: Project, folder: Path) -> RewardModel:
    """The next version of a project that has a snapshot; its folder holds a file instead of weights."""
    run = TrainingRun.objects.create(project=project, snapshot=project.snapshots.latest("pk"), trigger="manual")
    run.claim()
    run.succeed({"test": None})
    output = folder / f"output-{run.pk}"
    output.mkdir(parents=True)
    (output / "model.safetensors").write_text(f"weights of run {run.pk}")
    return register_reward_model(run=run, output=output, metrics={"test": None, "prompts": run.pk})
