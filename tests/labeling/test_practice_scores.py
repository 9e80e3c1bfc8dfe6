"""An attempt at a practice prompt, pair by pair, worked by hand."""

import pytest

from labeling.statistics.practice import PracticeScore, score_attempt


def test_each_pair_of_the_expected_order_is_agreed_reversed_or_tied():
    # Expected a > b > c > d has six pairs. The attempt b > a = c > d turns a/b, ties a/c, keeps the other four.
    score = score_attempt([["b"], ["a", "c"], ["d"]], expected=[["a"], ["b"], ["c"], ["d"]])

    assert score == PracticeScore(
        agreed=[("a", "d"), ("b", "c"), ("b", "d"), ("c", "d")], reversed=[("a", "b")], tied=[("a", "c")]
    )
    assert score.pairs == 6


def test_what_the_expected_order_leaves_out_may_stand_anywhere():
    for tiers in ([["a"], ["b"], ["c"]], [["c"], ["a"], ["b"]], [["a"], ["b", "c"]]):
        assert score_attempt(tiers, expected=[["a"], ["b"]]).agreed == [("a", "b")]


def test_responses_expected_beside_each_other_may_stand_in_either_order():
    for tiers in ([["a"], ["b"], ["c"]], [["b"], ["a"], ["c"]], [["a", "b"], ["c"]]):
        score = score_attempt(tiers, expected=[["a", "b"], ["c"]])
        assert (score.agreed, score.pairs) == ([("a", "c"), ("b", "c")], 2)


@pytest.mark.parametrize("tiers", [[["a", "b", "c"]]])
def test_a_tie_of_all_agrees_with_nothing(tiers):
    score = score_attempt(tiers, expected=[["a"], ["b"], ["c"]])

    assert (score.agreed, score.reversed, len(score.tied)) == ([], [], 3)
