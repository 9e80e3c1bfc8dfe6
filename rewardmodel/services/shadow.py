"""Letting a challenger listen: live requests go to it as well, after the champion has answered, and nobody waits."""

import json
import threading
import time
from typing import Any

from django.db import transaction
from django.db.models import F

from labeling.models import Project
from labeling.queue import enqueue
from rewardmodel.models import Alias, GatePolicy, RewardModel, ShadowDisagreement, ShadowTally
from rewardmodel.services.scoring import Scored, best_of, rewards

LISTEN = "rewardmodel.tasks.shadow_score"
# One request a second and process is enough to learn how two models differ, and never doubles the scorer's load.
SECONDS_BETWEEN = 1.0
# A message in the broker is no place for a book.
LONGEST_MESSAGE = 200_000
KEPT = 1000

_lock = threading.Lock()
_last: dict[int, float] = {}


def let_listen(*, project: Project, inputs: list[dict[str, Any]], scored: Scored) -> None:
    """Send a request on to the challenger, where the project's gate is in shadow mode and has one; now and then."""
    if not _is_due(project):
        return
    if not GatePolicy.objects.filter(project=project, mode=GatePolicy.Mode.SHADOW).exists():
        return
    challenger = Alias.objects.filter(project=project, name=Alias.Name.CHALLENGER).first()
    message = json.dumps({"inputs": inputs, "best": scored.best})
    if challenger is not None and len(message) <= LONGEST_MESSAGE:
        enqueue(LISTEN, scored.model.pk, challenger.reward_model_id, message)


def listen(*, champion_id: int, challenger_id: int, message: str) -> None:
    """Score what the champion has scored and keep where the two would choose differently."""
    models = RewardModel.objects.in_bulk([champion_id, challenger_id])
    if len(models) < 2:
        return
    asked = json.loads(message)
    inputs, best = asked["inputs"], asked["best"]
    found = best_of(rewards(models[challenger_id], inputs))
    # A single response leaves nothing to choose.
    compared = [place for place, own in enumerate(inputs) if len(own["responses"]) > 1]
    different = [place for place in compared if found[place] != best[place]]
    with transaction.atomic():
        tally, _ = ShadowTally.objects.get_or_create(challenger=models[challenger_id])
        ShadowTally.objects.filter(pk=tally.pk).update(
            scored=F("scored") + len(compared), agreed=F("agreed") + len(compared) - len(different)
        )
        room = KEPT - ShadowDisagreement.objects.filter(challenger=challenger_id).count()
        ShadowDisagreement.objects.bulk_create(
            ShadowDisagreement(
                challenger_id=challenger_id,
                champion_id=champion_id,
                prompt=inputs[place]["prompt"],
                chosen_by_champion=inputs[place]["responses"][best[place]],
                chosen_by_challenger=inputs[place]["responses"][found[place]],
            )
            for place in different[: max(0, room)]
        )


def _is_due(project: Project) -> bool:
    now = time.monotonic()
    with _lock:
        due = now - _last.get(project.pk, -SECONDS_BETWEEN) >= SECONDS_BETWEEN
        if due:
            _last[project.pk] = now
    return due
