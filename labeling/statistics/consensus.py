"""What all rankings of a prompt say together: tiers, how sure each boundary between them is, scores. Pure.

Each annotator's rankings count as much as the annotator is reliable (see `reliability`). Equal scores share a tier: no
name and no order of input decides anything.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from math import erf, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from labeling.statistics import davidson
from labeling.statistics.comparisons import Comparisons, Ranking, Response, compare, number_annotators
from labeling.statistics.davidson import Floats, pairs_of

# A boundary between tiers that is less certain is none. One ranking of up to six responses is then its own consensus
# (each of its boundaries has 0.62 or more), and so is the majority of two against one (0.72 for a pair).
CERTAIN = 0.6

_normal = np.frompyfunc(lambda z: 0.5 * (1 + erf(z / sqrt(2))), 1, 1)


@dataclass(frozen=True, slots=True)
class Score:
    """On the scale of log odds, 0 in the middle of the prompt's responses, with its posterior standard deviation."""

    value: float
    sd: float


@dataclass(frozen=True, slots=True)
class Consensus:
    """tiers: best first; None where there is no consensus, for the `reason`.

    "no-rankings": nobody compared two responses.  "disconnected": there are responses between which no chain of
    comparisons leads, so that any order of them would be made up.
    boundaries: of each boundary between two tiers, how probable it is that a response above it is better than one below
    it, for the two of which that is least certain.  confidence: the mean over all pairs of responses of how probable
    the likelier order is, 1/2 (nothing is known, or all are equal) to 1.
    """

    tiers: list[list[Response]] | None
    reason: Literal["", "no-rankings", "disconnected"] = ""
    boundaries: list[float] = field(default_factory=list)
    confidence: float | None = None
    scores: dict[Response, Score] = field(default_factory=dict)


def consensus(
    prompts: Sequence[Sequence[Ranking]],
    *,
    ties: float,
    reliability: Mapping[Hashable, float] | None = None,
    certain: float = CERTAIN,
) -> list[Consensus]:
    """The consensus of each prompt's rankings, in the order of `prompts`.

    `ties` and `reliability` come from `estimate_reliability`; who is missing there counts fully. Probabilities are from
    Laplace's approximation of the posterior. Within a tier responses come by their names as text, which says nothing.
    """
    annotators = number_annotators(prompts)
    given = reliability or {}
    weights = np.array([given.get(name, 1.0) for name in annotators])
    found = [Consensus(None, "no-rankings")] * len(prompts)
    for batch in compare(prompts, annotators):
        net, count = batch.prompt_tallies(weights[batch.annotator])
        scores = davidson.fit_scores(net, count, items=batch.items, ties=ties)
        connected = _connected(batch)
        size = max(1, davidson.ENTRIES_AT_ONCE // batch.items**2)
        for begin in range(0, len(scores), size):
            part = slice(begin, begin + size)
            covariances = davidson.score_covariances(scores[part], count[part], ties=ties)
            above = _probability_above(scores[part], covariances)
            for row, place in enumerate(batch.prompts[part]):
                if connected[begin + row]:
                    names, own = batch.responses[begin + row], scores[begin + row]
                    found[place] = _consensus(names, own, covariances[row], above[row], certain)
                else:
                    found[place] = Consensus(None, "disconnected")
    return found


def _consensus(names: list[Response], scores: Floats, covariance: Floats, above: Floats, certain: float) -> Consensus:
    order = np.argsort(-scores, kind="stable")
    sorted_above = above[np.ix_(order, order)]
    tiers, boundaries = [[names[order[0]]]], []
    for cut in range(1, len(names)):
        # Of all above the cut against all below it, so that a chain of small steps is no boundary anywhere.
        least = float(sorted_above[:cut, cut:].min())
        if least >= certain:
            boundaries.append(least)
            tiers.append([])
        tiers[-1].append(names[order[cut]])
    first, second = pairs_of(len(names))
    likelier = np.maximum(above[first, second], above[second, first])
    deviations = np.sqrt(np.diagonal(covariance))
    return Consensus(
        tiers=[sorted(tier, key=str) for tier in tiers],
        boundaries=boundaries,
        confidence=float(likelier.mean()),
        scores={name: Score(float(scores[row]), float(deviations[row])) for row, name in enumerate(names)},
    )


def _probability_above(scores: Floats, covariances: Floats) -> Floats:
    """Of each prompt (units, items, items): how probable it is that the first response's score is the higher one."""
    variance = np.einsum("uii->ui", covariances)
    spread = variance[:, :, None] + variance[:, None, :] - 2 * covariances
    difference = scores[:, :, None] - scores[:, None, :]
    with np.errstate(invalid="ignore", divide="ignore"):
        standard = np.where(spread > 0, difference / np.sqrt(spread), 0.0)
    return np.asarray(_normal(standard), dtype=np.float64)


def _connected(batch: Comparisons) -> NDArray[np.bool_]:
    """Of which prompts the comparisons join all responses."""
    first, second = pairs_of(batch.items)
    compared = np.logical_or.reduceat(batch.seen, batch.prompt_starts)
    reached = np.zeros((len(compared), batch.items, batch.items), dtype=np.float32)
    reached[:, first, second] = reached[:, second, first] = compared
    reached += np.eye(batch.items, dtype=np.float32)
    # Each product doubles the length of the chains that are followed.
    for _ in range(batch.items.bit_length()):
        reached = np.minimum(reached @ reached, 1.0)
    return np.asarray(reached[:, 0].all(axis=1))
