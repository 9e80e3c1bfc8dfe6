"""Two models on the same held-out groups: by how much is one better, and how sure is that? Pure numpy."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from rewardmodel.ml.calibration import Doubles, expected_calibration_error
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.evaluation import win_share
from rewardmodel.ml.figures import length_correlation
from rewardmodel.ml.groups import Floats
from rewardmodel.ml.rewards import outcomes
from rewardmodel.ml.slices import slices_of

DRAWS = 2000


def compare_models(
    groups: Sequence[EncodedGroup],
    champion: Sequence[Floats],
    challenger: Sequence[Floats],
    *,
    temperatures: tuple[float, float] = (1.0, 1.0),
    known: Collection[str] = (),
    strangers: Collection[str] = (),
) -> dict[str, Any] | None:
    """champion, challenger: (K,) scores of each group; temperatures: of each, in this order. known: ids of groups that
    the champion was measured on before, for a slice of them and one of the new. strangers: annotators it has not
    learned from, for a slice of theirs and one of all others'. None without a pair.

    `accuracy`, `ece` and `length_correlation` hold both models' figures, `difference` the challenger's accuracy less
    the champion's with the 95 % interval of a bootstrap that draws whole prompts, for both models the same ones: what
    they have in common cancels out. `slices`: the same by slice of `FEWEST_PAIRS` pairs.
    """
    both = [outcomes(groups, scores) for scores in (champion, challenger)]
    if not len(both[0].margin):
        return None
    right = [win_share(found.margin) for found in both]
    gain = right[1] - right[0]
    prompt = both[0].prompt
    slices = {
        kind: {name: _gain(gain, right, prompt, places) for name, places in own.items()}
        for kind, own in slices_of(groups, unseen=strangers, marks={"measured_before": known}).items()
    }
    everything = np.arange(len(gain))
    return {
        "prompts": len(np.unique(prompt)),
        **_gain(gain, right, prompt, everything),
        "ece": {
            who: expected_calibration_error(found.margin, temperature)
            for who, found, temperature in zip(("champion", "challenger"), both, temperatures, strict=True)
        },
        "length_correlation": {
            "champion": length_correlation(groups, champion),
            "challenger": length_correlation(groups, challenger),
        },
        "slices": slices,
    }


def _gain(gain: Doubles, right: Sequence[Doubles], prompt: Any, places: Any) -> dict[str, Any]:
    low, high = paired_interval(gain[places], prompt[places])
    return {
        "accuracy": {"champion": float(right[0][places].mean()), "challenger": float(right[1][places].mean())},
        "difference": float(gain[places].mean()),
        "difference_interval": [low, high],
        "pairs": len(places),
    }


def paired_interval(gain: Doubles, prompt: Any, *, draws: int = DRAWS, seed: int = 0) -> tuple[float, float]:
    """The 2.5 % and 97.5 % quantiles of the mean gain over pairs, prompts drawn with replacement.

    gain: (P,) one model's result on a pair less the other's; prompt: (P,) the number of its prompt.
    """
    _, place = np.unique(prompt, return_inverse=True)
    total, pairs = np.bincount(place, gain), np.bincount(place)
    drawn = np.random.default_rng(seed).integers(0, len(total), (draws, len(total)))
    means = total[drawn].sum(1) / pairs[drawn].sum(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
