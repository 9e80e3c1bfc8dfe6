import itertools

from hypothesis import given
from hypothesis import strategies as st

from rewardmodel.ml.groups import Ranking, compare


def listed(*rankings: Ranking) -> list[tuple[int, int]]:
    compared = compare(rankings)
    return list(zip(compared.better.tolist(), compared.worse.tolist(), strict=True))


def test_every_response_beats_all_of_the_lower_tiers():
    assert listed(Ranking(((2,), (0, 1), (3,)))) == [(2, 0), (2, 1), (2, 3), (0, 3), (1, 3)]


def test_a_tie_makes_no_pair():
    compared = compare((Ranking(((0, 1),)),))

    assert compared.better.size == 0
    assert compared.rankings == 0


def test_a_response_that_was_not_ranked_is_in_no_pair():
    assert listed(Ranking(((3,), (1,)))) == [(3, 1)]


def test_two_annotators_make_every_pair_twice():
    assert listed(Ranking(((0,), (1,))), Ranking(((0,), (1,)))) == [(0, 1), (0, 1)]


def test_ties_are_listed_once_with_the_number_of_their_ranking():
    compared = compare((Ranking(((1,), (0,))), Ranking(((3, 0), (1, 2)))))

    ties = zip(compared.first.tolist(), compared.second.tolist(), compared.tied_source.tolist(), strict=True)
    assert list(ties) == [(0, 3, 1), (1, 2, 1)]
    assert compared.source.tolist() == [0, 1, 1, 1, 1]
    assert compared.rankings == 2


def test_a_margin_is_how_many_tiers_lie_between_unless_the_data_says():
    assert compare((Ranking(((2,), (0, 1), (3,))),)).margin.tolist() == [1, 1, 2, 1, 1]
    assert compare((Ranking(((0,), (1,)), margin=2.5),)).margin.tolist() == [2.5]


@given(st.permutations(range(6)), st.sets(st.integers(1, 5)))
def test_every_two_that_were_ranked_are_preferred_or_tied(order: list[int], cuts: set[int]):
    bounds = [0, *sorted(cuts), 6]
    tiers = tuple(tuple(order[start:end]) for start, end in itertools.pairwise(bounds))

    compared = compare((Ranking(tiers),))

    met = [*zip(compared.better, compared.worse, strict=True), *zip(compared.first, compared.second, strict=True)]
    assert sorted(tuple(sorted(map(int, pair))) for pair in met) == list(itertools.combinations(range(6), 2))
