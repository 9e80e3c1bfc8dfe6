"""Whether what is measured now comes from the same distribution as before. Pure."""

import math
from bisect import bisect_left
from collections.abc import Sequence

BINS = 10
# The usual reading of the index: below 0.1 no change, above 0.25 a large one.
LARGE_SHIFT = 0.25
# Below this many on either side, chance alone reaches such an index.
FEWEST_VALUES = 200
# A bin that one side leaves empty would make the index infinite.
SMALLEST_SHARE = 1e-4


def population_stability_index(before: Sequence[float], now: Sequence[float]) -> float:
    """The symmetric divergence of two samples over bins that hold a tenth of `before` each (Siddiqi 2006); 0: alike.

    Raises `ValueError` for an empty sample.
    """
    if not before or not now:
        raise ValueError(f"two samples are compared; got {len(before)} and {len(now)} values")
    ordered = sorted(before)
    # The largest is an edge too: what lies above all that was ever seen is a bin of its own. Equal values make one bin.
    edges = sorted({ordered[len(ordered) * place // BINS] for place in range(1, BINS)} | {ordered[-1]})
    shares = [_shares(sample, edges) for sample in (before, now)]
    return math.fsum((new - old) * math.log(new / old) for old, new in zip(*shares, strict=True))


def scores_drifted(before: Sequence[float], now: Sequence[float]) -> bool:
    """False while either side is too small to tell."""
    if min(len(before), len(now)) < FEWEST_VALUES:
        return False
    return population_stability_index(before, now) > LARGE_SHIFT


def _shares(sample: Sequence[float], edges: Sequence[float]) -> list[float]:
    counts = [0] * (len(edges) + 1)
    for value in sample:
        counts[bisect_left(edges, value)] += 1
    return [max(count / len(sample), SMALLEST_SHARE) for count in counts]
