"""From a reward to the probability that a response is good enough to be shown. Pure numpy.

Preferences alone have no zero: the best of four may be bad, the worst may be fine. What fixes it is what annotators
said was acceptable, one yes or no for each response they saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewardmodel.ml.calibration import BINS, Doubles
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.groups import Floats

FEWEST_LABELS, FEWEST_OF_A_KIND = 50, 10
THRESHOLDS = np.arange(1, 20) / 20
ITERATIONS = 100


@dataclass(frozen=True)
class Labels:
    """score, acceptable, weight: (N,) of each response that an annotator judged."""

    score: Doubles
    acceptable: Doubles
    weight: Doubles

    @property
    def enough(self) -> bool:
        """Whether there are so many, of both kinds, that a curve through them means something."""
        kinds = np.bincount(self.acceptable.astype(int), minlength=2)
        return len(self.score) >= FEWEST_LABELS and kinds.min() >= FEWEST_OF_A_KIND

    def counts(self) -> dict[str, int]:
        return {"labels": len(self.score), "acceptable": int(self.acceptable.sum())}


def labels_of(groups: Sequence[EncodedGroup], scores: Sequence[Floats]) -> Labels:
    """Every judgement of every ranking that was asked for one."""
    found: list[tuple[float, float, float]] = []
    for group, own in zip(groups, scores, strict=True):
        for ranking in group.rankings:
            if ranking.acceptable is None:
                continue
            ranked = [response for tier in ranking.tiers for response in tier]
            found += [(float(own[place]), float(place in ranking.acceptable), ranking.weight) for place in ranked]
    score, acceptable, weight = np.array(found, np.float64).reshape(-1, 3).T
    return Labels(score, acceptable, weight)


def fit_platt(labels: Labels) -> tuple[float, float]:
    """(slope, intercept) of P(acceptable) = sigmoid(slope x score + intercept), by Newton's method.

    Platt 1999, with his targets (N+ + 1) / (N+ + 2) and 1 / (N- + 2) in the place of 1 and 0, so that labels which a
    score separates perfectly give a slope that is finite. Scores are standardised while fitting.
    """
    mean, sd = labels.score.mean(), labels.score.std() or 1.0
    x = np.stack([(labels.score - mean) / sd, np.ones_like(labels.score)], 1)
    positive = labels.acceptable > 0
    high, low = (positive.sum() + 1) / (positive.sum() + 2), 1 / ((~positive).sum() + 2)
    target = np.where(positive, high, low)
    fit = np.zeros(2)
    for _ in range(ITERATIONS):
        p = _sigmoid(x @ fit)
        gradient = x.T @ (labels.weight * (p - target))
        hessian = (x * (labels.weight * p * (1 - p))[:, None]).T @ x + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        fit = fit - step
        if np.abs(step).max() < 1e-10:
            break
    return float(fit[0] / sd), float(fit[1] - fit[0] * mean / sd)


def probabilities(score: Doubles, platt: tuple[float, float]) -> Doubles:
    return _sigmoid(platt[0] * score + platt[1])


def acceptability(validation: Labels, test: Labels) -> dict[str, Any]:
    """What is known of showing and holding back. `platt`, fitted on validation alone, or null with too few labels;
    `needed`, how many of them and of each kind; and `test`, measured on labels that the fit has not seen, or null.

    `curve` of test: for each threshold the share of unacceptable responses that it would show, of acceptable ones that
    it would hold, and of all that it would show.
    """
    found: dict[str, Any] = {
        **validation.counts(),
        "needed": {"labels": FEWEST_LABELS, "of_a_kind": FEWEST_OF_A_KIND},
        "platt": None,
        "test": None,
    }
    if not validation.enough:
        return found
    platt = fit_platt(validation)
    found["platt"] = {"slope": platt[0], "intercept": platt[1]}
    if not test.enough:
        return found
    p = probabilities(test.score, platt)
    positive = test.acceptable > 0
    found["test"] = {
        **test.counts(),
        "brier": float(np.average((p - test.acceptable) ** 2, weights=test.weight)),
        "ece": _calibration_error(p, test.acceptable),
        "curve": [
            {
                "threshold": round(float(threshold), 2),
                "wrongly_shown": float((p[~positive] >= threshold).mean()),
                "wrongly_held": float((p[positive] < threshold).mean()),
                "shown": float((p >= threshold).mean()),
            }
            for threshold in THRESHOLDS
        ],
    }
    return found


def _calibration_error(p: Doubles, acceptable: Doubles) -> float:
    """Mean distance of probability and share over bins of equally many labels, each weighing its labels."""
    order = np.argsort(p, kind="stable")
    bins = [part for part in np.array_split(order, min(BINS, len(order))) if len(part)]
    return float(sum(abs(p[part].mean() - acceptable[part].mean()) * len(part) for part in bins) / len(p))


def _sigmoid(value: Doubles) -> Doubles:
    return np.exp(-np.logaddexp(0.0, -value))
