"""Pictures that templates draw as SVG; each has a title and words, and its page has the same figures as a table."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.formats import date_format

from labeling.charts import Bar, Point, bar_chart, line_chart, whisker
from labeling.selectors.agreement import Week
from labeling.statistics.bias import SlotRate
from labeling.templatetags.figures import percent, share, slot_letter

register = template.Library()

CHANCE = 0.5


@register.inclusion_tag("labeling/charts/bars.html")
def bars(name: str, title: str, description: str, given: Sequence[Bar]) -> dict[str, Any]:
    """Bars of counts; `name` tells the charts of a page apart."""
    return _picture(name, title, description, chart=bar_chart(given, least_step=1.0))


@register.inclusion_tag("labeling/charts/bars.html")
def slot_bars(title: str, description: str, slots: Sequence[SlotRate]) -> dict[str, Any]:
    """How often the best response stood in each slot, each with its interval and a line at chance."""
    drawn = [
        Bar(
            label=slot_letter(slot.slot),
            value=slot.rate,
            text=percent(slot.rate),
            low=slot.interval[0],
            high=slot.interval[1],
            reference=slot.expected_rate,
            marked=slot.is_biased,
        )
        for slot in slots
    ]
    return _picture(f"slots-{len(slots)}", title, description, chart=bar_chart(drawn), shares=True)


@register.inclusion_tag("labeling/charts/line.html")
def agreement_by_week(name: str, title: str, description: str, weeks: Sequence[Week]) -> dict[str, Any]:
    """Agreement of each week with its interval, and the line of chance; at least one week."""
    points = [
        Point(
            at=week.monday.toordinal(),
            label=date_format(week.monday, "DATE_FORMAT"),
            value=week.agreement.share,
            low=week.agreement.low,
            high=week.agreement.high,
            text=share(week.agreement.share, week.agreement.low, week.agreement.high),
        )
        for week in weeks
    ]
    return _picture(name, title, description, chart=line_chart(points, CHANCE))


@register.inclusion_tag("labeling/charts/interval.html")
def interval(
    label: str, value: float, low: float, high: float, lowest: float, highest: float, reference: float | None = None
) -> dict[str, Any]:
    """A value and its interval, in a cell of a table; the same scale in each row makes the cells one picture."""
    return {"label": label, "mark": whisker(value, low, high, lowest=lowest, highest=highest, reference=reference)}


def _picture(name: str, title: str, description: str, **drawn: Any) -> dict[str, Any]:
    return {"name": name, "title": title, "description": description, **drawn}
