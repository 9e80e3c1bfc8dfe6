"""What the heads beside the score are worth, on the groups of one split. Pure numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.evaluation import win_share
from rewardmodel.ml.groups import Floats
from rewardmodel.ml.heads import Heads


def heads_figures(groups: Sequence[EncodedGroup], outputs: Sequence[Floats], heads: Heads) -> dict[str, Any] | None:
    """`doubt` of an ensemble and `dimensions`, as their functions say; None where the score is all there is.

    outputs: (K, H) of each group.
    """
    if heads.count == 1:
        return None
    return {
        "doubt": doubt(groups, outputs, heads.members) if heads.members > 1 else None,
        "dimensions": {
            dimension.name: dimension_figures(
                groups,
                [dimension.mean + dimension.sd * own[:, heads.members + place].astype(np.float64) for own in outputs],
                dimension.name,
                guess=dimension.mean,
            )
            for place, dimension in enumerate(heads.dimensions)
        },
    }


def doubt(groups: Sequence[EncodedGroup], outputs: Sequence[Floats], members: int) -> dict[str, Any] | None:
    """Accuracy in the half of the pairs of which the members are surest, and in the other: a spread that means
    something tells them apart. Sure: the mean margin is large against the members' standard deviation. None without a
    pair.
    """
    margins = [
        own[group.comparisons.better, :members].astype(np.float64) - own[group.comparisons.worse, :members]
        for group, own in zip(groups, outputs, strict=True)
    ]
    margin = np.concatenate([np.empty((0, members)), *margins])
    if not len(margin):
        return None
    mean, spread = margin.mean(1), margin.std(1)
    right = win_share(mean)[np.argsort(np.abs(mean) / np.maximum(spread, 1e-12), kind="stable")]
    half = len(right) // 2
    return {
        "sd": float(spread.mean()),
        "accuracy_unsure": float(right[:half].mean()) if half else None,
        "accuracy_sure": float(right[half:].mean()),
        "pairs": len(right),
    }


def dimension_figures(
    groups: Sequence[EncodedGroup], predicted: Sequence[Any], name: str, *, guess: float
) -> dict[str, Any] | None:
    """`rmse` of the head in points of the scale, beside that of always guessing the mean of training; `accuracy`: how
    often it orders two responses as an annotator rated them, where they did not rate them the same. None without a
    rating.
    """
    errors: list[float] = []
    guesses: list[float] = []
    margins: list[float] = []
    for group, own in zip(groups, predicted, strict=True):
        for ranking in group.rankings:
            rated = [(rating.value, own[rating.response]) for rating in ranking.ratings if rating.dimension == name]
            errors += [float(found - value) for value, found in rated]
            guesses += [guess - value for value, _ in rated]
            margins += [
                float((found - other) * np.sign(value - worse))
                for place, (value, found) in enumerate(rated)
                for worse, other in rated[:place]
                if value != worse
            ]
    if not errors:
        return None
    return {
        "rmse": float(np.sqrt(np.mean(np.square(errors)))),
        "rmse_of_the_mean": float(np.sqrt(np.mean(np.square(guesses)))),
        "ratings": len(errors),
        "accuracy": float(win_share(np.array(margins)).mean()) if margins else None,
        "pairs": len(margins),
    }
