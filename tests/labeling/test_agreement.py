"""How far two rankings agree, worked by hand."""

from hypothesis import given
from hypothesis import strategies as st

from labeling.statistics.agreement import PairAgreement, pair_agreement


def test_the_same_order_agrees_in_every_pair():
    assert pair_agreement([["a"], ["b"], ["c"]], [["a"], ["b"], ["c"]]) == PairAgreement(agreed=3, pairs=3)


def test_the_reverse_order_agrees_in_none():
    assert pair_agreement([["a"], ["b"], ["c"]], [["c"], ["b"], ["a"]]) == PairAgreement(agreed=0, pairs=3)


def test_pairs_that_either_tied_do_not_count():
    # a > b = c > d against b > a > c = d. Pairs ordered by both: ab (turned), ac, ad, bd; bc and cd are tied by one.
    assert pair_agreement([["a"], ["b", "c"], ["d"]], [["b"], ["a"], ["c", "d"]]) == PairAgreement(agreed=3, pairs=4)


def test_only_responses_that_both_ranked_are_compared():
    assert pair_agreement([["mine"], ["a"], ["b"]], [["a"], ["b"], ["theirs"]]) == PairAgreement(agreed=1, pairs=1)


def test_counts_of_several_prompts_are_added_before_they_are_divided():
    total = PairAgreement(agreed=1, pairs=1) + PairAgreement(agreed=1, pairs=5)

    assert total.share == 2 / 6
    assert PairAgreement().share is None


tiers = st.permutations(["a", "b", "c", "d", "e"]).flatmap(
    lambda order: st.lists(st.integers(1, 4), max_size=3).map(
        lambda cuts: [
            list(order[start:end]) for start, end in zip([0, *sorted(set(cuts))], [*sorted(set(cuts)), 5], strict=True)
        ]
    )
)


@given(tiers, tiers)
def test_it_is_the_same_from_both_sides_and_upside_down(one, other):
    agreement = pair_agreement(one, other)

    assert pair_agreement(other, one) == agreement
    assert pair_agreement(one[::-1], other[::-1]) == agreement
    assert pair_agreement(one, other[::-1]).agreed == agreement.pairs - agreement.agreed
