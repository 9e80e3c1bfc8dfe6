"""How far a model's probabilities can be believed, and the temperature that makes them so. Pure numpy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewardmodel.ml.evaluation import win_share

Doubles = npt.NDArray[np.float64]

BINS = 15
COLDEST, HOTTEST = 1e-3, 1e3


def fit_temperature(margin: Doubles) -> float:
    """The T that makes sigmoid(margin / T) likeliest (Guo et al. 2017), on pairs the model was not trained on.

    margin: (P,) r_better - r_worse. The log loss is convex in 1 / T, so its slope is halved until it is found; without
    a pair, or where every pair is right and no T is cold enough, the nearest bound. 1 without pairs.
    """
    if margin.size == 0:
        return 1.0
    low, high = 1 / HOTTEST, 1 / COLDEST
    for _ in range(60):
        inverse = np.sqrt(low * high)
        # d/db of mean log(1 + e^(-b m)); rising in b.
        slope = -(margin / (1 + np.exp(np.clip(inverse * margin, -700, 700)))).mean()
        low, high = (inverse, high) if slope < 0 else (low, inverse)
    return float(1 / np.sqrt(low * high))


def log_loss(margin: Doubles, temperature: float = 1.0) -> float:
    """Mean -log sigmoid(margin / T); a margin of -1000 costs 1000 and not infinity."""
    return float(np.logaddexp(0.0, -margin / temperature).mean())


def brier(margin: Doubles, temperature: float = 1.0) -> float:
    """Mean squared distance of the probability of the better response from 1 (Brier 1950, one of two outcomes)."""
    return float(((1 - _sigmoid(margin / temperature)) ** 2).mean())


def reliability(margin: Doubles, temperature: float = 1.0) -> list[dict[str, float]]:
    """Bins of equally many pairs by the probability of the likelier response: its mean, how often it was the better
    one, and how many pairs. A pair of equal scores is right in one half.
    """
    confidence = _sigmoid(np.abs(margin) / temperature)
    right = win_share(margin)
    order = np.argsort(confidence, kind="stable")
    return [
        {"confidence": float(confidence[part].mean()), "accuracy": float(right[part].mean()), "pairs": float(len(part))}
        for part in np.array_split(order, min(BINS, len(order)))
    ]


def expected_calibration_error(margin: Doubles, temperature: float = 1.0) -> float:
    """Mean distance of confidence and accuracy over the bins, each weighing its pairs (Naeini et al. 2015)."""
    bins = reliability(margin, temperature)
    return float(sum(abs(b["confidence"] - b["accuracy"]) * b["pairs"] for b in bins) / len(margin))


def _sigmoid(value: Doubles) -> Doubles:
    return np.exp(-np.logaddexp(0.0, -value))
