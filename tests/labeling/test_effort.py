"""What the page measures of a judgement is checked before it is stored."""

import pytest

from labeling.effort import Effort, parse_effort
from labeling.exceptions import InvalidRanking


def test_everything_that_is_measured_is_kept():
    assert parse_effort(
        {
            "seconds": 60,
            "active_seconds": 42.5,
            "first_touch_seconds": 0,
            "moves": 7,
            "input_methods": ["touch", "keyboard", "touch"],
            "as_shown_confirmed": True,
        }
    ) == Effort(60.0, 42.5, 0.0, 7, ("keyboard", "touch"), True)


def test_a_program_that_measures_nothing_says_nothing():
    assert parse_effort({}) == Effort()
    assert parse_effort(dict.fromkeys(["seconds", "moves", "input_methods", "as_shown_confirmed"])) == Effort()


@pytest.mark.parametrize("name", ["seconds", "active_seconds", "first_touch_seconds"])
@pytest.mark.parametrize("value", [-1, 7 * 24 * 3600 + 1, float("nan"), float("inf"), 10**400, True, "12", [1]])
def test_a_time_is_a_number_of_seconds_within_a_week(name, value):
    with pytest.raises(InvalidRanking, match=f"^{name} must be a number from 0 to 604800"):
        parse_effort({name: value})


@pytest.mark.parametrize("moves", [-1, 1_000_001, 1.0, True, "3"])
def test_moves_are_counted(moves):
    with pytest.raises(InvalidRanking, match="moves must be a whole number from 0 to 1000000"):
        parse_effort({"moves": moves})


@pytest.mark.parametrize("methods", ["touch", ["voice"], [["touch"]], [None], {"touch": 1}])
def test_means_of_input_are_known_ones(methods):
    with pytest.raises(InvalidRanking, match="input_methods must be a list out of keyboard, mouse, touch, pen"):
        parse_effort({"input_methods": methods})


@pytest.mark.parametrize("value", [1, "yes", []])
def test_a_confirmation_is_true_or_false(value):
    with pytest.raises(InvalidRanking, match="as_shown_confirmed must be true or false"):
        parse_effort({"as_shown_confirmed": value})
