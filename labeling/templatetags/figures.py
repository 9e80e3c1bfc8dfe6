"""Figures as they are read: shares with their intervals, p values, slots by their letters."""

import string

from django import template
from django.utils.translation import gettext as _

register = template.Library()

# An interval narrower than this would often show as one number in whole percents.
NARROW = 0.03
SMALLEST_P = 0.0001


@register.filter
def percent(share: float | None, digits: int = 0) -> str:
    """0.7314 as "73 %"; a dash for what there is no evidence of."""
    if share is None:
        return "–"
    # A number and its sign stay on one line.
    return (_("%(number)s %%") % {"number": f"{100 * share:.{digits}f}"}).replace(" ", "\u00a0")


@register.simple_tag
def share(value: float | None, low: float | None = None, high: float | None = None) -> str:
    """81 % (78 to 84): a share and its 95 % interval, with a decimal where the interval is narrow."""
    if value is None or low is None or high is None:
        return percent(value)
    digits = int(high - low < NARROW)
    words = {"low": f"{100 * low:.{digits}f}", "high": f"{100 * high:.{digits}f}"}
    return _("%(share)s (%(low)s to %(high)s)") % {"share": percent(value, digits), **words}


@register.filter
def p_value(p: float) -> str:
    return "< 0.0001" if p < SMALLEST_P else f"{p:.4f}" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


@register.filter
def p_words(p: float) -> str:
    """A p value in a sentence: p = 0.03, p < 0.0001."""
    return f"p {p_value(p)}" if p < SMALLEST_P else f"p = {p_value(p)}"


@register.filter
def coefficient(value: float | None) -> str:
    """0.613 as 0.61; a dash for what is not defined."""
    return "–" if value is None else f"{value:.2f}".replace("-", "\u2212")


@register.filter
def slot_letter(slot: int) -> str:
    """The letter that the first, second, … response on the screen has."""
    return string.ascii_uppercase[slot - 1]


@register.filter
def step(value: float) -> int:
    """A share in steps of ten percent, from 0 to 10, for shading."""
    return round(10 * value)
