"""Do people prefer a place on the page, or length? Exact tests on counts. Pure numpy.

Each annotator sees the responses in an order drawn at random, so without position bias the response ranked alone on top
stands in each of K slots with a chance of exactly 1 / K, whatever people prefer. Lengths nobody has drawn: longer
responses may simply be better, and the figures about them describe a preference and prove no fault.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, lgamma, log, log1p, sqrt

import numpy as np
import numpy.typing as npt

from labeling.statistics.shares import ClusterSums, Interval, wilson

# Of a test that is looked at every day: one false alarm in a hundred looks, not in twenty.
SIGNIFICANT = 0.01

# Outcomes further than so many standard deviations and hits from the mean have a probability below 1e-18 together.
DEVIATIONS, HITS = 9, 20
# Two outcomes are equally likely when they differ by rounding alone.
ROUNDING = 1e-7


@dataclass(frozen=True, slots=True)
class SlotRate:
    """How often the best response stood in one slot.

    slot: from 1.  trials: rankings with at least so many responses and one alone on top.  hits: those in which it stood
    here; expected: how many without bias.  interval: of rate.  p: exact, two-sided; p_adjusted: after Holm (1979) over
    all slots.
    """

    slot: int
    trials: int
    hits: int
    expected: float
    interval: Interval
    p: float
    p_adjusted: float

    @property
    def rate(self) -> float:
        return self.hits / self.trials

    @property
    def expected_rate(self) -> float:
        return self.expected / self.trials

    @property
    def is_biased(self) -> bool:
        return self.p_adjusted < SIGNIFICANT


@dataclass(frozen=True, slots=True)
class LengthSums:
    """Pairs of different length that rankings decided, by prompt, as sums that add up.

    pairs: hits are those that the longer response won.  for_longer, for_shorter: prompts on which the longer responses
    won more pairs than they lost, or fewer.
    """

    pairs: ClusterSums = field(default_factory=ClusterSums)
    for_longer: int = 0
    for_shorter: int = 0

    @classmethod
    def of_prompt(cls, longer_won: int, length_pairs: int) -> "LengthSums":
        """Of all rankings of one prompt together: several annotators of one prompt are no independent witnesses."""
        lead = 2 * longer_won - length_pairs
        return cls(ClusterSums.of_cluster(longer_won, length_pairs), int(lead > 0), int(lead < 0))

    def __add__(self, other: "LengthSums") -> "LengthSums":
        return LengthSums(
            self.pairs + other.pairs, self.for_longer + other.for_longer, self.for_shorter + other.for_shorter
        )


@dataclass(frozen=True, slots=True)
class LengthPreference:
    """share: of pairs of different length, those that the longer one won; interval: of it.  p: exact, two-sided."""

    share: float
    interval: Interval
    pairs: int
    prompts: int
    p: float

    @property
    def is_clear(self) -> bool:
        return self.p < SIGNIFICANT


def position_bias(counts: Mapping[int, Sequence[int]]) -> list[SlotRate]:
    """The rate of each slot, first slot first; counts: {K: [first ranks in slot 1, …, in slot K]}.

    Prompts with different K are tested together: of the rankings that have a slot, those with K responses hit it with a
    chance of 1 / K.
    """
    found = []
    for slot in range(1, max(counts, default=0) + 1):
        trials = {k: sum(slots) for k, slots in counts.items() if k >= slot and sum(slots) > 0}
        if total := sum(trials.values()):
            hits = sum(counts[k][slot - 1] for k in trials)
            p = exact_p(hits, {1 / k: rankings for k, rankings in trials.items()})
            found.append((slot, total, hits, sum(rankings / k for k, rankings in trials.items()), p))
    adjusted = holm([p for *_, p in found])
    return [
        SlotRate(slot, total, hits, expected, wilson(hits, total) or (0.0, 1.0), p, p_adjusted)
        for (slot, total, hits, expected, p), p_adjusted in zip(found, adjusted, strict=True)
    ]


def length_preference(sums: LengthSums) -> LengthPreference | None:
    """Whether the longer response wins more than half of the pairs; None without a pair of different length.

    The pairs of one prompt hang together, also across its annotators, so pairs are not counted as trials: the interval
    takes prompts as clusters, and the test is a sign test on prompts. It is exact: were length of no account, a prompt
    would as soon favour its shorter responses by so many pairs as its longer ones.
    """
    share, interval = sums.pairs.share, sums.pairs.interval()
    if share is None or interval is None:
        return None
    p = binomial_p(sums.for_longer, sums.for_longer + sums.for_shorter, 0.5)
    return LengthPreference(share, interval, sums.pairs.trials, sums.pairs.clusters, p)


def binomial_p(successes: int, trials: int, chance: float) -> float:
    """The exact two-sided p of so many successes when each trial has the same chance."""
    return exact_p(successes, {chance: trials})


def exact_p(successes: int, trials: Mapping[float, int]) -> float:
    """The exact two-sided p of so many successes in trials of different chances, {chance: trials of it}.

    The number of successes is Poisson-binomial; p is the probability of all outcomes that are no more likely than the
    one found, as in R's binom.test. Below 1e-18 it may be 0.
    """
    start, probabilities = 0, np.ones(1)
    for chance, number in trials.items():
        first, these = _binomial(number, chance)
        start, probabilities = start + first, np.convolve(probabilities, these)
    at = successes - start
    if not 0 <= at < probabilities.size:
        return 0.0
    return min(1.0, float(probabilities[probabilities <= probabilities[at] * (1 + ROUNDING)].sum()))


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p after Holm's step-down correction (1979) for looking at all of them, in the order given."""
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, p_values[at] * (len(p_values) - rank)))
        adjusted[at] = largest
    return adjusted


def _binomial(trials: int, chance: float) -> tuple[int, npt.NDArray[np.float64]]:
    """Probabilities of consecutive numbers of successes, and the first such number; the far tails are left out."""
    if chance in (0.0, 1.0):
        return int(trials * chance), np.ones(1)
    reach = HITS + DEVIATIONS * sqrt(trials * chance * (1 - chance))
    low, high = max(0, floor(trials * chance - reach)), min(trials, ceil(trials * chance + reach))
    first = lgamma(trials + 1) - lgamma(low + 1) - lgamma(trials - low + 1)
    first += low * log(chance) + (trials - low) * log1p(-chance)
    hits = np.arange(low, high, dtype=np.float64)
    ratios = np.log((trials - hits) / (hits + 1)) + log(chance) - log1p(-chance)
    return low, np.exp(first + np.concatenate(([0.0], np.cumsum(ratios))))
