"""How far rankings agree, worked by hand and by properties."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.statistics.agreement import (
    AgreementSums,
    Comparison,
    PairAgreement,
    compare_rankings,
    pair_agreement,
    prompt_agreement,
)


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


def test_each_pair_of_responses_is_counted_once_by_what_both_did_with_it():
    # a > b = c = d against a = b = c > d: ab, ac tied by the other, bd, cd by the one, bc by both, and ad is alike.
    comparison = compare_rankings([["a"], ["b", "c", "d"]], [["a", "b", "c"], ["d"]])

    assert comparison == Comparison(concordant=1, tied_by_one=2, tied_by_other=2, tied_by_both=1)
    assert comparison.share == 1
    assert comparison.tau_b == pytest.approx(1 / 3)


def test_tau_b_is_the_one_that_kendall_worked_out():
    # Kendall, Rank Correlation Methods (1970), example 3.1: tau-b = 33 / sqrt(41 x 36) = 0.859.
    one = [["a"], ["b", "c"], ["d", "e"], ["f", "g"], ["h"], ["i", "j"]]
    other = [["a"], ["b"], ["c", "d", "e", "f"], ["g", "h", "i"], ["j"]]

    assert compare_rankings(one, other).tau_b == pytest.approx(0.859, abs=5e-4)


def test_tau_b_is_not_defined_where_one_side_ties_everything_or_too_little_is_shared():
    assert compare_rankings([["a", "b", "c"]], [["a"], ["b"], ["c"]]).tau_b is None
    assert compare_rankings([["a"], ["b"]], [["a"], ["c"]]).tau_b is None
    assert compare_rankings([["a"]], [["b"]]).share is None


def test_every_annotator_is_compared_with_all_others():
    # Ada and Alan turn one pair of three, Ada and Grace all three, Alan and Grace two.
    agreement = prompt_agreement([("ada", order("abc")), ("alan", order("bac")), ("grace", order("cba"))])

    assert agreement.overall == of_pairs(3, 9, taus=[1 / 3, -1, -1 / 3])
    assert agreement.by_annotator["ada"] == of_pairs(2, 6, taus=[1 / 3, -1])
    assert agreement.by_annotator["alan"] == of_pairs(3, 6, taus=[1 / 3, -1 / 3])
    assert agreement.by_annotator["grace"] == of_pairs(1, 6, taus=[-1, -1 / 3])


def test_what_is_left_without_an_annotator_is_what_the_others_agree_on():
    rankings = [("ada", order("abc")), ("alan", order("bac")), ("grace", order("cba"))]
    agreement = prompt_agreement(rankings)

    assert exactly(agreement.overall - agreement.removed["ada"]) == exactly(prompt_agreement(rankings[1:]).overall)


def test_two_rankings_of_one_person_are_not_compared_with_each_other():
    agreement = prompt_agreement([("ada", order("abc")), ("ada", order("cba")), ("alan", order("abc"))])

    assert agreement.overall == of_pairs(3, 6, taus=[1, -1])
    assert agreement.by_annotator["ada"] == agreement.by_annotator["alan"] == agreement.overall


def test_one_annotator_agrees_with_nobody():
    for rankings in ([], [("ada", order("abc"))], [("ada", order("abc")), ("ada", order("bac"))]):
        agreement = prompt_agreement(rankings)

        assert agreement.overall == AgreementSums()
        assert agreement.by_annotator == agreement.removed == {}
        assert agreement.overall.share is agreement.overall.interval() is agreement.overall.tau_b is None


def test_annotators_who_tie_everything_decide_no_pair():
    agreement = prompt_agreement([("ada", [["a", "b"]]), ("alan", [["a", "b"]])])

    assert agreement.overall.prompts == agreement.overall.pairs == agreement.overall.taus == 0
    assert agreement.overall.share is None


def test_the_interval_sees_that_the_pairs_of_a_prompt_hang_together():
    # Of 40 prompts with 6 pairs each, all alike or all turned: variance 270 / 240² x 40 / 39, 39 effective pairs, and
    # t(39) = 2.023 in Wilson's form. Prompts that are more alike than chance never narrow it: 240 effective pairs.
    together = sum([AgreementSums.of_prompt(6, 6)] * 30 + [AgreementSums.of_prompt(0, 6)] * 10, AgreementSums())
    apart = sum([AgreementSums.of_prompt(4, 6), AgreementSums.of_prompt(5, 6)] * 20, AgreementSums())

    assert together.share == apart.share == 0.75
    assert together.interval() == pytest.approx((0.5908, 0.8618), abs=2e-4)
    assert apart.interval() == pytest.approx((0.6896, 0.8020), abs=2e-4)


def order(text):
    return [[letter] for letter in text]


def of_pairs(agreed, pairs, *, taus):
    return AgreementSums.of_prompt(agreed, pairs, pytest.approx(sum(taus)), len(taus))


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


def test_tau_b_of_the_reverse_order_is_minus_one():
    assert compare_rankings(order("abcd"), order("dcba")).tau_b == -1
    assert compare_rankings(order("abcd"), order("dcba")).share == 0


@given(tiers, tiers)
def test_what_one_side_ties_the_other_ties_from_the_other_side(one, other):
    here, there = compare_rankings(one, other), compare_rankings(other, one)

    assert (here.tied_by_one, here.tied_by_other) == (there.tied_by_other, there.tied_by_one)
    assert here.tau_b == there.tau_b
    if here.tau_b is not None:
        assert compare_rankings(one, other[::-1]).tau_b == -here.tau_b


@given(st.lists(tiers, max_size=4), st.permutations("vwxyz"))
def test_neither_names_nor_their_order_matter(rankings, names):
    people = list(enumerate(rankings))
    agreement = prompt_agreement(people)
    renamed = dict(zip("abcde", names, strict=True))
    turned = [
        (person, [[renamed[response] for response in tier[::-1]] for tier in ranking])
        for person, ranking in people[::-1]
    ]

    assert exactly(prompt_agreement(turned).overall) == exactly(agreement.overall)
    for person in agreement.by_annotator:
        assert exactly(prompt_agreement(turned).by_annotator[person]) == exactly(agreement.by_annotator[person])


@given(st.lists(tiers, max_size=4), st.lists(tiers, max_size=4))
def test_what_was_added_can_be_taken_back(first, second):
    one, other = (prompt_agreement(list(enumerate(rankings))).overall for rankings in (first, second))

    assert exactly(one + other - other) == exactly(one)


def exactly(sums):
    return replace(sums, tau_sum=round(sums.tau_sum, 9) + 0.0)
