"""Asking the scorer for rewards."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx
from django.conf import settings

from labeling.exceptions import InvalidInput
from labeling.models import Project
from labeling.sources.rows import InvalidRow, parse_messages, parse_responses
from rewardmodel.exceptions import ScorerBusy, ScorerUnavailable
from rewardmodel.models import RewardModel
from rewardmodel.selectors.registry import champion

logger = logging.getLogger(__name__)

MOST_INPUTS = 256
LOADING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Scored:
    """The rewards of a request, all from one model; `best` is the place of each highest one, the first of equals."""

    model: RewardModel
    scores: list[list[float]]
    inputs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def best(self) -> list[int]:
        return best_of(self.scores)


def best_of(scores: list[list[float]]) -> list[int]:
    """The place of the highest score of each row, the first of equals."""
    return [max(range(len(row)), key=row.__getitem__) for row in scores]


def score_responses(*, project: Project, body: object) -> Scored:
    """The champion's rewards for the responses in a request's JSON.

    Raises `NoRewardModel` without a champion, `InvalidInput` for a malformed request, `ScorerUnavailable` when the
    scorer does not answer.
    """
    inputs = parse_inputs(body)
    model = champion(project)
    return Scored(model=model, scores=rewards(model, inputs), inputs=inputs)


def rewards(model: RewardModel, inputs: list[dict[str, Any]]) -> list[list[float]]:
    """What the scorer says, by that model, of inputs from `parse_inputs`.

    Raises `ScorerBusy` when more is waiting than it can score in time, `ScorerUnavailable` when it does not answer.
    """
    seconds = settings.SCORER_TIMEOUT_SECONDS
    try:
        answer = _scorer().post(
            "/score",
            json={"model": str(model.directory), "inputs": inputs},
            # Its own answer is to arrive before this side gives up.
            headers={"X-Deadline-Seconds": f"{0.9 * seconds:g}"},
            timeout=seconds,
        )
    except httpx.TransportError as error:
        raise ScorerUnavailable(f"the scorer does not answer ({type(error).__name__}); try again in a moment") from None
    if answer.status_code in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.GATEWAY_TIMEOUT):
        raise ScorerBusy("the scorer has more to do than it can in time; try again in a second, or send less at once")
    if answer.status_code != httpx.codes.OK:
        raise ScorerUnavailable(f"the scorer answered {answer.status_code}: {answer.text[:500]}")
    scores: list[list[float]] = answer.json()["scores"]
    return scores


def warm_up(model: RewardModel) -> bool:
    """Have the scorer hold a model before it is asked for, so that no caller waits for it to load; whether it does.

    A scorer that cannot be asked now loads it with the first request.
    """
    try:
        answer = _scorer().post("/load", json={"model": str(model.directory)}, timeout=LOADING_SECONDS)
    except httpx.TransportError as error:
        logger.warning("%s is not warm: the scorer does not answer (%s)", model, type(error).__name__)
        return False
    if answer.status_code != httpx.codes.OK:
        logger.warning("%s is not warm: the scorer answered %s: %s", model, answer.status_code, answer.text[:500])
    return answer.status_code == httpx.codes.OK


def parse_inputs(body: object) -> list[dict[str, Any]]:
    """`{"prompt", "responses"}` or `{"inputs": [{"prompt", "responses"}…]}`, as the scorer takes them."""
    if not isinstance(body, dict):
        raise InvalidInput('expected {"prompt", "responses"} or {"inputs": [{"prompt", "responses"}, …]}')
    if set(body) == {"prompt", "responses"}:
        return [parse_input(body, "")]
    if set(body) != {"inputs"} or not isinstance(body["inputs"], list):
        raise InvalidInput(
            'expected {"prompt", "responses"} or {"inputs": [{"prompt", "responses"}, …]}; '
            f"got the fields {', '.join(sorted(map(str, body))) or 'none'}"
        )
    if not 1 <= len(body["inputs"]) <= MOST_INPUTS:
        raise InvalidInput(f"inputs must hold 1 to {MOST_INPUTS} prompts; got {len(body['inputs'])}")
    return [parse_input(item, f"inputs[{index}].") for index, item in enumerate(body["inputs"])]


def parse_input(value: object, path: str) -> dict[str, Any]:
    """`{"prompt", "responses"}` as messages and texts. path: what stands before its fields in a refusal."""
    if not isinstance(value, dict) or set(value) != {"prompt", "responses"}:
        raise InvalidInput(f'{path.rstrip(".") or "the request"}: expected {{"prompt", "responses"}}')
    try:
        messages: Sequence[dict[str, str]] = parse_messages(value["prompt"], f"{path}prompt")
        responses = parse_responses(value["responses"], f"{path}responses", fewest=1)
    except InvalidRow as error:
        raise InvalidInput(str(error), errors=[{"field": error.field, "detail": error.detail}]) from None
    return {"prompt": messages, "responses": [response.content for response in responses]}


@cache
def _scorer() -> httpx.Client:
    headers = {"Authorization": f"Bearer {settings.SCORER_TOKEN}"}
    if settings.SCORER_URL.startswith("unix://"):
        transport = httpx.HTTPTransport(uds=settings.SCORER_URL.removeprefix("unix://"))
        return httpx.Client(transport=transport, base_url="http://scorer", headers=headers)
    return httpx.Client(base_url=settings.SCORER_URL, headers=headers)
