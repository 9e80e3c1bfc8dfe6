"""Ranks of tied responses and Kendall's W, against numbers worked out by hand and in print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.statistics.agreement import kendalls_w, midranks, relative_ranks


def test_tied_responses_share_the_mean_of_their_ranks():
    assert midranks([["a"], ["b", "c"], ["d"]]) == {"a": 1, "b": 2.5, "c": 2.5, "d": 4}
    assert midranks([]) == {}


def test_relative_ranks_lie_evenly_whatever_the_number_of_responses():
    assert relative_ranks([["a"], ["b"]]) == {"a": 0.25, "b": 0.75}
    assert relative_ranks([["a", "b"], ["c", "d"]]) == {"a": 0.25, "b": 0.25, "c": 0.75, "d": 0.75}


def test_concordance_with_ties_is_what_the_book_s_example_gives():
    # Zar, Biostatistical Analysis (2010), example 20.5: 12 birds by wing, tail and bill. The rank sums printed there
    # are 14.5, 21, 30.5, 6, 11, 3.5, 20, 11.5, 29, 28.5, 22.5 and 36, so S = 1175.5; the ties add up to 12 + 36 + 12,
    # and W = 12 x 1175.5 / (9 x 1716 - 3 x 60) = 0.924.
    wing = [10.4, 10.8, 11.1, 10.2, 10.3, 10.2, 10.7, 10.5, 10.8, 11.2, 10.6, 11.4]
    tail = [7.4, 7.6, 7.9, 7.2, 7.4, 7.1, 7.4, 7.2, 7.8, 7.7, 7.8, 8.3]
    bill = [17, 17, 20, 14.5, 15.5, 13, 19.5, 16, 21, 20, 18, 22]

    assert kendalls_w([by_size(wing), by_size(tail), by_size(bill)]) == pytest.approx(14106 / 15264)


def test_concordance_runs_from_turned_to_alike():
    assert kendalls_w([[["a"], ["b"], ["c"]], [["c"], ["b"], ["a"]]]) == 0
    assert kendalls_w([[["a"], ["b", "c"]]] * 3) == 1


def test_concordance_is_over_the_responses_that_all_hold():
    assert kendalls_w([[["a"], ["mine"], ["b"]], [["a"], ["b"], ["theirs"]]]) == 1


@pytest.mark.parametrize(
    "rankings",
    [
        [],
        [[["a"], ["b"]]],
        [[["a"], ["b"]], [["a"], ["c"]]],
        [[["a"]], [["b"]]],
        [[["a", "b"]], [["a", "b"]]],
    ],
)
def test_concordance_is_not_defined_without_two_orders_of_two_shared_responses(rankings):
    assert kendalls_w(rankings) is None


weak_orders = st.lists(st.integers(0, 3), min_size=5, max_size=5).map(lambda sizes: by_size(sizes))


@given(st.lists(weak_orders, min_size=2, max_size=4))
def test_concordance_is_the_same_in_any_order_and_upside_down(rankings):
    w = kendalls_w(rankings)

    for same in (rankings[::-1], [ranking[::-1] for ranking in rankings]):
        assert kendalls_w(same) == (None if w is None else pytest.approx(w))
    assert w is None or 0 <= w <= 1 + 1e-9


def by_size(measures):
    return [[str(place) for place, measure in enumerate(measures) if measure == size] for size in sorted(set(measures))]
