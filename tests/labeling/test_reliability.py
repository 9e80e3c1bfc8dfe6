"""Reliability of annotators: what it finds, what it leaves alone, and what must not change it."""

import numpy as np
import pytest

from labeling.statistics import davidson
from labeling.statistics.reliability import FEWEST_COMPARISONS, Reliability, estimate_reliability
from tests.labeling.crowd import simulate_crowd

UP, DOWN = [["a"], ["b"]], [["b"], ["a"]]


def reliability_of(prompts):
    return estimate_reliability(prompts).reliability


def test_somebody_random_among_two_good_ones_is_found():
    prompts, _ = simulate_crowd({"ada": 1, "grace": 1, "random": 0}, prompts=100, responses=4, each=3)
    found = reliability_of(prompts)

    assert found["ada"].value > 0.95
    assert found["grace"].value > 0.95
    assert found["random"].high < 0.6


def test_reliability_rises_with_attention():
    truth = {"always": 1.0, "often": 0.7, "seldom": 0.3, "never": 0.0}
    prompts, _ = simulate_crowd(truth, prompts=300, responses=4, each=3)
    found = reliability_of(prompts)

    values = [found[name].value for name in truth]
    assert values == sorted(values, reverse=True)
    assert values == pytest.approx(list(truth.values()), abs=0.25)


def test_an_honest_crowd_keeps_its_full_weight():
    prompts, _ = simulate_crowd({f"p{n}": 1.0 for n in range(20)}, prompts=300, responses=4, each=3)

    assert np.mean([one.value for one in reliability_of(prompts).values()]) > 0.99


def test_two_people_who_agree_as_people_do_both_keep_theirs():
    prompts, _ = simulate_crowd({"ada": 1, "grace": 1}, prompts=100, responses=2, each=2)

    assert [one.value for one in reliability_of(prompts).values()] == [1, 1]


def test_two_people_who_always_disagree_are_doubted_alike_and_not_wholly():
    found = reliability_of([[("ada", UP), ("grace", DOWN)]] * 50)

    assert found["ada"].value == pytest.approx(found["grace"].value, abs=1e-9)
    assert 0.1 < found["ada"].value < 0.5


def test_nobody_confirms_themselves():
    prompts = [[("ada", UP)], [("ada", DOWN), ("ada", DOWN), ("ada", UP)]] * 50

    assert reliability_of(prompts) == {"ada": reliability_of([[("ada", UP)]])["ada"]}
    assert reliability_of(prompts)["ada"].value == 1


def test_only_pairs_that_somebody_else_compared_are_evidence():
    prompts = [[("ada", [["a"], ["b"]]), ("grace", [["c"], ["d"]])]] * 30

    assert all((one.value, one.rankings, one.comparisons) == (1, 0, 0) for one in reliability_of(prompts).values())


def test_comparisons_are_counted_without_what_follows_from_the_others():
    # Ada and Grace share three of the responses: two independent comparisons and not three.
    prompts = [[("ada", [["a"], ["b"], ["c"], ["d"]]), ("grace", [["c"], ["b"], ["a"]])]]

    assert {name: (one.rankings, one.comparisons) for name, one in reliability_of(prompts).items()} == {
        "ada": (1, 2),
        "grace": (1, 2),
    }


def test_too_little_evidence_takes_nothing_away():
    against = [[("ada", UP), ("grace", UP), ("alan", DOWN)]]

    assert reliability_of(against * (FEWEST_COMPARISONS - 1))["alan"].value == 1
    assert reliability_of(against * FEWEST_COMPARISONS)["alan"].value < 0.9


def test_the_interval_holds_the_value_and_shrinks_with_evidence():
    few, _ = simulate_crowd({"ada": 1, "grace": 1, "alan": 0.5}, prompts=40, responses=4, each=3)
    many, _ = simulate_crowd({"ada": 1, "grace": 1, "alan": 0.5}, prompts=400, responses=4, each=3)
    little, much = reliability_of(few)["alan"], reliability_of(many)["alan"]

    assert little.low <= little.value <= little.high
    assert much.low < much.value < much.high
    assert much.high - much.low < (little.high - little.low) * 2 / 3


def test_the_evidence_of_a_ranking_is_its_pairs_tempered_as_worked_by_hand():
    # Two people order a, b, c alike ten times. Each is predicted by the other's ranking, whose three pairs count 2/3
    # each; the likelihood of the own one is to the power of 2/3 too. At the lower end of the interval the posterior,
    # r³ (r + (1 - r) c)^10, has fallen by the factor e^-1.9207 from its peak at r = 1.
    fit = estimate_reliability([[("ada", [["a"], ["b"], ["c"]]), ("grace", [["a"], ["b"], ["c"]])]] * 10)
    told = np.full((1, 3), 2 / 3)
    scores = davidson.fit_scores(told, told, items=3, ties=fit.ties)
    first, second = davidson.pairs_of(3)
    variance = davidson.difference_variances(scores, told, ties=fit.ties)
    attentive, _ = davidson.predicted_probabilities(scores[:, first] - scores[:, second], variance, fit.ties)
    tie_rate = 0.5 / (40 + 1.5)
    careless = np.prod((1 - tie_rate) / 2 / attentive) ** (2 / 3)

    low = fit.reliability["ada"].low

    assert fit.reliability["ada"].value == 1
    assert 3 * np.log(low) + 10 * np.log(low + (1 - low) * careless) == pytest.approx(-1.9207, abs=1e-4)


def test_somebody_who_ranked_twice_is_one_person_wherever_the_two_stand():
    twice = [[("ada", UP), ("grace", UP), ("ada", DOWN)]] * 20
    moved = [[("ada", UP), ("ada", DOWN), ("grace", UP)]] * 20

    assert reliability_of(twice) == reliability_of(moved)
    assert reliability_of(twice)["ada"].rankings == 40


def test_without_rankings_there_is_nothing_to_say():
    assert estimate_reliability([]).reliability == {}
    assert estimate_reliability([[], [("ada", [["a"]])]]).reliability["ada"].value == 1


def test_all_tied_is_agreement():
    found = reliability_of([[("ada", [["a", "b", "c"]]), ("grace", [["a", "b", "c"]])]] * 20)

    assert [one.value for one in found.values()] == [1, 1]


@pytest.mark.parametrize("seed", range(3))
def test_other_names_and_another_order_change_nothing(seed):
    people = {"ada": 0.9, "grace": 0.6, "alan": 0.2, "max": 1.0}
    prompts, _ = simulate_crowd(people, prompts=40, responses=4, each=3, seed=seed)
    draw = np.random.default_rng(seed)
    renamed = {name: f"z{number}" for number, name in enumerate(draw.permutation(list(people)))}
    letters = {f"r{number}": f"x{other}" for number, other in enumerate(draw.permutation(4))}
    moved = [
        [
            (renamed[name], [[letters[item] for item in draw.permutation(tier)] for tier in tiers])
            for name, tiers in (prompts[number][row] for row in draw.permutation(3))
        ]
        for number in draw.permutation(len(prompts))
    ]

    before, after = estimate_reliability(prompts), estimate_reliability(moved)

    assert after.ties == pytest.approx(before.ties, rel=1e-9)
    for name in people:
        one, other = before.reliability[name], after.reliability[renamed[name]]
        assert (other.value, other.low, other.high) == pytest.approx((one.value, one.low, one.high), abs=1e-9)


def test_turning_every_ranking_round_changes_nothing():
    prompts, _ = simulate_crowd({"ada": 0.9, "grace": 0.6, "alan": 0.2}, prompts=40, responses=4, each=3)
    reversed_ = [[(name, tiers[::-1]) for name, tiers in rankings] for rankings in prompts]

    before, after = reliability_of(prompts), reliability_of(reversed_)

    assert [after[name].value for name in before] == pytest.approx([one.value for one in before.values()], abs=1e-9)


def test_the_default_is_full_weight():
    assert Reliability().value == 1
