"""Tiers: checking them and expanding them into preference pairs. Pure functions on plain data."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from labeling.exceptions import InvalidRanking

Tiers = list[list[str]]


@dataclass(frozen=True, slots=True)
class PreferencePair:
    """`chosen` was ranked above `rejected` (or beside it, when `tied`).

    margin: difference of their tiers, 1 to K-1; 0 for a tie.  weight: the pair's share of its ranking's weight.
    """

    chosen: str
    rejected: str
    margin: int
    weight: float
    tied: bool = False


def parse_tiers(value: object) -> Tiers:
    """The tiers in a request's JSON, or `InvalidRanking` when it is not a list of lists of response ids."""
    if not isinstance(value, list) or not all(_is_tier(tier) for tier in value):
        raise InvalidRanking(
            'tiers must be a list of lists of response ids, best tier first, for example [["r2"], ["r1", "r3"]]'
        )
    return value


def parse_order(text: str, *, letters: Mapping[str, str]) -> Tiers:
    """The tiers of an order such as `b > a = d`, which names responses by their letters; it may leave some out.

    `letters` holds the response of each letter in capitals. Raises `InvalidRanking`.
    """
    tiers = [[name.strip().upper() for name in tier.split("=")] for tier in text.split(">")]
    named = [name for tier in tiers for name in tier]
    if wrong := [name for name in named if name not in letters]:
        raise InvalidRanking(
            f"an order such as B > A = D was expected, of the letters {', '.join(letters)}; got {wrong[0]!r} in it"
        )
    if repeated := sorted({name for name in named if named.count(name) > 1}):
        raise InvalidRanking(f"each response stands once in an order; repeated: {', '.join(repeated)}")
    return [[letters[name] for name in tier] for tier in tiers]


def check_tiers(tiers: Tiers, *, expected: Collection[str], allow_ties: bool = True) -> None:
    """Raise `InvalidRanking` unless every expected id stands in exactly one tier, and nothing else does."""
    ids = [response for tier in tiers for response in tier]
    problems = []
    if any(not tier for tier in tiers):
        problems.append("an empty tier")
    if repeated := sorted({response for response in ids if ids.count(response) > 1}):
        problems.append(f"repeated: {', '.join(repeated)}")
    if foreign := sorted(set(ids) - set(expected)):
        problems.append(f"not among this prompt's responses: {', '.join(foreign)}")
    if missing := sorted(set(expected) - set(ids)):
        problems.append(f"missing: {', '.join(missing)}")
    if not allow_ties and any(len(tier) > 1 for tier in tiers):
        problems.append("this project allows no ties, so each tier holds one response")
    if problems:
        raise InvalidRanking(
            f"tiers must hold each of the {len(expected)} responses exactly once; {'; '.join(problems)}"
        )


def expand_ranking(
    tiers: Sequence[Sequence[str]], *, weight: float = 1.0, include_ties: bool = False
) -> list[PreferencePair]:
    """Every strict preference in `tiers` (best first), the weights of the pairs adding up to `weight`.

    Order: by the chosen response's place in the ranking, then by the rejected one's. Within a tier the order given
    stands. Ties make no pair; with `include_ties` they come as pairs of margin 0, marked, and share in the weight.
    A ranking of n responses in tiers of sizes n1, n2, … has (n² - n1² - n2² - …) / 2 strict pairs.
    """
    found = list(_ordered_pairs(tiers, include_ties=include_ties))
    share = weight / len(found) if found else 0.0
    return [PreferencePair(chosen, rejected, margin, share, tied=margin == 0) for chosen, rejected, margin in found]


def _ordered_pairs(tiers: Sequence[Sequence[str]], *, include_ties: bool) -> Iterator[tuple[str, str, int]]:
    placed = [(response, place) for place, tier in enumerate(tiers) for response in tier]
    for at, (chosen, chosen_tier) in enumerate(placed):
        for rejected, rejected_tier in placed[at + 1 :]:
            if rejected_tier > chosen_tier or include_ties:
                yield chosen, rejected, rejected_tier - chosen_tier


def _is_tier(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
