"""How much a ranking of a prompt would teach, worked by hand."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewardmodel.informativeness import informativeness

RANKED = [[[0], [1]]]
rewards = st.lists(st.floats(-20, 20), min_size=2, max_size=6)


def test_equal_rewards_are_the_least_certain_there_are():
    assert informativeness([0.3, 0.3, 0.3], []) == pytest.approx(1.0)


def test_three_to_one_is_four_fifths_of_a_bit():
    # H(3/4) = 2 - 3/4 log2 3 = 0.8113 bits.
    assert informativeness([log(3), 0.0], []) == pytest.approx(0.8113, abs=1e-4)


def test_a_model_that_is_certain_and_right_has_nothing_to_learn():
    assert informativeness([30.0, 0.0], RANKED) == pytest.approx(0.0, abs=1e-9)


def test_a_model_that_is_certain_and_contradicted_has_most_to_learn():
    assert informativeness([0.0, 30.0], RANKED) == pytest.approx(1.0)


def test_a_tie_contradicts_nobody():
    assert informativeness([0.0, 30.0], [[[0, 1]]]) == pytest.approx(0.0, abs=1e-9)


def test_rewards_far_apart_do_not_overflow():
    assert informativeness([1e6, -1e6], RANKED) == pytest.approx(0.0)
    assert informativeness([-1e6, 1e6], RANKED) == pytest.approx(1.0)


@given(rewards, st.randoms(use_true_random=False))
def test_neither_the_order_of_responses_nor_a_shift_of_all_rewards_matters(values, draw):
    places = list(range(len(values)))
    draw.shuffle(places)
    shuffled = [values[place] for place in places]
    tiers = [[[place] for place in places]]
    renamed = [[[place] for place in range(len(places))]]

    assert informativeness(values, tiers) == pytest.approx(informativeness(shuffled, renamed), abs=1e-9)
    assert informativeness([value + 3 for value in values], tiers) == pytest.approx(
        informativeness(values, tiers), abs=1e-6
    )
    assert 0 <= informativeness(values, tiers) <= 1
