"""How far two people order the same responses the same way. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """pairs: of responses that both ordered strictly.  agreed: those ordered the same way."""

    agreed: int = 0
    pairs: int = 0

    def __add__(self, other: "PairAgreement") -> "PairAgreement":
        return PairAgreement(self.agreed + other.agreed, self.pairs + other.pairs)

    @property
    def share(self) -> float | None:
        """From 0 to 1; 1/2 is what chance would give. None while there is no pair."""
        return self.agreed / self.pairs if self.pairs else None


def pair_agreement(one: Sequence[Sequence[str]], other: Sequence[Sequence[str]]) -> PairAgreement:
    """Compare two rankings (tiers, best first) of the same prompt, on the responses that both hold.

    A pair that either of them tied says nothing: it counts neither for nor against.
    """
    here, there = _places(one), _places(other)
    agreed = pairs = 0
    for first, second in combinations(sorted(here.keys() & there.keys()), 2):
        product = (here[first] - here[second]) * (there[first] - there[second])
        pairs += product != 0
        agreed += product > 0
    return PairAgreement(agreed, pairs)


def _places(tiers: Sequence[Sequence[str]]) -> dict[str, int]:
    return {response: place for place, tier in enumerate(tiers) for response in tier}
