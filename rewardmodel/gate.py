"""Whether a challenger may replace the champion, given how the two compare. Pure; `ml.compare` finds the figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# A model's own noise: below it, a bound on calibration or length would refuse what is as good as the champion.
ECE_SLACK = 0.02
LENGTH_SLACK = 0.05


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What a challenger must hold. Points are hundredths of the accuracy.

    max_drop: how many points below the champion the lower end of the 95 % interval of the difference may lie.
    slice_tolerance: how many points worse a slice may be, unless chance could have done it. fewest_prompts: below so
    many test prompts nothing follows. max_ece, max_length_correlation, max_slowdown: of the challenger; where the
    champion is beyond the first or second itself, it is the bound.
    """

    max_drop: float = 2.0
    slice_tolerance: float = 3.0
    fewest_prompts: int = 50
    max_ece: float = 0.1
    max_length_correlation: float = 0.6
    max_slowdown: float = 2.0


@dataclass(frozen=True)
class Check:
    """One question to the comparison. figures: what was found and what was allowed, by name."""

    name: str
    passed: bool
    figures: dict[str, Any]


def judge(comparison: dict[str, Any], bounds: Bounds) -> list[Check]:
    """The checks, all of which must have passed. comparison: as `rewardmodel.ml.compare` writes it."""
    prompts = comparison["prompts"]
    enough = Check("enough_prompts", prompts >= bounds.fewest_prompts, _allowed(prompts, bounds.fewest_prompts))
    if not prompts:
        return [enough]
    return [enough, *_checks(comparison, bounds)]


def _checks(comparison: dict[str, Any], bounds: Bounds) -> Iterator[Check]:
    low, high = (100 * end for end in comparison["difference_interval"])
    points = {"points": 100 * comparison["difference"], "low": low, "high": high}
    yield Check("not_worse", low > -bounds.max_drop, {**points, "allowed": bounds.max_drop})

    worse = [
        {"slice": f"{kind}: {name}" if kind != "label" else name, **_points(found), "pairs": found["pairs"]}
        for kind, own in comparison["slices"].items()
        for name, found in own.items()
        if 100 * found["difference"] < -bounds.slice_tolerance and found["difference_interval"][1] < 0
    ]
    slices = sum(len(own) for own in comparison["slices"].values())
    worse.sort(key=lambda found: found["points"])
    yield Check("no_slice_worse", not worse, {"worse": worse, "slices": slices, "allowed": bounds.slice_tolerance})

    ece = comparison["ece"]
    allowed = max(bounds.max_ece, ece["champion"] + ECE_SLACK)
    yield Check("calibrated", ece["challenger"] <= allowed, {**_allowed(ece["challenger"], allowed), **_of(ece)})

    length = {who: abs(value or 0.0) for who, value in comparison["length_correlation"].items()}
    allowed = max(bounds.max_length_correlation, length["champion"] + LENGTH_SLACK)
    found = length["challenger"]
    yield Check("not_by_length", found <= allowed, {**_allowed(found, allowed), **_of(length)})

    seconds = comparison["seconds_per_response"]
    slowdown = seconds["challenger"] / seconds["champion"]
    yield Check("fast_enough", slowdown <= bounds.max_slowdown, _allowed(slowdown, bounds.max_slowdown))


def _points(found: dict[str, Any]) -> dict[str, float]:
    low, high = found["difference_interval"]
    return {"points": 100 * found["difference"], "low": 100 * low, "high": 100 * high}


def _allowed(found: float, allowed: float) -> dict[str, float]:
    return {"found": found, "allowed": allowed}


def _of(both: dict[str, float]) -> dict[str, float]:
    return {"champion": both["champion"]}
