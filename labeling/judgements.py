"""What an annotator says about the responses of one prompt, checked field by field. Pure."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from labeling.exceptions import InvalidRanking
from labeling.ranking import Tiers, check_tiers, parse_tiers
from labeling.sources.rows import InvalidRow, check_characters

FIELDS = ("tiers", "ratings", "acceptable", "flags", "rationale", "confidence", "seconds")
FLAGS = ("harmful", "private", "off-topic", "broken")
LOWEST_RATING, HIGHEST_RATING = 1, 5
LONGEST_RATIONALE = 20_000
MOST_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Judgement:
    """Tiers best first, and what was said beside them. `acceptable`: null = not asked, [] = none is."""

    tiers: Tiers
    ratings: dict[str, dict[str, int]] = field(default_factory=dict)
    acceptable: list[str] | None = None
    flags: dict[str, list[str]] = field(default_factory=dict)
    rationale: str = ""
    confidence: int | None = None
    seconds: float | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the content; equal for the same request sent again."""
        content = [self.tiers, self.ratings, self.acceptable, self.flags, self.rationale, self.confidence, self.seconds]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def parse_judgement(
    body: object, *, responses: Collection[str], dimensions: Collection[str], allow_ties: bool
) -> Judgement:
    """A checked judgement from a request's JSON; raises `InvalidRanking`."""
    if not isinstance(body, Mapping):
        raise InvalidRanking('expected an object such as {"tiers": [["r2"], ["r1", "r3"]]}')
    if unknown := sorted(set(map(str, body)) - set(FIELDS)):
        raise InvalidRanking(f"unknown field {unknown[0]!r}; the fields are {', '.join(FIELDS)}")
    tiers = parse_tiers(body.get("tiers"))
    check_tiers(tiers, expected=responses, allow_ties=allow_ties)
    return Judgement(
        tiers=tiers,
        ratings=_ratings(body.get("ratings"), responses, dimensions),
        acceptable=_acceptable(body.get("acceptable"), responses),
        flags=_flags(body.get("flags"), responses),
        rationale=_rationale(body.get("rationale")),
        confidence=_whole(body.get("confidence"), "confidence", LOWEST_RATING, HIGHEST_RATING),
        seconds=_seconds(body.get("seconds")),
    )


def _ratings(value: object, responses: Collection[str], dimensions: Collection[str]) -> dict[str, dict[str, int]]:
    ratings: dict[str, dict[str, int]] = {}
    for response, rated in _by_response(value, "ratings", responses).items():
        if not isinstance(rated, Mapping):
            raise InvalidRanking(f"ratings of {response} must be an object of dimension to 1-5")
        ratings[response] = {}
        for dimension, rating in rated.items():
            if dimension not in dimensions:
                known = ", ".join(dimensions) or "none"
                raise InvalidRanking(
                    f"ratings of {response}: unknown dimension {dimension!r}; this project has {known}"
                )
            whole = _whole(rating, f"ratings of {response}: {dimension}", LOWEST_RATING, HIGHEST_RATING)
            if whole is not None:
                ratings[response][dimension] = whole
    return {response: rated for response, rated in ratings.items() if rated}


def _acceptable(value: object, responses: Collection[str]) -> list[str] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidRanking("acceptable must be a list of response ids, or null when it was not asked")
    if foreign := sorted(set(value) - set(responses)):
        raise InvalidRanking(f"acceptable: not among this prompt's responses: {', '.join(foreign)}")
    return sorted(set(value))


def _flags(value: object, responses: Collection[str]) -> dict[str, list[str]]:
    flags: dict[str, list[str]] = {}
    for response, raised in _by_response(value, "flags", responses).items():
        if not isinstance(raised, list) or not set(map(str, raised)) <= set(FLAGS):
            raise InvalidRanking(f"flags of {response} must be a list out of {', '.join(FLAGS)}")
        if raised:
            flags[response] = sorted(set(raised))
    return flags


def _rationale(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST_RATIONALE:
        raise InvalidRanking(f"rationale must be text of at most {LONGEST_RATIONALE:,} characters")
    try:
        check_characters(value, "rationale")
    except InvalidRow as error:
        raise InvalidRanking(str(error)) from None
    return value


def _seconds(value: object) -> float | None:
    if value is None:
        return None
    # The comparison is false for NaN too.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_SECONDS:
        raise InvalidRanking(f"seconds must be a number from 0 to {MOST_SECONDS}")
    return float(value)


def _whole(value: object, name: str, low: int, high: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidRanking(f"{name} must be a whole number from {low} to {high}; got {value!r}")
    return value


def _by_response(value: object, name: str, responses: Collection[str]) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRanking(f"{name} must be an object keyed by response id")
    if foreign := sorted(set(map(str, value)) - set(responses)):
        raise InvalidRanking(f"{name}: not among this prompt's responses: {', '.join(foreign)}")
    return value
