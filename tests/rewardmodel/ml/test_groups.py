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


@given(st.lists(st.integers(1, 4), min_size=2, max_size=5), st.floats(0.125, 8))
def test_the_pairs_of_a_ranking_add_up_to_its_weight(sizes: list[int], weight: float):
    start, tiers = 0, []
    for size in sizes:
        tiers.append(tuple(range(start, start + size)))
        start += size

    compared = compare((Ranking(tuple(tiers), weight),))

    assert abs(float(compared.weight.sum()) - weight) < 1e-4 * weight
    assert len(set(compared.weight.tolist())) == 1
