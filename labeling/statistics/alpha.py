"""Krippendorff's alpha for ordered values, from sums that can be kept. Pure.

A unit is what is judged; its values are what its raters gave it. For the order of a prompt the units are its responses
and the values their ranks, one a ranking (`relative_ranks`, so that prompts with different numbers of responses can
share a table); for a dimension they are the ratings from 1 to 5.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

Coincidences = Mapping[tuple[float, float], float]

# Sums that were added to and taken from may miss zero by their rounding; a real coincidence weighs at least 1 / raters.
NOTHING = 1e-6


def coincidences(units: Iterable[Sequence[float]]) -> dict[tuple[float, float], float]:
    """How often two values met in one unit, by (lower, higher): half of Krippendorff's symmetric matrix (2011, step 2).

    Each ordered pair of a unit's m values counts 1 / (m - 1), so that each value weighs one; a unit with fewer than two
    values adds nothing. The tables of several sets of units add up cell by cell.
    """
    table: dict[tuple[float, float], float] = defaultdict(float)
    for values in units:
        if len(values) < 2:
            continue
        counts = sorted(Counter(values).items())
        for at, (value, count) in enumerate(counts):
            if count > 1:
                table[value, value] += count * (count - 1) / (len(values) - 1)
            for higher, times in counts[at + 1 :]:
                table[value, higher] += count * times / (len(values) - 1)
    return dict(table)


def ordinal_alpha(table: Coincidences) -> float | None:
    """1 - observed / expected disagreement of ordered values (Krippendorff 2011, sections C and D).

    1: raters agree perfectly; 0: as if values had been dealt out by chance; below 0: worse than that. None where it is
    not defined: no unit has two values, or all values are the same, so that there is nothing to tell apart.
    """
    totals: dict[float, float] = defaultdict(float)
    for (lower, higher), weight in table.items():
        totals[lower] += weight
        if higher != lower:
            totals[higher] += weight
    counts = {value: total for value, total in sorted(totals.items()) if total > NOTHING}
    # Between two values lie all values from the middle of the lower one's to the middle of the higher one's.
    middles, below = {}, 0.0
    for value, count in counts.items():
        middles[value] = below + count / 2
        below += count
    expected = sum(
        counts[one] * counts[other] * (middles[one] - middles[other]) ** 2
        for one in counts
        for other in counts
        if one < other
    )
    if not expected:
        return None
    observed = sum(
        weight * (middles[lower] - middles[higher]) ** 2
        for (lower, higher), weight in table.items()
        if lower in counts and higher in counts
    )
    return 1 - (below - 1) * observed / expected
