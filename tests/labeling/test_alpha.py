"""Krippendorff's alpha for ordered values, against his own example and the `krippendorff` package."""

import random

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.statistics.agreement import midranks, relative_ranks
from labeling.statistics.alpha import coincidences, ordinal_alpha

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), sections C and D: four observers, twelve units.
OBSERVERS = ["12332141 2...", "12332241 25.3", ".3332342 251.", "12332441 251."]
UNITS = [
    [float(value) for value in unit if value != "."]
    for unit in zip(*(row.replace(" ", "") for row in OBSERVERS), strict=True)
]


def test_the_coincidences_are_those_of_the_worked_example():
    assert coincidences(UNITS) == pytest.approx(
        {
            (1, 1): 7,
            (1, 2): 4 / 3,
            (1, 3): 1 / 3,
            (1, 4): 1 / 3,
            (2, 2): 10,
            (2, 3): 4 / 3,
            (2, 4): 1 / 3,
            (3, 3): 8,
            (3, 4): 1 / 3,
            (4, 4): 4,
            (5, 5): 3,
        }
    )


def test_alpha_is_that_of_the_worked_example():
    assert ordinal_alpha(coincidences(UNITS)) == pytest.approx(0.815, abs=5e-4)


def test_reversal_of_two_rankings_is_as_bad_as_it_can_be():
    # Ranks 1 and 2 in two units, each with both: observed 1, expected 2/3 of all pairs, so 1 - 3/2.
    assert ordinal_alpha(coincidences([[1, 2], [2, 1]])) == pytest.approx(-0.5)


@pytest.mark.parametrize("units", [[], [[1], [2]], [[3, 3], [3, 3, 3]]])
def test_alpha_is_not_defined_without_pairs_or_variation(units):
    assert ordinal_alpha(coincidences(units)) is None


ratings = st.lists(st.lists(st.none() | st.integers(1, 5), min_size=3, max_size=3), min_size=2, max_size=8)


@given(ratings)
def test_alpha_is_what_the_package_says(rows):
    units = [[float(value) for value in row if value is not None] for row in rows]
    ours = ordinal_alpha(coincidences(units))

    if len({value for unit in units if len(unit) > 1 for value in unit}) > 1:
        data = np.array([[np.nan if value is None else value for value in row] for row in rows], dtype=float).T
        assert ours == pytest.approx(krippendorff.alpha(reliability_data=data, level_of_measurement="ordinal"))
    else:
        assert ours is None


@given(ratings, ratings)
def test_tables_add_up_and_can_be_taken_back(first, second):
    one, other = ([[float(value) for value in row if value is not None] for row in rows] for rows in (first, second))
    both = coincidences(one + other)
    left = {pair: weight - coincidences(other).get(pair, 0.0) for pair, weight in both.items()}

    assert ordinal_alpha(left) == (
        None if (alpha := ordinal_alpha(coincidences(one))) is None else pytest.approx(alpha, abs=1e-9)
    )


def test_what_rounding_leaves_of_a_table_is_nothing():
    assert ordinal_alpha({(1, 2): 0.1 + 0.2 - 0.3, (3, 3): 2.0}) is None


def test_random_rankings_of_short_and_long_prompts_reach_no_alpha():
    dice = random.Random(4)
    sizes = [dice.choice([2, 9]) for _ in range(2000)]
    prompts = [[shuffled(dice, size) for _ in range(3)] for size in sizes]

    assert alpha_of(prompts, relative_ranks) == pytest.approx(0, abs=0.02)
    # Why mid-ranks themselves will not do: they know how long the prompt was.
    assert alpha_of(prompts, midranks) > 0.25


def test_where_all_prompts_have_the_same_number_of_responses_both_ranks_give_the_same_alpha():
    dice = random.Random(5)
    prompts = [[[["a"], ["b"], ["c"], ["d"]], shuffled(dice, 4), [["a", "b"], ["c"], ["d"]]] for _ in range(20)]

    assert alpha_of(prompts, relative_ranks) == pytest.approx(alpha_of(prompts, midranks))


def shuffled(dice, responses):
    return [[letter] for letter in dice.sample("abcdefghi"[:responses], responses)]


def alpha_of(prompts, ranks_of):
    units = []
    for rankings in prompts:
        ranks = [ranks_of(tiers) for tiers in rankings]
        units += [[rank[response] for rank in ranks] for response in ranks[0]]
    return ordinal_alpha(coincidences(units))
