"""The consensus of a prompt: tiers, their certainty, and when there is none."""

from math import erf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.statistics.consensus import CERTAIN, Consensus, consensus
from labeling.statistics.reliability import estimate_reliability
from tests.labeling.crowd import simulate_crowd

TIES = 0.5


def consensus_of(*rankings, **options):
    (found,) = consensus([list(enumerate(rankings))], ties=TIES, **options)
    return found


def order(text):
    """`a > b = c` as tiers."""
    return [tier.split(" = ") for tier in text.split(" > ")]


@pytest.mark.parametrize("text", ["a > b", "a = b", "b > a > c", "a > b = c > d", "f > e > d > c > b > a"])
def test_one_ranking_is_its_own_consensus(text):
    assert consensus_of(order(text)).tiers == order(text)


def test_two_against_one_is_a_majority():
    assert consensus_of(order("a > b"), order("a > b"), order("b > a")).tiers == [["a"], ["b"]]


def test_one_against_one_is_a_tie_whatever_the_names_are():
    found = consensus_of(order("a > b > c"), order("b > a > c"))

    assert found.tiers == [["a", "b"], ["c"]]
    assert found.scores["a"].value == pytest.approx(found.scores["b"].value, abs=1e-12)


def test_a_circle_is_one_tier():
    found = consensus_of(order("a > b > c"), order("b > c > a"), order("c > a > b"))

    assert found.tiers == [["a", "b", "c"]]
    assert found.boundaries == []
    assert found.confidence == pytest.approx(0.5)


def test_more_people_of_one_mind_are_more_certain():
    found = [consensus_of(*[order("a > b > c")] * people) for people in (1, 2, 5)]

    assert [one.tiers for one in found] == [[["a"], ["b"], ["c"]]] * 3
    assert found[0].boundaries[0] < found[1].boundaries[0] < found[2].boundaries[0] < 1
    assert found[0].confidence < found[1].confidence < found[2].confidence
    assert found[0].scores["a"].sd > found[2].scores["a"].sd


def test_the_certainty_of_one_win_is_worked_by_hand():
    # Scores s and -s are most probable where 1 - (win - loss) = s / 2, at s = 0.8398. The curvature of their difference
    # is 1/8 for the prior and (win + loss - (win - loss)²) / 4 for the comparison; its inverse is the variance.
    s = 0.8398
    z = np.exp(s) + np.exp(-s) + TIES
    win, loss = np.exp(s) / z, np.exp(-s) / z
    assert 1 - (win - loss) == pytest.approx(s / 2, abs=1e-3)
    deviations = 2 * s * np.sqrt(1 / 8 + (win + loss - (win - loss) ** 2) / 4)

    (boundary,) = consensus_of(order("a > b")).boundaries

    assert boundary == pytest.approx(0.5 * (1 + erf(deviations / sqrt(2))), abs=1e-4)
    assert boundary == pytest.approx(0.801, abs=1e-3)


def test_a_boundary_is_as_certain_as_the_least_certain_pair_across_it():
    # That b is better than c is known well, and a, above both, from a single comparison: a over c is the weak point.
    across = [order("b > c")] * 10
    found = consensus_of(*across, order("a > b"))

    assert found.tiers == [["a"], ["b"], ["c"]]
    assert found.boundaries[1] < consensus_of(*across).boundaries[0] - 0.01


def test_what_is_less_certain_than_asked_for_shares_a_tier():
    assert consensus_of(order("a > b"), certain=0.81).tiers == [["a", "b"]]
    assert consensus_of(order("a > b"), certain=0.80).tiers == [["a"], ["b"]]


def test_an_unreliable_majority_does_not_outvote_a_reliable_person():
    rankings = [order("a > b"), order("b > a"), order("b > a")]

    assert consensus_of(*rankings, reliability={1: 0.1, 2: 0.1}).tiers == [["a"], ["b"]]
    assert consensus_of(*rankings).tiers == [["b"], ["a"]]


def test_responses_that_no_chain_of_comparisons_joins_have_no_consensus():
    assert consensus_of(order("a > b"), order("c > d")) == Consensus(None, "disconnected")
    assert consensus_of(order("a > b"), order("c > d"), order("b = c")).tiers is not None


def test_without_a_comparison_there_is_no_consensus():
    assert consensus([[], [("ada", [["a"]])]], ties=TIES) == [Consensus(None, "no-rankings")] * 2


def test_partial_rankings_join_into_one_order():
    found = consensus_of(*[order("a > b"), order("b > c"), order("c > d")] * 3)

    assert found.tiers == [["a"], ["b"], ["c"], ["d"]]


def test_prompts_keep_their_places_whatever_their_sizes():
    prompts = [[("ada", order(text))] for text in ("b > a", "c > b > a", "a > b", "a = b = c")]

    found = consensus(prompts, ties=TIES)

    assert [one.tiers for one in found] == [order(text) for text in ("b > a", "c > b > a", "a > b", "a = b = c")]


def test_any_number_of_responses_may_be_ranked():
    everything = [[f"r{number}"] for number in range(40)]

    found = consensus_of(*[everything] * 3, certain=0.55)

    assert found.scores["r0"].value == max(score.value for score in found.scores.values())
    assert found.tiers is not None
    assert [item for tier in found.tiers for item in tier][:1] == ["r0"]


letters = st.permutations("abcd").flatmap(
    lambda items: st.lists(st.booleans(), min_size=3, max_size=3).map(lambda cuts: split(items, cuts))
)
profiles = st.lists(letters, min_size=1, max_size=5)


def split(items, cuts):
    tiers = [[items[0]]]
    for item, cut in zip(items[1:], cuts, strict=True):
        if cut:
            tiers.append([])
        tiers[-1].append(item)
    return tiers


@given(profiles, st.permutations("abcd"), st.randoms())
def test_other_names_and_another_order_change_nothing(profile, names, random):
    rename = dict(zip("abcd", names, strict=True))
    moved = [[[rename[item] for item in random.sample(tier, len(tier))] for tier in tiers] for tiers in profile]
    random.shuffle(moved)

    before, after = consensus_of(*profile), consensus_of(*moved)

    assert after.tiers == [sorted(rename[item] for item in tier) for tier in before.tiers]
    assert after.boundaries == pytest.approx(before.boundaries, abs=1e-9)
    assert after.confidence == pytest.approx(before.confidence, abs=1e-9)


@given(profiles)
def test_turning_every_ranking_round_turns_the_consensus_round(profile):
    before, after = consensus_of(*profile), consensus_of(*(tiers[::-1] for tiers in profile))

    assert after.tiers == before.tiers[::-1]
    assert after.boundaries == pytest.approx(before.boundaries[::-1], abs=1e-9)
    for item, score in before.scores.items():
        assert after.scores[item].value == pytest.approx(-score.value, abs=1e-9)
        assert after.scores[item].sd == pytest.approx(score.sd, abs=1e-9)


@given(profiles)
def test_every_boundary_is_as_certain_as_it_has_to_be(profile):
    found = consensus_of(*profile)

    assert len(found.boundaries) == len(found.tiers) - 1
    assert all(CERTAIN <= boundary <= 1 for boundary in found.boundaries)
    assert 0.5 - 1e-9 <= found.confidence <= 1


def test_weighing_by_reliability_comes_closer_to_the_truth():
    people = {"ada": 1.0, "grace": 1.0, "x": 0.1, "y": 0.1, "z": 0.1}
    prompts, truth = simulate_crowd(people, prompts=300, responses=4, each=3)
    fit = estimate_reliability(prompts)
    weights = {name: one.value for name, one in fit.reliability.items()}

    plain = consensus(prompts, ties=fit.ties)
    weighted = consensus(prompts, ties=fit.ties, reliability=weights)

    assert right(weighted, truth) > right(plain, truth) + 0.03


def right(found, truth):
    """The share of pairs that scores order as the true ones do."""
    agreed = [
        (one.scores[first].value - one.scores[second].value) * (true[first] - true[second]) > 0
        for one, true in zip(found, truth, strict=True)
        for first in true
        for second in true
        if first < second
    ]
    return np.mean(agreed)
