"""Tiers are checked, then expanded into preference pairs."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.exceptions import InvalidRanking
from labeling.ranking import PreferencePair, check_tiers, expand_ranking, parse_order, parse_tiers

IDS = [f"r{number}" for number in range(1, 27)]


@st.composite
def some_tiers(draw) -> list[list[str]]:
    """Tiers of 1 to 26 responses, none of them empty."""
    ids = draw(st.permutations(IDS[: draw(st.integers(1, 26))]))
    cuts = sorted(draw(st.sets(st.integers(1, len(ids) - 1)))) if len(ids) > 1 else []
    return [ids[start:end] for start, end in zip([0, *cuts], [*cuts, len(ids)], strict=True)]


def test_three_tiers_make_five_pairs_by_hand():
    pairs = expand_ranking([["r2"], ["r1", "r3"], ["r4"]])

    assert pairs == [
        PreferencePair("r2", "r1", 1, 0.2),
        PreferencePair("r2", "r3", 1, 0.2),
        PreferencePair("r2", "r4", 2, 0.2),
        PreferencePair("r1", "r4", 1, 0.2),
        PreferencePair("r3", "r4", 1, 0.2),
    ]


def test_a_tie_makes_no_pair():
    assert expand_ranking([["r1", "r2"]]) == []


def test_ties_come_marked_when_asked_for_and_share_the_weight():
    pairs = expand_ranking([["r1", "r2"], ["r3"]], weight=3.0, include_ties=True)

    assert pairs == [
        PreferencePair("r1", "r2", 0, 1.0, tied=True),
        PreferencePair("r1", "r3", 1, 1.0),
        PreferencePair("r2", "r3", 1, 1.0),
    ]


@given(some_tiers())
def test_there_are_as_many_pairs_as_pairs_of_responses_in_different_tiers(tiers):
    strict = sum(len(better) * len(worse) for better, worse in combinations(tiers, 2))

    assert len(expand_ranking(tiers)) == strict


@given(some_tiers())
def test_with_ties_every_pair_of_responses_comes_once(tiers):
    found = [{pair.chosen, pair.rejected} for pair in expand_ranking(tiers, include_ties=True)]
    ids = [response for tier in tiers for response in tier]

    assert len(found) == len(ids) * (len(ids) - 1) // 2
    assert all(pair in found for pair in map(set, combinations(ids, 2)))


@given(some_tiers(), st.floats(0.001, 1000), st.booleans())
def test_the_pairs_of_a_ranking_add_up_to_its_weight(tiers, weight, include_ties):
    pairs = expand_ranking(tiers, weight=weight, include_ties=include_ties)

    assert sum(pair.weight for pair in pairs) == (pytest.approx(weight) if pairs else 0)
    assert len({pair.weight for pair in pairs}) <= 1


@given(some_tiers(), st.permutations(IDS))
def test_other_names_for_the_responses_change_nothing_else(tiers, names):
    other = dict(zip(IDS, names, strict=True))
    renamed = [[other[response] for response in tier] for tier in tiers]

    assert expand_ranking(renamed) == [
        PreferencePair(other[pair.chosen], other[pair.rejected], pair.margin, pair.weight)
        for pair in expand_ranking(tiers)
    ]


@given(some_tiers())
def test_the_reversed_ranking_prefers_the_other_one_of_each_pair(tiers):
    forward = {(pair.chosen, pair.rejected, pair.margin) for pair in expand_ranking(tiers)}
    backward = {(pair.rejected, pair.chosen, pair.margin) for pair in expand_ranking(tiers[::-1])}

    assert forward == backward


@given(some_tiers())
def test_a_margin_is_the_distance_of_the_tiers(tiers):
    tier_of = {response: place for place, tier in enumerate(tiers) for response in tier}

    for pair in expand_ranking(tiers):
        assert pair.margin == tier_of[pair.rejected] - tier_of[pair.chosen]
        assert 1 <= pair.margin <= len(tier_of) - 1


@given(some_tiers(), st.booleans())
def test_pairs_come_by_the_places_of_chosen_and_rejected(tiers, include_ties):
    place = {response: index for index, response in enumerate(response for tier in tiers for response in tier)}
    places = [(place[pair.chosen], place[pair.rejected]) for pair in expand_ranking(tiers, include_ties=include_ties)]

    assert places == sorted(places)


@given(some_tiers())
def test_whole_tiers_pass_the_check(tiers):
    check_tiers(parse_tiers(tiers), expected=[response for tier in tiers for response in tier])


@given(some_tiers(), st.data())
def test_a_missing_a_repeated_and_a_foreign_response_are_each_refused_by_name(tiers, data):
    ids = [response for tier in tiers for response in tier]
    one = data.draw(st.sampled_from(ids))

    without = [kept for tier in tiers if (kept := [response for response in tier if response != one])]
    with pytest.raises(InvalidRanking, match=f"missing: {one}"):
        check_tiers(without, expected=ids)
    with pytest.raises(InvalidRanking, match=f"repeated: {one}"):
        check_tiers([*tiers, [one]], expected=ids)
    with pytest.raises(InvalidRanking, match="not among this prompt's responses: r99"):
        check_tiers([*tiers, ["r99"]], expected=ids)


def test_an_empty_tier_is_refused():
    with pytest.raises(InvalidRanking, match="an empty tier"):
        check_tiers([["r1"], [], ["r2"]], expected=["r1", "r2"])


def test_a_tie_is_refused_where_the_project_allows_none():
    check_tiers([["r1"], ["r2"]], expected=["r1", "r2"], allow_ties=False)
    with pytest.raises(InvalidRanking, match="allows no ties"):
        check_tiers([["r1", "r2"]], expected=["r1", "r2"], allow_ties=False)


@pytest.mark.parametrize("value", [None, "r1", {"r1": 1}, ["r1", "r2"], [["r1"], 2], [[1]], [[["r1"]]]])
def test_what_is_no_list_of_lists_of_ids_is_no_ranking(value):
    with pytest.raises(InvalidRanking, match="best tier first"):
        parse_tiers(value)


LETTERS = {"A": "r1", "B": "r2", "C": "r3", "D": "r4"}


@pytest.mark.parametrize(
    ("text", "tiers"),
    [
        ("B > A = D > C", [["r2"], ["r1", "r4"], ["r3"]]),
        ("b>a=d", [["r2"], ["r1", "r4"]]),
        ("  C ", [["r3"]]),
    ],
)
def test_an_order_is_written_in_letters(text, tiers):
    assert parse_order(text, letters=LETTERS) == tiers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got ''"),
        ("A > ", "got ''"),
        ("A B", "got 'A B'"),
        ("A > E", "of the letters A, B, C, D; got 'E'"),
        ("A < B", "got 'A < B'"),
        ("A > B > a", "repeated: A"),
    ],
)
def test_what_is_no_order_is_refused_with_what_was_expected(text, said):
    with pytest.raises(InvalidRanking) as refusal:
        parse_order(text, letters=LETTERS)

    assert said in refusal.value.detail
