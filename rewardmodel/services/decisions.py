"""Whether a response may be shown, by the champion's probability; and held ones on their way to annotators."""

import json
import logging
import math
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.exceptions import InvalidInput
from labeling.models import Project
from labeling.services.imports import ImportFile, import_prompts
from rewardmodel.exceptions import NoCalibration, ScorerUnavailable
from rewardmodel.models import Decision, DecisionPolicy, RegistryEvent, RewardModel
from rewardmodel.models.decisions import key_of
from rewardmodel.selectors.registry import champion
from rewardmodel.services.events import record
from rewardmodel.services.scoring import parse_input, rewards

logger = logging.getLogger(__name__)

# Of one prompt as many as annotators rank at a time; and prompts as many as an import takes in one transaction.
MOST_RESPONSES, MOST_PROMPTS = 8, 500


@dataclass(frozen=True)
class Sent:
    """Held responses on their way: prompts made for annotators, and prompts that wait for a second response."""

    created: int
    waiting: int


def decision_policy_for(project: Project) -> DecisionPolicy:
    return DecisionPolicy.objects.get_or_create(project=project)[0]


@transaction.atomic
def update_decision_policy(*, project: Project, by: User | None, **changes: Any) -> DecisionPolicy:
    """Raises `InvalidInput` for a value out of range. What changed is kept in the audit trail."""
    policy = decision_policy_for(project)
    before = {name: getattr(policy, name) for name in changes}
    for name, value in changes.items():
        setattr(policy, name, value)
    try:
        policy.clean_fields(exclude=["project"])
        policy.clean()
    except ValidationError as error:
        raise InvalidInput(
            "; ".join(f"{field}: {' '.join(said)}" for field, said in error.message_dict.items())
        ) from None
    policy.save(update_fields=list(changes))
    changed = {name: [before[name], getattr(policy, name)] for name in changes if before[name] != getattr(policy, name)}
    if changed:
        record(project, RegistryEvent.Kind.POLICY, by=by, details={"decisions": changed})
    return policy


def decide(*, project: Project, body: object) -> Decision:
    """Whether a response may be shown, held, or should be written anew; the answer is kept.

    Raises `NoRewardModel` without a champion, `NoCalibration` for one that too few `acceptable` labels were there for,
    `InvalidInput` for a malformed request, `ScorerUnavailable` when no score can be had: nothing is shown then.
    """
    if not isinstance(body, dict) or set(body) != {"prompt", "response"}:
        raise InvalidInput('expected {"prompt": …, "response": …}')
    asked = parse_input({"prompt": body["prompt"], "responses": [body["response"]]}, "")
    model = champion(project)
    slope, intercept = _platt(model)
    [[score]] = rewards(model, [asked])
    if not math.isfinite(score):
        raise ScorerUnavailable(f"version {model.version} gave no number; hold the response")
    probability = 1 / (1 + math.exp(-max(-700.0, min(700.0, slope * score + intercept))))
    policy = decision_policy_for(project)
    return Decision.objects.create(
        project=project,
        reward_model=model,
        kind=policy.say(probability),
        score=score,
        probability=probability,
        threshold=policy.show_from,
        prompt=asked["prompt"],
        prompt_key=key_of(asked["prompt"]),
        response=asked["responses"][0],
    )


def reason_of(decision: Decision) -> str:
    """Why, in words."""
    figures = {"probability": f"{decision.probability:.2f}", "threshold": f"{decision.threshold:.2f}"}
    match decision.kind:
        case Decision.Kind.SHOW:
            return _("acceptable with probability %(probability)s, shown from %(threshold)s on") % figures
        case Decision.Kind.HOLD:
            return _("acceptable with probability %(probability)s only, shown from %(threshold)s on") % figures
    return _("acceptable with probability %(probability)s only; have it written anew") % figures


def send_held(*, project: Project, by: User) -> Sent:
    """Make prompts for annotators of responses that were held: those of one prompt together, so that they are ranked.

    A prompt of which a single response was held waits for a second one, since one alone cannot be ranked. A response
    is sent once.
    """
    with transaction.atomic():
        held = Decision.objects.select_for_update().filter(project=project, kind=Decision.Kind.HOLD, sent_at=None)
        by_prompt: dict[str, list[Decision]] = {}
        for decision in held.order_by("pk"):
            by_prompt.setdefault(decision.prompt_key, []).append(decision)
        ready = {key: own for key, own in by_prompt.items() if len({d.response for d in own}) > 1}
        chosen = dict(list(ready.items())[:MOST_PROMPTS])
        if chosen:
            _import(project, by, [_row(key, own) for key, own in chosen.items()])
            sent = [decision.pk for own in chosen.values() for decision in own]
            Decision.objects.filter(pk__in=sent).update(sent_at=timezone.now())
    return Sent(created=len(chosen), waiting=len(by_prompt) - len(ready))


def _row(key: str, held: list[Decision]) -> dict[str, Any]:
    texts = list(dict.fromkeys(decision.response for decision in held))[:MOST_RESPONSES]
    # The first decision is sent once, so its number makes the id one of a kind.
    return {
        "id": f"held-{held[0].pk}",
        "prompt": held[0].prompt,
        "responses": texts,
        "metadata": {"source": "held responses"},
    }


def _import(project: Project, by: User, rows: list[dict[str, Any]]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
        file.flush()
        import_prompts(project=project, user=by, file=ImportFile(Path(file.name), "jsonl"))


def _platt(model: RewardModel) -> tuple[float, float]:
    known = model.metrics.get("acceptability") or {}
    if (fit := known.get("platt")) is None:
        needed = known.get("needed", {"labels": 50, "of_a_kind": 10})
        raise NoCalibration(
            f"version {model.version} has no calibration: a reward alone has no zero to decide by, and it was trained "
            f"with {known.get('labels', 0)} labels of what is acceptable in its validation split "
            f"({known.get('acceptable', 0)} of them acceptable). At least {needed['labels']} are needed, "
            f"{needed['of_a_kind']} of either kind; ask annotators for them and train again, or compare responses with "
            "/score/ instead"
        )
    return fit["slope"], fit["intercept"]
