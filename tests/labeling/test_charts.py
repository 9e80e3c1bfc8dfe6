import pytest

from labeling.charts import HEADROOM, HEIGHT, Bar, Point, Scale, bar_chart, line_chart, whisker


def point(at: float, value: float, reach: float = 0.1) -> Point:
    return Point(at=at, label=f"day {at}", value=value, low=value - reach, high=value + reach, text="")


def test_a_scale_has_round_ends_that_hold_all_values():
    scale = Scale.over(0.43, 0.87)
    assert scale.ticks() == pytest.approx([0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    assert scale.y(0.4) == HEIGHT
    assert scale.y(0.9) == pytest.approx(HEADROOM)


def test_counts_have_whole_ticks():
    assert [tick.value for tick in bar_chart([Bar("Mon", 2, "2")], least_step=1.0).ticks] == [0, 1, 2]


def test_bars_share_the_width_and_stand_on_the_ground():
    first, second = bar_chart([Bar("A", 0.5, "50 %"), Bar("B", 0.25, "25 %")]).bars
    assert (first.x, first.width, first.middle) == ("9.00%", "32.00%", "25.00%")
    assert (second.left, second.right) == ("50.00%", "100.00%")
    assert float(first.y) + float(first.height) == float(second.y) + float(second.height) == HEIGHT
    assert float(first.height) == pytest.approx(2 * float(second.height), abs=0.2)


def test_a_bar_without_an_interval_has_no_whisker():
    (drawn,) = bar_chart([Bar("A", 3, "3")]).bars
    assert (drawn.top, drawn.bottom, drawn.reference) == ("", "", "")


def test_the_tallest_interval_and_the_line_of_chance_fit_into_the_picture():
    drawn = bar_chart([Bar("A", 0.3, "30 %", low=0.1, high=0.62, reference=0.7)]).bars[0]
    assert HEADROOM <= float(drawn.reference) < float(drawn.top) < float(drawn.bottom) <= HEIGHT


def test_many_bars_carry_no_figures_and_a_few_long_labels():
    drawn = bar_chart([Bar(f"{day} March", day, str(day)) for day in range(1, 15)]).bars
    assert [bar.figure for bar in drawn] == [""] * 14
    assert [bar.label for bar in drawn if bar.label] == [f"{day} March" for day in range(1, 15, 2)]


def test_many_bars_with_letters_keep_them_all():
    drawn = bar_chart([Bar(letter, 1, "") for letter in "ABCDEFGHIJKL"]).bars
    assert "".join(bar.label for bar in drawn) == "ABCDEFGHIJKL"


def test_nothing_counted_is_a_flat_picture():
    assert [bar.height for bar in bar_chart([Bar("Mon", 0, "0"), Bar("Tue", 0, "0")], least_step=1.0).bars] == [
        "0.0",
        "0.0",
    ]
    assert bar_chart([]).bars == []


def test_points_stand_where_their_day_is_and_not_one_after_the_other():
    drawn = line_chart([point(0, 0.6), point(7, 0.7), point(28, 0.8)], 0.5).points
    assert [one.x for one in drawn] == ["3.00%", "26.50%", "97.00%"]
    assert [one.label for one in drawn] == ["day 0", "", "day 28"]


def test_the_line_of_chance_is_in_the_picture_even_when_all_points_are_above_it():
    chart = line_chart([point(0, 0.9, 0.02), point(7, 0.92, 0.02)], 0.5)
    assert float(chart.reference) <= HEIGHT
    assert chart.ticks[0].value == pytest.approx(0.5)


def test_the_band_goes_there_along_the_upper_ends_and_back_along_the_lower_ones():
    chart = line_chart([point(0, 0.6), point(7, 0.7)], 0.5)
    corners = [tuple(map(float, corner.split(","))) for corner in chart.band.split(" ")]
    assert [x for x, _ in corners] == [30, 970, 970, 30]
    assert corners[0][1] < corners[3][1]
    assert corners[1][1] < corners[2][1]


def test_a_single_point_stands_in_the_middle():
    (drawn,) = line_chart([point(5, 0.6)], 0.5).points
    assert (drawn.x, drawn.anchor, drawn.label) == ("50.00%", "middle", "day 5")


def test_a_whisker_lies_on_the_scale_that_it_is_given():
    mark = whisker(1000, 900, 1100, lowest=800, highest=1200, reference=1000)
    assert (mark.low, mark.value, mark.high, mark.reference) == ("26.50%", "50.00%", "73.50%", "50.00%")


def test_a_scale_without_extent_puts_everything_in_the_middle():
    assert whisker(1000, 1000, 1000, lowest=1000, highest=1000).value == "50.00%"
