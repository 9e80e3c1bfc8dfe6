"""When to train again, by itself."""

import logging
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from labeling.exceptions import InvalidInput, LabelingError
from labeling.models import Project
from rewardmodel.models import RetrainPolicy, TrainingRun
from rewardmodel.selectors.runs import new_rankings
from rewardmodel.services.runs import queue_training_run

logger = logging.getLogger(__name__)


def policy_for(project: Project) -> RetrainPolicy:
    """The project's policy; a project that has none yet gets the default one, paused."""
    return RetrainPolicy.objects.get_or_create(project=project)[0]


def update_policy(*, project: Project, **changes: Any) -> RetrainPolicy:
    policy = policy_for(project)
    for name, value in changes.items():
        setattr(policy, name, value)
    try:
        policy.clean_fields(exclude=["project"])
    except ValidationError as error:
        raise InvalidInput(
            "; ".join(f"{field}: {' '.join(said)}" for field, said in error.message_dict.items())
        ) from None
    policy.save(update_fields=list(changes))
    return policy


def retrain_if_due() -> list[int]:
    """Queue a run for every project whose policy asks for one now; the runs' ids."""
    queued = []
    for policy in RetrainPolicy.objects.filter(paused=False).select_related("project"):
        trigger = _due(policy)
        if trigger is None or TrainingRun.objects.active().filter(project=policy.project).exists():
            continue
        try:
            queued.append(queue_training_run(project=policy.project, trigger=trigger, created_by=None).pk)
        except LabelingError as error:
            logger.warning("%s is due for retraining, but: %s", policy.project.slug, error.detail)
    return queued


def _due(policy: RetrainPolicy) -> str | None:
    fresh = new_rankings(policy.project)
    if not fresh:
        return None
    if fresh >= policy.every_n_rankings:
        return TrainingRun.Trigger.RANKINGS
    if policy.every_hours is None:
        return None
    last = policy.project.training_runs.order_by("-pk").first()
    started = last.created_at if last else policy.project.created_at
    return TrainingRun.Trigger.SCHEDULE if timezone.now() - started >= timedelta(hours=policy.every_hours) else None
