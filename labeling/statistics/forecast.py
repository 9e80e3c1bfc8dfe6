"""When a project will be finished, if it goes on as it did lately. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, sqrt
from statistics import NormalDist, fmean

# Nine projects in ten go on beyond `earliest`, and nine in ten are finished by `latest`.
QUANTILE = NormalDist().inv_cdf(0.9)
# Beyond this many days a date says nothing.
HORIZON = 3650


@dataclass(frozen=True, slots=True)
class Forecast:
    """rate: rankings a day.  The dates are days on which the last ranking may be made; None: not within ten years.

    latest is also None where the days differ so much that the true rate might be next to nothing.
    """

    rate: float
    earliest: date | None
    finish: date | None
    latest: date | None


def forecast(remaining: int, per_day: Sequence[int], today: date) -> Forecast | None:
    """When so many more rankings will have been made; None where nothing was ranked lately.

    per_day: rankings on each of the last days, days without work included, oldest first, today last. Today is not over
    and counts only where no day before it does.

    With n days of mean r and variance v, the rankings of the next t days are taken as normal with mean r t and variance
    v t + v t² / n: days vary, and the mean is known from n days only. `finish` is where the mean reaches `remaining`;
    `earliest` and `latest` are where the mean plus or minus 1.28 standard deviations does, the roots of
    (remaining - r t)² = 1.28² (v t + v t² / n), as in Fieller (1954). v is the sum of squared deviations, with one more
    day as far from the mean as an idle one, over n: few days do not look regular by accident. It is at least r, as with
    Poisson counts.
    """
    days = per_day[:-1] if any(per_day[:-1]) else per_day[-1:]
    if not any(days):
        return None
    rate, number = fmean(days), len(days)
    if remaining <= 0:
        return Forecast(rate, today, today, today)
    variance = max(rate, (sum((day - rate) ** 2 for day in days) + rate**2) / number)
    spread = QUANTILE**2 * variance
    square, middle = rate**2 - spread / number, 2 * remaining * rate + spread
    root = sqrt(middle**2 - 4 * square * remaining**2)
    # The smaller root in the form that also holds where `square` is not positive and there is no larger one.
    earliest = 2 * remaining**2 / (middle + root)
    latest = (middle + root) / (2 * square) if square > 0 else HORIZON + 1
    return Forecast(
        rate,
        _after(today, floor(earliest)),
        _after(today, ceil(remaining / rate)),
        _after(today, ceil(latest)),
    )


def _after(today: date, days: int) -> date | None:
    return today + timedelta(days=days) if days <= HORIZON else None
