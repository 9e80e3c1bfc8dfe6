"""Figures of a split: worked by hand, and what must not change them."""

import itertools
import math

import numpy as np
import pytest
from scipy.stats import kendalltau

from rewardmodel.ml.calibration import brier, expected_calibration_error, fit_temperature, log_loss, reliability
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.figures import best_of_k_regret, figures_of, human_ceiling, kendall_tau_b, length_correlation
from rewardmodel.ml.groups import Ranking, compare


def group_of(*rankings: Ranking, id: str = "g", lengths: tuple[int, ...] = (1, 2, 3), models=()) -> EncodedGroup:
    ids = np.zeros(1, np.int32)
    return EncodedGroup(
        id=id,
        prompt_id=id,
        split="test",
        prefix=ids,
        responses=(ids,) * len(lengths),
        second=False,
        characters=np.array(lengths, np.int32),
        rankings=rankings,
        comparisons=compare(rankings),
        cut_rows=0,
        models=models,
    )


def scores(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


ABC = Ranking(((0,), (1,), (2,)))


@pytest.mark.parametrize("true", [0.25, 1.0, 3.0])
def test_the_temperature_is_the_one_the_pairs_were_made_with(true):
    draw = np.random.default_rng(0)
    margin = draw.normal(0, 4, 20_000)
    upright = np.where(draw.random(20_000) < 1 / (1 + np.exp(-margin / true)), margin, -margin)
    assert fit_temperature(upright) == pytest.approx(true, rel=0.06)


def test_no_other_temperature_costs_less():
    margin = np.array([2.0, -0.5, 1.0, 3.0, -2.0, 0.7])
    best = fit_temperature(margin)
    assert all(log_loss(margin, best) <= log_loss(margin, best * factor) for factor in (0.5, 0.9, 0.99, 1.01, 1.1, 2))


def test_without_pairs_the_temperature_is_one_and_without_errors_as_cold_as_it_gets():
    assert fit_temperature(np.empty(0)) == 1.0
    assert fit_temperature(np.array([1.0, 2.0])) == pytest.approx(1e-3, rel=0.01)


def test_brier_and_calibration_error_by_hand():
    # Scores 1 apart: 0.7311 sure; three of four right.
    margin = np.array([1.0, 1.0, 1.0, -1.0])
    sure = 1 / (1 + math.exp(-1))
    assert brier(margin) == pytest.approx((3 * (1 - sure) ** 2 + sure**2) / 4)
    assert expected_calibration_error(np.repeat(margin, 1)) == pytest.approx((3 * (1 - sure) + sure) / 4)
    # In one bin: 0.75 right where 0.7311 was said.
    many = np.tile(margin, 15 * 25)
    gap = [abs(entry["accuracy"] - entry["confidence"]) for entry in reliability(many)]
    assert len(gap) == 15
    assert expected_calibration_error(many) == pytest.approx(np.mean(gap))


def test_a_calibrated_model_has_no_calibration_error():
    draw = np.random.default_rng(1)
    margin = np.abs(draw.normal(0, 2, 60_000))
    upright = np.where(draw.random(60_000) < 1 / (1 + np.exp(-margin)), margin, -margin)
    assert expected_calibration_error(upright) < 0.01
    assert expected_calibration_error(upright * 4) > 0.1


def test_tau_b_is_scipys():
    draw = np.random.default_rng(2)
    for _ in range(200):
        levels = draw.integers(0, 4, 6)
        own = draw.integers(0, 4, 6).astype(np.float32)
        ranking = Ranking(tuple(tuple(np.flatnonzero(levels == level).tolist()) for level in sorted(set(levels))))
        if len(ranking.tiers) < 2:
            assert kendall_tau_b(ranking, own) is None
        elif len(set(own.tolist())) == 1:
            assert kendall_tau_b(ranking, own) == 0.0
        else:
            assert kendall_tau_b(ranking, own) == pytest.approx(kendalltau(-levels, own).statistic, abs=1e-6)


def test_tau_b_of_the_same_order_is_one_and_of_its_reverse_minus_one():
    assert kendall_tau_b(ABC, scores(3, 2, 1)) == 1.0
    assert kendall_tau_b(ABC, scores(1, 2, 3)) == -1.0


@pytest.mark.parametrize(("own", "regret"), [((3, 2, 1), 0.0), ((1, 3, 2), 0.5), ((1, 2, 3), 1.0), ((2, 2, 1), 0.25)])
def test_the_regret_is_how_far_down_the_choice_lies(own, regret):
    assert best_of_k_regret(ABC, scores(*own)) == regret


def test_the_human_ceiling_leaves_each_annotator_out_in_turn():
    # Two say 0 > 1, one says 1 > 0: each of the two has one for and one against, the third two against.
    two, third = Ranking(((0,), (1,))), Ranking(((1,), (0,)))
    found = human_ceiling([group_of(two, two, third)])
    assert found == {"accuracy": pytest.approx((0.5 + 0.5 + 0) / 3), "pairs": 3, "prompts": 1}
    assert human_ceiling([group_of(ABC)]) is None


def test_longer_texts_with_higher_scores_correlate_within_the_prompt_alone():
    groups = [group_of(ABC, lengths=(10, 20, 30)), group_of(ABC, lengths=(1010, 1020, 1030))]
    assert length_correlation(groups, [scores(1, 2, 3), scores(-9, -8, -7)]) == pytest.approx(1.0)
    assert length_correlation(groups, [scores(3, 2, 1), scores(9, 8, 7)]) == pytest.approx(-1.0)
    assert length_correlation(groups, [scores(1, 1, 1)] * 2) is None


def test_a_prompt_of_many_pairs_weighs_as_one_in_the_macro_accuracy():
    four = Ranking(((0,), (1,), (2,), (3,)))
    groups = [group_of(four, id="a", lengths=(1, 1, 1, 1)), group_of(Ranking(((0,), (1,))), id="b")]
    figures = figures_of(groups, [scores(4, 3, 2, 1), scores(0, 1, 0)])
    assert figures["accuracy"] == pytest.approx(6 / 7)
    assert figures["macro_accuracy"] == pytest.approx(0.5)


def test_slices_hold_what_they_say_and_people_only_where_they_are_asked_for():
    ranking = Ranking(((0,), (1,), (2,)), annotator="a7", cohort=("nurse",))
    groups = [group_of(ranking, id=str(number), models=("x", "y", "x")) for number in range(20)]
    own = [scores(3, 2, 1)] * 10 + [scores(1, 2, 3)] * 10
    sliced = figures_of(groups, own)["slices"]
    assert sliced["cohort"] == {"nurse": {"accuracy": 0.5, "pairs": 60}}
    assert {name: entry["pairs"] for name, entry in sliced["model"].items()} == {"x": 60, "y": 40}
    assert "annotator" not in sliced
    assert figures_of(groups, own, people=True)["slices"]["annotator"] == {"a7": {"accuracy": 0.5, "pairs": 60}}


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize(
    ("own", "said"),
    [((1, 1, 1), "nothing has been learnt"), ((1, 2, 3), "swapped"), ((float("nan"), 1, 2), "not numbers")],
)
def test_what_should_be_looked_at_is_said(own, said):
    assert any(said in warning for warning in figures_of([group_of(ABC)], [scores(*own)])["warnings"])


def test_a_sound_model_is_warned_of_nothing():
    assert figures_of([group_of(ABC)], [scores(3, 2, 1)])["warnings"] == []


def test_what_is_all_tied_has_no_figures():
    assert figures_of([group_of(Ranking(((0, 1, 2),)))], [scores(1, 2, 3)]) is None


def test_another_order_of_the_groups_changes_nothing():
    groups = [group_of(ABC, id=str(number)) for number in range(5)]
    own = [scores(*np.random.default_rng(number).normal(size=3)) for number in range(5)]
    one, other = (figures_of(list(gs), list(ss)) for gs, ss in ((groups, own), (groups[::-1], own[::-1])))
    same = ("accuracy", "macro_accuracy", "brier", "kendall_tau_b", "best_of_k_regret", "log_loss")
    assert [one[name] for name in same] == pytest.approx([other[name] for name in same])
    assert list(itertools.chain(*one["slices"].values())) == list(itertools.chain(*other["slices"].values()))
