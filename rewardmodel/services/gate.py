"""Judging challengers: the comparison is measured in a child process, the verdict recorded, and followed."""

import json
import logging
import tempfile
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Project
from labeling.queue import enqueue
from rewardmodel.gate import Check, judge
from rewardmodel.models import Alias, GatePolicy, GateVerdict, RegistryEvent, RewardModel
from rewardmodel.selectors.registry import find_champion
from rewardmodel.services.events import record
from rewardmodel.services.jobs import run_module
from rewardmodel.services.notifications import JUDGED, notify
from rewardmodel.services.registry import JUDGE, promote_reward_model

logger = logging.getLogger(__name__)

COMPARING_SECONDS = 3600.0
# A message takes moments; a challenger that nobody has judged after this long is sent again.
LOST_AFTER = timedelta(minutes=5)


def gate_policy_for(project: Project) -> GatePolicy:
    return GatePolicy.objects.get_or_create(project=project)[0]


@transaction.atomic
def update_gate_policy(*, project: Project, by: User | None, **changes: Any) -> GatePolicy:
    """Raises `InvalidInput` for a value out of range. What changed is kept in the audit trail."""
    policy = gate_policy_for(project)
    before = {name: getattr(policy, name) for name in changes}
    for name, value in changes.items():
        setattr(policy, name, value)
    try:
        policy.clean_fields(exclude=["project"])
    except ValidationError as error:
        raise InvalidInput(
            "; ".join(f"{field}: {' '.join(said)}" for field, said in error.message_dict.items())
        ) from None
    policy.save(update_fields=list(changes))
    changed = {name: [before[name], getattr(policy, name)] for name in changes if before[name] != getattr(policy, name)}
    if changed:
        record(project, RegistryEvent.Kind.POLICY, by=by, details={"gate": changed})
    return policy


def judge_challenger(*, model_id: int) -> GateVerdict | None:
    """Compare a challenger with the champion on the test prompts of its snapshot, and act as the project's policy says.

    None when there is nothing to judge: it has become champion, or stands as challenger no more. A comparison that
    cannot be made is a verdict too: not passed, with the reason.
    """
    model = RewardModel.objects.select_related("project", "snapshot").filter(pk=model_id).first()
    if model is None or Alias.Name.CHALLENGER not in model.alias_names:
        return None
    champion = find_champion(model.project)
    if champion is None:
        return None
    policy = gate_policy_for(model.project)
    try:
        comparison = measure(champion=champion, challenger=model)
        checks = judge(comparison, policy.bounds)
    except RuntimeError as error:
        logger.exception("%s cannot be compared with %s", model, champion)
        comparison, checks = {}, [Check("measured", False, {"reason": str(error)})]
    verdict = _conclude(model, champion, checks, comparison)
    # Only against the model that serves now: in the minutes of measuring somebody may have promoted another.
    if verdict.passed and policy.mode == GatePolicy.Mode.AUTOMATIC and find_champion(model.project) == champion:
        promote_reward_model(reward_model=model, by=None, verdict=verdict)
    notify(JUDGED, verdict.pk)
    return verdict


def measure(*, champion: RewardModel, challenger: RewardModel) -> dict[str, Any]:
    """What `rewardmodel.ml.compare` finds. Raises `RuntimeError` when it fails."""
    artifacts = Path(settings.ARTIFACTS_DIR)
    with tempfile.TemporaryDirectory(prefix="gate-", dir=artifacts) as name:
        folder = Path(name)
        arguments = [
            f"--data={challenger.snapshot.path}",
            f"--known-data={champion.snapshot.path}",
            f"--champion={champion.path}",
            f"--challenger={challenger.path}",
            f"--output={folder / 'comparison.json'}",
        ]
        run_module("rewardmodel.ml.compare", arguments, folder=folder, seconds=COMPARING_SECONDS)
        comparison: dict[str, Any] = json.loads((folder / "comparison.json").read_text())
    return comparison


def judge_again(*, model: RewardModel) -> None:
    """Have the gate look once more, say after its bounds have changed. `Conflict` for one that is no challenger."""
    if Alias.Name.CHALLENGER not in model.alias_names:
        raise Conflict(f"version {model.version} is no challenger; the gate judges the newest challenger alone")
    enqueue(JUDGE, model.pk)


def send_unjudged() -> int:
    """Send challengers again whose message was lost, or whose champion has changed since; how many."""
    sent = 0
    for alias in Alias.objects.filter(name=Alias.Name.CHALLENGER, changed_at__lt=timezone.now() - LOST_AFTER):
        champion = find_champion(alias.project)
        if champion and not GateVerdict.objects.filter(reward_model=alias.reward_model_id, champion=champion).exists():
            # The clock starts anew, so a trainer that is busy does not find copies.
            alias.save(update_fields=["changed_at"])
            enqueue(JUDGE, alias.reward_model_id)
            sent += 1
    return sent


@transaction.atomic
def _conclude(
    model: RewardModel, champion: RewardModel, checks: list[Check], comparison: dict[str, Any]
) -> GateVerdict:
    verdict = GateVerdict.objects.create(
        reward_model=model,
        champion=champion,
        passed=all(check.passed for check in checks),
        checks=[asdict(check) for check in checks],
        comparison=comparison,
    )
    record(model.project, RegistryEvent.Kind.JUDGED, model=model, verdict=verdict)
    return verdict
