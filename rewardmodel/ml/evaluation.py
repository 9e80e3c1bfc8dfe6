"""How good rewards are, counted pair by pair. Pure numpy.

A pair is one strict preference of one ranking: two annotators who agree make two. Counts are added up over the whole
split and divided once; a mean of batch means would weigh a short last batch as much as a full one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
CELLS_AT_ONCE = 4_000_000  # resamples x prompts drawn in one array: 32 MB


class Metrics(TypedDict):
    accuracy: float
    accuracy_interval: list[float]
    log_loss: float
    length_baseline_accuracy: float
    pairs: int
    prompts: int


@dataclass(frozen=True, slots=True)
class PairOutcomes:
    """One entry a pair, (P,) each. margin: r_better - r_worse; longer: length of the better response - of the worse,
    in characters; prompt: which prompt the pair belongs to, numbered from 0 without gaps.
    """

    margin: npt.NDArray[np.float64]
    longer: npt.NDArray[np.int64]
    prompt: npt.NDArray[np.int64]


def summarise(outcomes: PairOutcomes) -> Metrics | None:
    """The figures of a split, or None when it holds no pair."""
    if outcomes.margin.size == 0:
        return None
    right = win_share(outcomes.margin)
    low, high = bootstrap_interval(right, outcomes.prompt)
    return Metrics(
        accuracy=float(right.mean()),
        accuracy_interval=[low, high],
        # logaddexp, not log(sigmoid(x)): a margin of -1000 must cost 1000 and not infinity.
        log_loss=float(np.logaddexp(0.0, -outcomes.margin).mean()),
        length_baseline_accuracy=float(win_share(outcomes.longer).mean()),
        pairs=int(right.size),
        prompts=int(np.unique(outcomes.prompt).size),
    )


def win_share(
    difference: npt.NDArray[np.float64] | npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """(P,) 1 where the better response is ahead, one half where both are equal, else 0. NaN counts as 0."""
    return np.where(difference > 0, 1.0, np.where(difference == 0, 0.5, 0.0))


def bootstrap_interval(
    right: npt.NDArray[np.float64], prompt: npt.NDArray[np.int64], *, seed: int = 0
) -> tuple[float, float]:
    """95 % percentile interval of the accuracy, drawing whole prompts with replacement.

    right: (P,) 0, 0.5 or 1; prompt: (P,) numbered from 0 without gaps. Pairs of one prompt hang together, so drawing
    pairs would give an interval far too narrow. The same input always gives the same interval.
    """
    prompts = int(prompt.max()) + 1
    wins = np.bincount(prompt, weights=right, minlength=prompts)
    pairs = np.bincount(prompt, minlength=prompts)
    generator = np.random.default_rng(seed)
    rows = max(1, CELLS_AT_ONCE // prompts)
    accuracies = []
    for start in range(0, RESAMPLES, rows):
        drawn = generator.integers(prompts, size=(min(rows, RESAMPLES - start), prompts))
        accuracies.append(wins[drawn].sum(axis=1) / pairs[drawn].sum(axis=1))
    low, high = np.quantile(np.concatenate(accuracies), [0.025, 0.975])
    return float(low), float(high)
