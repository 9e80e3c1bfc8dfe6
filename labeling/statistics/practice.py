"""How an attempt at a practice prompt compares with the order that is expected. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from labeling.ranking import expand_ranking

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PracticeScore:
    """The pairs (better, worse) that the expected order decides, by what the attempt did with them."""

    agreed: list[Pair]
    reversed: list[Pair]
    tied: list[Pair]

    @property
    def pairs(self) -> int:
        return len(self.agreed) + len(self.reversed) + len(self.tied)


def score_attempt(tiers: Sequence[Sequence[str]], *, expected: Sequence[Sequence[str]]) -> PracticeScore:
    """Compare `tiers` with the `expected` ones, which may leave responses out; both best first.

    Responses that are expected to share a tier, and those left out, may stand in any order: they decide no pair.
    """
    place = {response: number for number, tier in enumerate(tiers) for response in tier}
    score = PracticeScore([], [], [])
    for pair in expand_ranking(expected):
        difference = place[pair.rejected] - place[pair.chosen]
        kind = score.agreed if difference > 0 else score.reversed if difference < 0 else score.tied
        kind.append((pair.chosen, pair.rejected))
    return score
