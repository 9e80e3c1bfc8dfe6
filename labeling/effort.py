"""How a ranking came about: time, moves, means of input. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labeling.exceptions import InvalidRanking

FIELDS = (
    "seconds",
    "active_seconds",
    "first_touch_seconds",
    "moves",
    "input_methods",
    "as_shown_confirmed",
)
INPUT_METHODS = ("keyboard", "mouse", "touch", "pen")
MOST_SECONDS = 7 * 24 * 3600
MOST_MOVES = 1_000_000


@dataclass(frozen=True, slots=True)
class Effort:
    """What the page measured; null where nothing did, as with a program that calls the API.

    seconds: the prompt in view.  active_seconds: the same without idle time.  first_touch_seconds: in view until the
    first response was ranked.  moves: steps that changed the order, undo included.  as_shown_confirmed: the order is
    the one shown, and the annotator said that it is meant.
    """

    seconds: float | None = None
    active_seconds: float | None = None
    first_touch_seconds: float | None = None
    moves: int | None = None
    input_methods: tuple[str, ...] = ()
    as_shown_confirmed: bool = False


def parse_effort(body: Mapping[str, Any]) -> Effort:
    """The effort in a ranking's JSON; raises `InvalidRanking`."""
    confirmed = body.get("as_shown_confirmed")
    if confirmed is not None and not isinstance(confirmed, bool):
        raise InvalidRanking(f"as_shown_confirmed must be true or false; got {confirmed!r}")
    return Effort(
        seconds=_seconds(body, "seconds"),
        active_seconds=_seconds(body, "active_seconds"),
        first_touch_seconds=_seconds(body, "first_touch_seconds"),
        moves=whole_number(body.get("moves"), "moves", 0, MOST_MOVES),
        input_methods=_input_methods(body.get("input_methods")),
        as_shown_confirmed=bool(confirmed),
    )


def whole_number(value: object, name: str, low: int, high: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidRanking(f"{name} must be a whole number from {low} to {high}; got {value!r}")
    return value


def _seconds(body: Mapping[str, Any], name: str) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    # The comparison is false for NaN too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_SECONDS:
        raise InvalidRanking(f"{name} must be a number from 0 to {MOST_SECONDS}")
    return float(value)


def _input_methods(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not set(map(str, value)) <= set(INPUT_METHODS):
        raise InvalidRanking(f"input_methods must be a list out of {', '.join(INPUT_METHODS)}")
    return tuple(method for method in INPUT_METHODS if method in value)
