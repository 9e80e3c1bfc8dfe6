"""When to train again, by itself."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from labeling.exceptions import InvalidInput, LabelingError
from labeling.models import Project
from labeling.selectors.rankings import human_rankings_per_day
from rewardmodel.models import RegistryEvent, RetrainPolicy, RewardModel, TrainingRun
from rewardmodel.selectors.drift import has_drifted
from rewardmodel.selectors.registry import find_champion
from rewardmodel.selectors.runs import new_rankings, seconds_trained_since
from rewardmodel.services.events import record
from rewardmodel.services.runs import check_config, queue_training_run
from rewardmodel.services.schedule import check_cron, drop_schedule, keep_schedule, next_time

logger = logging.getLogger(__name__)

WEEK = timedelta(days=7)
# So many runs may each go on from the one before; then everything is learned anew.
LONGEST_CHAIN = 4


@dataclass(frozen=True)
class Forecast:
    """When the next run is to be expected. at: None when nothing that is known leads there. held_until: it is due, but
    waits for the end of the cool-down.
    """

    fresh: int
    needed: int
    at: datetime | None
    held_until: datetime | None = None
    over_budget: bool = False


def policy_for(project: Project) -> RetrainPolicy:
    """The project's policy; a project that has none yet gets the default one, paused."""
    return RetrainPolicy.objects.get_or_create(project=project)[0]


@transaction.atomic
def update_policy(*, project: Project, by: User | None = None, **changes: Any) -> RetrainPolicy:
    """Raises `InvalidInput` for a value out of range. What changed is kept in the audit trail."""
    policy = policy_for(project)
    before = {name: getattr(policy, name) for name in changes}
    for name, value in changes.items():
        setattr(policy, name, value)
    policy.config = check_config(policy.config) if policy.config else {}
    try:
        policy.clean_fields(exclude=["project"])
    except ValidationError as error:
        raise InvalidInput(
            "; ".join(f"{field}: {' '.join(said)}" for field, said in error.message_dict.items())
        ) from None
    if policy.cron:
        check_cron(policy.cron)
    policy.save(update_fields=list(changes))
    keep_schedule(policy)
    # A time zone is no JSON.
    changed = {
        name: [str(old), str(new)] if name == "time_zone" else [old, new]
        for name, old in before.items()
        if old != (new := getattr(policy, name))
    }
    if changed:
        record(project, RegistryEvent.Kind.POLICY, by=by, details={"retraining": changed})
    return policy


def retrain_if_due() -> list[int]:
    """Queue a run for every project whose policy asks for one now; the runs' ids."""
    queued = []
    for policy in RetrainPolicy.objects.filter(paused=False).select_related("project"):
        if (trigger := _due(policy)) and (run := _retrain(policy, trigger)):
            queued.append(run.pk)
    return queued


def retrain_on_schedule(project_id: int) -> int | None:
    """Queue a run at a time that the policy's cron line names, if there are new rankings; its id."""
    policy = RetrainPolicy.objects.filter(project=project_id).select_related("project").first()
    if policy is None:
        # The project is gone, and with it whatever asked for this.
        drop_schedule(project_id)
        return None
    if policy.paused or not new_rankings(policy.project):
        return None
    run = _retrain(policy, TrainingRun.Trigger.SCHEDULE)
    return run.pk if run else None


def forecast(policy: RetrainPolicy) -> Forecast | None:
    """When the project is likely to be trained next, at the pace of the last week; None while it is paused."""
    if policy.paused:
        return None
    now = timezone.now()
    fresh = new_rankings(policy.project)
    candidates: list[datetime] = []
    missing = max(0, policy.every_n_rankings - fresh)
    if not missing:
        candidates.append(now)
    elif pace := human_rankings_per_day(policy.project, since=now - WEEK):
        candidates.append(now + timedelta(days=missing / pace))
    if policy.every_hours is not None and (fresh or candidates):
        candidates.append(max(now, _last_begun(policy) + timedelta(hours=policy.every_hours)))
    if policy.cron and (fresh or candidates) and (moment := next_time(policy)):
        candidates.append(moment)
    if fresh and policy.on_guidelines and _guidelines_are_new(policy):
        candidates.append(now)
    at = min(candidates, default=None)
    cool = _cool_from(policy)
    held = cool if at is not None and at <= now < cool else None
    return Forecast(
        fresh=fresh,
        needed=policy.every_n_rankings,
        at=None if at is None else max(at, cool),
        held_until=held,
        over_budget=_over_budget(policy),
    )


def _retrain(policy: RetrainPolicy, trigger: str) -> TrainingRun | None:
    """The run, unless one is at work, the last has ended too short a while ago, or the week's hours are spent."""
    if TrainingRun.objects.active().filter(project=policy.project).exists():
        return None
    if _cool_from(policy) > timezone.now() or _over_budget(policy):
        return None
    continues = _to_go_on_from(policy) if policy.warm_start else None
    try:
        return queue_training_run(
            project=policy.project, trigger=trigger, created_by=None, config=policy.config, continues=continues
        )
    except LabelingError as error:
        logger.warning("%s is due for retraining, but: %s", policy.project.slug, error.detail)
        return None


def _to_go_on_from(policy: RetrainPolicy) -> RewardModel | None:
    """The champion, unless it is the last of a chain: what was withdrawn meanwhile is unlearned by a full training."""
    champion = find_champion(policy.project)
    ancestor, chain = champion, 0
    while ancestor is not None and (ancestor := ancestor.run.continues) is not None:
        chain += 1
    return champion if chain < LONGEST_CHAIN else None


def _due(policy: RetrainPolicy) -> str | None:
    fresh = new_rankings(policy.project)
    if not fresh:
        return None
    if fresh >= policy.every_n_rankings:
        return TrainingRun.Trigger.RANKINGS
    if policy.on_guidelines and _guidelines_are_new(policy):
        return TrainingRun.Trigger.GUIDELINES
    if policy.on_drift and has_drifted(policy.project, since=_last_begun(policy)):
        return TrainingRun.Trigger.DRIFT
    if policy.every_hours is None:
        return None
    due = timezone.now() - _last_begun(policy) >= timedelta(hours=policy.every_hours)
    return TrainingRun.Trigger.SCHEDULE if due else None


def _last_begun(policy: RetrainPolicy) -> datetime:
    last = policy.project.training_runs.order_by("-pk").first()
    return last.created_at if last else policy.project.created_at


def _guidelines_are_new(policy: RetrainPolicy) -> bool:
    """Whether they have changed since the last run began; the first wording is no change."""
    last = policy.project.guidelines_versions.filter(version__gt=1).order_by("-version").first()
    return last is not None and last.created_at > _last_begun(policy)


def _cool_from(policy: RetrainPolicy) -> datetime:
    """From when on a run may begin."""
    ended = policy.project.training_runs.filter(ended_at__isnull=False).order_by("-ended_at").first()
    if ended is None or ended.ended_at is None:
        return policy.project.created_at
    return ended.ended_at + timedelta(hours=policy.cooldown_hours or 0)


def _over_budget(policy: RetrainPolicy) -> bool:
    if policy.budget_hours is None:
        return False
    return seconds_trained_since(policy.project, timezone.now() - WEEK) >= 3600 * policy.budget_hours
