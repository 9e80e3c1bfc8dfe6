"""What an annotator says about the responses of one prompt, checked field by field. Pure."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from labeling.effort import FIELDS as EFFORT_FIELDS
from labeling.effort import Effort, parse_effort, whole_number
from labeling.exceptions import InvalidRanking
from labeling.ranking import Tiers, check_tiers, parse_tiers
from labeling.sources.rows import LONGEST_TEXT, InvalidRow, check_characters

FIELDS = (
    "tiers",
    "ratings",
    "acceptable",
    "flags",
    "rationale",
    "confidence",
    "better_response",
    "guidelines_version",
    *EFFORT_FIELDS,
)
FLAGS = ("harmful", "private", "off-topic", "broken")
LOWEST_RATING, HIGHEST_RATING = 1, 5
LONGEST_RATIONALE = 20_000


@dataclass(frozen=True, slots=True)
class Judgement:
    """Tiers best first, and what was said beside them.

    acceptable: null = not asked, [] = none is.  better_response: a response that the annotator wrote; it goes above
    the tiers, which hold only what was shown.  guidelines_version: the one beside the prompt; null = the one in force.
    """

    tiers: Tiers
    ratings: dict[str, dict[str, int]] = field(default_factory=dict)
    acceptable: list[str] | None = None
    flags: dict[str, list[str]] = field(default_factory=dict)
    rationale: str = ""
    confidence: int | None = None
    better_response: str = ""
    guidelines_version: int | None = None
    effort: Effort = field(default_factory=Effort)

    @property
    def digest(self) -> str:
        """SHA-256 of the content; equal for the same request sent again."""
        content = asdict(self)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def parse_judgement(
    body: object,
    *,
    responses: Collection[str],
    dimensions: Collection[str],
    allow_ties: bool,
    allow_better_response: bool = False,
    newest_guidelines: int = 1,
) -> Judgement:
    """A checked judgement from a request's JSON; raises `InvalidRanking`.

    `responses` are the ids that were shown; `newest_guidelines` is the highest version that can have been shown.
    """
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
        rationale=_text(body.get("rationale"), "rationale", LONGEST_RATIONALE),
        confidence=whole_number(body.get("confidence"), "confidence", LOWEST_RATING, HIGHEST_RATING),
        better_response=_better_response(body.get("better_response"), allow_better_response),
        guidelines_version=whole_number(body.get("guidelines_version"), "guidelines_version", 1, newest_guidelines),
        effort=parse_effort(body),
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
            whole = whole_number(rating, f"ratings of {response}: {dimension}", LOWEST_RATING, HIGHEST_RATING)
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


def _text(value: object, name: str, longest: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidRanking(f"{name} must be text of at most {longest:,} characters")
    try:
        check_characters(value, name)
    except InvalidRow as error:
        raise InvalidRanking(str(error)) from None
    return value


def _better_response(value: object, allowed: bool) -> str:
    text = _text(value, "better_response", LONGEST_TEXT)
    if text and not allowed:
        raise InvalidRanking("this project does not ask for better responses; leave better_response out")
    if text and not text.strip():
        raise InvalidRanking("better_response holds nothing but white space; write the response, or leave it out")
    return text


def _by_response(value: object, name: str, responses: Collection[str]) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRanking(f"{name} must be an object keyed by response id")
    if foreign := sorted(set(map(str, value)) - set(responses)):
        raise InvalidRanking(f"{name}: not among this prompt's responses: {', '.join(foreign)}")
    return value
