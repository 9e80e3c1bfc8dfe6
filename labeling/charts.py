"""Where the parts of a picture stand. Pure.

Across, everything is a percentage of the picture's width, so that one picture fits a desk and a phone with text of one
size; downwards, everything is in pixels. The numbers are text, because templates write floats in the reader's way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

HEIGHT = 180
# Above the highest value, for the figure written over it.
HEADROOM = 22
# Beyond so many bars there is no room for a figure over each, nor for a word under each.
MOST_FIGURES, MOST_LABELS = 8, 7
SHORT_LABEL = 2
STEPS = (1, 2, 2.5, 5, 10)
MOST_TICKS = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """text: its figure in words.  low, high: ends of the interval; reference: what it is to be compared with; if any.

    marked: to be seen first.
    """

    label: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None
    reference: float | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """at: where it stands across, in any unit."""

    at: float
    label: str
    value: float
    low: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `lowest` to `highest`, drawn from the bottom of the picture to just below its top."""

    lowest: float
    highest: float
    step: float

    @classmethod
    def over(cls, lowest: float, highest: float, least_step: float = 0.0) -> "Scale":
        """Round ends that hold both, with few and round steps between."""
        rough = max((highest - lowest) / MOST_TICKS, least_step) or 1.0
        power = 10 ** floor(log10(rough))
        step = next(power * step for step in STEPS if power * step >= rough * (1 - 1e-9))
        return cls(floor(lowest / step + 1e-9) * step, ceil(highest / step - 1e-9) * step, step)

    def ticks(self) -> list[float]:
        return [
            self.lowest + number * self.step for number in range(round((self.highest - self.lowest) / self.step) + 1)
        ]

    def y(self, value: float) -> float:
        return HEIGHT - (value - self.lowest) / (self.highest - self.lowest) * (HEIGHT - HEADROOM)


@dataclass(frozen=True, slots=True)
class Tick:
    y: str
    value: float


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """x, width, middle, left, right: across, the last two of the bar's room; the others down.

    top, bottom: of the interval, and reference, empty without one.  figure, label: what is written above and below,
    empty where there is no room.
    """

    bar: Bar
    x: str
    width: str
    middle: str
    left: str
    right: str
    y: str
    height: str
    top: str
    bottom: str
    reference: str
    figure_y: str
    figure: str
    label: str


@dataclass(frozen=True, slots=True)
class BarChart:
    bars: list[DrawnBar]
    ticks: list[Tick]
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class DrawnPoint:
    point: Point
    x: str
    y: str
    top: str
    bottom: str
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class LineChart:
    """line, band: the corners in a picture of 1000 by `height`, which is stretched to the width."""

    points: list[DrawnPoint]
    line: str
    band: str
    ticks: list[Tick]
    reference: str
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Whisker:
    """A value and its interval on a scale of their own."""

    low: str
    high: str
    value: str
    reference: str


def bar_chart(bars: Sequence[Bar], *, least_step: float = 0.0) -> BarChart:
    """Upright bars from 0; ticks are at least `least_step` apart."""
    tops = [bar.value if bar.high is None else bar.high for bar in bars]
    scale = Scale.over(0.0, max([0.0, *tops, *(bar.reference or 0.0 for bar in bars)]) or 1.0, least_step)
    room = 100 / len(bars) if bars else 100.0
    every = 1 if max((len(bar.label) for bar in bars), default=0) <= SHORT_LABEL else ceil(len(bars) / MOST_LABELS)
    return BarChart(
        bars=[
            DrawnBar(
                bar=bar,
                x=_percent(number * room + room * 0.18),
                width=_percent(room * 0.64),
                middle=_percent((number + 0.5) * room),
                left=_percent(number * room),
                right=_percent((number + 1) * room),
                y=_pixels(scale.y(bar.value)),
                height=_pixels(HEIGHT - scale.y(bar.value)),
                top=_down(scale, bar.high),
                bottom=_down(scale, bar.low),
                reference=_down(scale, bar.reference),
                figure_y=_pixels(scale.y(top) - 6),
                figure=bar.text if len(bars) <= MOST_FIGURES else "",
                label="" if number % every else bar.label,
            )
            for number, (bar, top) in enumerate(zip(bars, tops, strict=True))
        ],
        ticks=_ticks(scale),
    )


def line_chart(points: Sequence[Point], reference: float) -> LineChart:
    """Points in their order across, joined, with the band of their intervals; the first and the last carry a label."""
    scale = Scale.over(
        min([reference, *(point.low for point in points)]), max([reference, *(point.high for point in points)])
    )
    first, last = points[0].at, points[-1].at
    across = [3 + 94 * ((point.at - first) / (last - first) if last > first else 0.5) for point in points]
    upper = [_corner(x, scale.y(point.high)) for x, point in zip(across, points, strict=True)]
    lower = [_corner(x, scale.y(point.low)) for x, point in zip(across, points, strict=True)]
    return LineChart(
        points=[
            DrawnPoint(
                point=point,
                x=_percent(x),
                y=_pixels(scale.y(point.value)),
                top=_pixels(scale.y(point.high)),
                bottom=_pixels(scale.y(point.low)),
                label=point.label if point in (points[0], points[-1]) else "",
                anchor="middle" if len(points) == 1 else "start" if point is points[0] else "end",
            )
            for x, point in zip(across, points, strict=True)
        ],
        line=" ".join(_corner(x, scale.y(point.value)) for x, point in zip(across, points, strict=True)),
        band=" ".join(upper + lower[::-1]),
        ticks=_ticks(scale),
        reference=_pixels(scale.y(reference)),
    )


def whisker(
    value: float, low: float, high: float, *, lowest: float, highest: float, reference: float | None = None
) -> Whisker:
    """On a scale from `lowest` to `highest`, which must hold all of them."""

    def across(place: float) -> str:
        return _percent(3 + 94 * ((place - lowest) / (highest - lowest) if highest > lowest else 0.5))

    return Whisker(across(low), across(high), across(value), "" if reference is None else across(reference))


def _ticks(scale: Scale) -> list[Tick]:
    return [Tick(_pixels(scale.y(value)), value) for value in scale.ticks()]


def _down(scale: Scale, value: float | None) -> str:
    return "" if value is None else _pixels(scale.y(value))


def _corner(x: float, y: float) -> str:
    return f"{10 * x:.1f},{y:.1f}"


def _percent(value: float) -> str:
    return f"{value:.2f}%"


def _pixels(value: float) -> str:
    return f"{value:.1f}"
