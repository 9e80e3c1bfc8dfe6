"""Exact tests of position and length, against numbers in print and worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.statistics.bias import (
    LengthSums,
    binomial_p,
    exact_p,
    holm,
    length_preference,
    position_bias,
)


def test_the_binomial_test_is_that_of_the_book_s_example():
    # Conover, Practical Nonparametric Statistics (1971), pages 97 f.: Mendel's 682 of 925; R's binom.test says 0.3825.
    assert binomial_p(682, 925, 0.75) == pytest.approx(0.3825, abs=5e-5)


@pytest.mark.parametrize(("successes", "p"), [(0, 2 / 1024), (1, 22 / 1024), (5, 1), (9, 22 / 1024)])
def test_a_fair_coin_thrown_ten_times(successes, p):
    assert binomial_p(successes, 10, 0.5) == pytest.approx(p)


def test_trials_of_different_chances_are_one_exact_test():
    # Two trials at 1/2 and one at 1/4: 0 with 6/32, 1 with 14/32 …; in quarters of 1/16: 3, 7, 5 and 1 of 16.
    assert exact_p(3, {0.5: 2, 0.25: 1}) == pytest.approx(1 / 16)
    assert exact_p(0, {0.5: 2, 0.25: 1}) == pytest.approx(4 / 16)
    assert exact_p(2, {0.5: 2, 0.25: 1}) == pytest.approx(9 / 16)
    assert exact_p(1, {0.5: 2, 0.25: 1}) == pytest.approx(1)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 60))
def test_splitting_trials_of_one_chance_changes_nothing(one, other, hits):
    together = binomial_p(min(hits, one + other), one + other, 0.3)

    assert exact_p(min(hits, one + other), {0.3: one, 0.3 + 1e-13: other}) == pytest.approx(together, abs=1e-6)


def test_what_is_certain_or_far_out_is_no_trouble():
    assert binomial_p(0, 0, 0.5) == 1
    assert binomial_p(4, 4, 1.0) == 1
    assert binomial_p(3, 4, 1.0) == 0
    assert binomial_p(60_000, 100_000, 0.5) == pytest.approx(0, abs=1e-17)
    assert binomial_p(25_000, 100_000, 0.25) == pytest.approx(1)


def test_holm_multiplies_the_smallest_by_the_number_of_tests():
    # Step by step: 0.01 x 4, 0.02 x 3, 0.025 x 2, which is below the 0.06 before it.
    assert holm([0.025, 0.01, 0.9, 0.02]) == pytest.approx([0.06, 0.04, 0.9, 0.06])
    assert holm([]) == []


def test_a_slot_that_is_preferred_is_found_and_named():
    rates = position_bias({4: [50, 20, 15, 15]})

    assert [(rate.slot, rate.hits, rate.trials, rate.expected) for rate in rates] == [
        (1, 50, 100, 25),
        (2, 20, 100, 25),
        (3, 15, 100, 25),
        (4, 15, 100, 25),
    ]
    assert [rate.is_biased for rate in rates] == [True, False, False, False]
    assert rates[0].interval == pytest.approx((0.404, 0.596), abs=1e-3)
    assert rates[0].p_adjusted == pytest.approx(4 * rates[0].p)


def test_prompts_with_different_numbers_of_responses_are_tested_together():
    # Slot 3 exists only in the forty rankings of four and the thirty of three.
    first, _, third, fourth = position_bias({2: [10, 10], 3: [10, 10, 10], 4: [10, 10, 10, 10]})

    assert (first.trials, first.expected) == (90, 30)
    assert (third.trials, third.expected) == (70, 20)
    assert (fourth.trials, fourth.expected_rate) == (40, 0.25)
    assert first.p == pytest.approx(1)


def test_no_rankings_make_no_slots():
    assert position_bias({}) == []
    assert position_bias({3: [0, 0, 0]}) == []


def test_turning_the_page_over_turns_the_slots_over():
    def numbers(rates):
        return [(rate.hits, round(rate.p, 12), round(rate.p_adjusted, 12)) for rate in rates]

    assert numbers(position_bias({3: [9, 30, 21]})) == numbers(position_bias({3: [21, 30, 9]})[::-1])


def test_an_order_drawn_at_random_seldom_looks_biased():
    dice = np.random.default_rng(1)
    projects = [{3: dice.multinomial(40, [1 / 3] * 3), 4: dice.multinomial(60, [1 / 4] * 4)} for _ in range(400)]

    assert sum(any(rate.is_biased for rate in position_bias(counts)) for counts in projects) <= 8


def test_length_is_tested_on_prompts_and_not_on_pairs():
    # Three annotators copy each other on ten prompts; on eight of them the longer responses win 12 of 18 pairs.
    sums = sum([LengthSums.of_prompt(12, 18)] * 8 + [LengthSums.of_prompt(6, 18)] * 2, LengthSums())
    preference = length_preference(sums)

    assert preference.share == 0.6
    assert (preference.pairs, preference.prompts) == (180, 10)
    assert preference.p == pytest.approx(binomial_p(8, 10, 0.5)) == pytest.approx(112 / 1024)
    assert not preference.is_clear
    assert preference.interval[0] < 0.5 < preference.interval[1]


def test_a_clear_preference_for_length_is_clear():
    preference = length_preference(sum([LengthSums.of_prompt(5, 6)] * 20, LengthSums()))

    assert preference.is_clear
    assert preference.interval[0] > 0.5


def test_without_pairs_of_different_length_there_is_no_preference():
    assert length_preference(LengthSums()) is None
    assert length_preference(LengthSums.of_prompt(0, 0)) is None
    assert length_preference(LengthSums.of_prompt(3, 6)).p == 1
