"""What the gate found, in the reader's words and with its numbers."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rewardmodel.models import GateVerdict


def headline(verdict: GateVerdict) -> str:
    """One sentence: passed or not, and the reason that weighs most."""
    if verdict.passed:
        return _("Passed: %(reason)s") % {"reason": _not_worse(_figures(verdict, "not_worse"))}
    failed = [check for check in verdict.checks if not check["passed"]]
    # That two models cannot be told apart yet says more than what else may be wrong.
    return _("Not passed: %(reason)s") % {"reason": sentence(failed[0])}


def sentences(verdict: GateVerdict) -> Iterator[tuple[bool, str]]:
    """Every check: whether it passed, and what was found and allowed."""
    for check in verdict.checks:
        yield check["passed"], sentence(check)


def sentence(check: dict[str, Any]) -> str:
    """One check in words."""
    figures: dict[str, Any] = check["figures"]
    match check["name"]:
        case "measured":
            return _("the two models could not be compared: %(reason)s") % figures
        case "enough_prompts":
            return ngettext(
                "%(found)d test prompt; at least %(allowed)d are needed",
                "%(found)d test prompts; at least %(allowed)d are needed",
                figures["found"],
            ) % {"found": figures["found"], "allowed": figures["allowed"]}
        case "not_worse":
            return _not_worse(figures)
        case "no_slice_worse":
            return _slices(figures)
        case "calibrated":
            return _("calibration error %(found)s, the champion's %(champion)s; at most %(allowed)s") % _short(
                figures, 3
            )
        case "not_by_length":
            words = _("correlation of score and length %(found)s, the champion's %(champion)s; at most %(allowed)s")
            return words % _short(figures, 2)
        case "fast_enough":
            return _("%(found)s times the champion's time per response; at most %(allowed)s times") % _short(figures, 2)
        case name:
            raise ValueError(f"no words for the check {name!r}")


def _not_worse(figures: dict[str, Any]) -> str:
    return _("%(points)s points, 95 %% interval %(low)s … %(high)s; not below −%(allowed)s") % {
        **_points(figures),
        "allowed": f"{figures['allowed']:g}",
    }


def _slices(figures: dict[str, Any]) -> str:
    if not figures["worse"]:
        return ngettext(
            "no worse than −%(allowed)s points in the %(slices)d slice",
            "no worse than −%(allowed)s points in any of %(slices)d slices",
            figures["slices"],
        ) % {"allowed": f"{figures['allowed']:g}", "slices": figures["slices"]}
    return "; ".join(
        _("%(points)s points on “%(slice)s”, 95 %% interval %(low)s … %(high)s")
        % {**_points(worse), "slice": worse["slice"]}
        for worse in figures["worse"]
    )


def _points(figures: dict[str, Any]) -> dict[str, str]:
    return {name: signed(figures[name]) for name in ("points", "low", "high")}


def signed(points: float) -> str:
    """+1.8, −3.1, 0.0: with the sign that typography has for it."""
    rounded = f"{points:+.1f}"
    return "0.0" if rounded in ("+0.0", "-0.0") else rounded.replace("-", "−")


def _short(figures: dict[str, Any], digits: int) -> dict[str, str]:
    return {name: f"{value:.{digits}f}" for name, value in figures.items()}


def _figures(verdict: GateVerdict, name: str) -> dict[str, Any]:
    figures: dict[str, Any] = next(check["figures"] for check in verdict.checks if check["name"] == name)
    return figures
