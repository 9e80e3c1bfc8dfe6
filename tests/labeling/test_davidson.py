"""Davidson's model: published figures, cases worked by hand, and what must not change the result."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.statistics import davidson
from labeling.statistics.davidson import SCORE_SD, outcome_probabilities, pairs_of, predicted_probabilities

# Davidson (1970), table 1: brands of chocolate pudding i and j, preferences for i, for j, none.
PUDDINGS = """
1 2 19 22 16   1 3 16 19 12   2 3 19 19 10   1 4 18 23 13   2 4 23 19 9   3 4 19 20 15   1 5 13 19 18   2 5 16 20 12
3 5 16 15 17   4 5 17 14 16   1 6 18 21 12   2 6 22 20 12   3 6 13 18 10   4 6 14 19 18   5 6 11 21 12
"""


def tallies(comparisons, items):
    """`net` and `count` of one unit from (first, second, wins, losses, ties)."""
    net, count = np.zeros((items, items)), np.zeros((items, items))
    for first, second, wins, losses, ties in comparisons:
        net[first, second] += wins - losses
        count[first, second] += wins + losses + ties
    return net[pairs_of(items)][None], count[pairs_of(items)][None]


def test_the_fit_is_the_one_that_davidson_published():
    rows = np.array(PUDDINGS.split(), dtype=int).reshape(-1, 5) - [1, 1, 0, 0, 0]
    net, count = tallies(rows.tolist(), 6)
    # A thousand times the data leave nothing of the prior, which he had none of.
    scores, ties = davidson.fit(1000 * net, 1000 * count, 1000.0 * rows[:, 4].sum(), items=6)

    strengths = np.exp(scores[0]) / np.exp(scores[0]).sum()
    assert strengths == pytest.approx([0.1388, 0.1730, 0.1617, 0.1654, 0.1587, 0.2024], abs=1e-4)
    assert ties == pytest.approx(0.7468, abs=1e-4)


def test_probabilities_of_a_win_a_tie_and_a_loss():
    # Strengths 4 and 1 (d = log 4), tie parameter 1/2: 4 : 1/2 * sqrt(4 * 1) : 1, that is 4/6, 1/6 and 1/6.
    win, tie = outcome_probabilities(np.array([np.log(4)]), 0.5)

    assert (win[0], tie[0]) == pytest.approx((4 / 6, 1 / 6))


def test_one_win_moves_two_responses_as_far_as_the_prior_lets_it():
    # The slope of log p - s²/(2 sd²) for s and -s is zero where 1 - p = s / sd², p = 1 / (1 + exp(-2s)).
    ((high, low),) = davidson.fit_scores(np.ones((1, 1)), np.ones((1, 1)), items=2, ties=0.0)

    assert high == -low
    assert 1 - 1 / (1 + np.exp(-2 * high)) == pytest.approx(high / SCORE_SD**2)


def test_an_undefeated_response_has_a_finite_score():
    net, count = tallies([(0, 1, 1000, 0, 0), (1, 2, 1000, 0, 0)], 3)

    (scores,) = davidson.fit_scores(net, count, items=3, ties=0.1)

    assert np.isfinite(scores).all()
    assert scores[0] > scores[1] > scores[2]


def test_responses_that_nobody_compared_stand_in_the_middle_and_are_uncertain():
    net, count = np.zeros((1, 3)), np.zeros((1, 3))

    scores = davidson.fit_scores(net, count, items=3, ties=1.0)

    assert scores.tolist() == [[0, 0, 0]]
    assert davidson.difference_variances(scores, count, ties=1.0) == pytest.approx(2 * SCORE_SD**2)


def test_a_difference_that_is_not_known_well_predicts_less():
    known, _ = outcome_probabilities(np.array([2.0]), 0.3)
    certain, _ = predicted_probabilities(np.array([2.0]), np.array([0.0]), 0.3)
    uncertain, _ = predicted_probabilities(np.array([2.0]), np.array([4.0]), 0.3)

    assert certain == pytest.approx(known)
    assert 0.5 < uncertain[0] < known[0]


def test_the_tie_parameter_follows_the_share_of_ties_among_equals():
    # Equals tie with t / (2 + t): half of the comparisons at t = 2.
    assert davidson.fit_ties(np.zeros(1), np.array([1e6]), 5e5) == pytest.approx(2, rel=1e-4)


def test_neither_no_tie_nor_nothing_but_ties_ends_the_fit():
    assert 0 < davidson.fit_ties(np.zeros(1), np.array([100.0]), 0.0) < 0.02
    assert 100 < davidson.fit_ties(np.zeros(1), np.array([100.0]), 100.0) < np.inf


@st.composite
def many_comparisons(draw):
    items = draw(st.integers(2, 6))
    pairs = items * (items - 1) // 2
    count = draw(st.lists(st.integers(0, 40), min_size=pairs, max_size=pairs))
    net = [draw(st.integers(-number, number)) for number in count]
    return items, np.array([net], dtype=float), np.array([count], dtype=float)


@given(many_comparisons(), st.floats(0.01, 5))
def test_the_fit_stands_at_the_top_of_the_posterior(comparisons, ties):
    items, net, count = comparisons
    first, second = pairs_of(items)
    scores = davidson.fit_scores(net, count, items=items, ties=ties)

    win, tie = outcome_probabilities(scores[:, first] - scores[:, second], ties)
    slope = -scores[0] / SCORE_SD**2
    np.add.at(slope, first, (net - count * (2 * win + tie - 1))[0] / 2)
    np.add.at(slope, second, -(net - count * (2 * win + tie - 1))[0] / 2)
    assert slope == pytest.approx(np.zeros(items), abs=1e-6)
    assert scores.sum() == pytest.approx(0, abs=1e-9)


@given(many_comparisons(), st.floats(0.01, 5))
def test_turning_every_comparison_round_turns_the_scores_round(comparisons, ties):
    items, net, count = comparisons

    forward = davidson.fit_scores(net, count, items=items, ties=ties)
    backward = davidson.fit_scores(-net, count, items=items, ties=ties)

    assert forward == pytest.approx(-backward, abs=1e-9)


def test_units_are_fitted_each_for_itself(monkeypatch):
    net, count = np.array([[1.0, 0, 1], [-1, -1, 0], [3, 2, -2]]), np.full((3, 3), 4.0)
    together = davidson.fit_scores(net, count, items=3, ties=0.5)
    monkeypatch.setattr(davidson, "ENTRIES_AT_ONCE", 1)

    assert davidson.fit_scores(net, count, items=3, ties=0.5) == pytest.approx(together, abs=1e-9)
