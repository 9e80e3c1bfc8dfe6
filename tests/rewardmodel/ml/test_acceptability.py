"""The probability that a response may be shown: fitted on what annotators said, measured on what the fit never saw."""

import json

import numpy as np
import pytest

from rewardmodel.ml.acceptability import Labels, acceptability, fit_platt, labels_of, probabilities
from rewardmodel.ml.groups import Ranking
from rewardmodel.ml.train import main

from .cases import GOOD, ranking_row
from .test_comparison import group_of


def drawn(count: int, slope: float, intercept: float, seed: int = 0) -> Labels:
    draw = np.random.default_rng(seed)
    score = draw.normal(3.0, 2.0, count)
    acceptable = (draw.random(count) < 1 / (1 + np.exp(-(slope * score + intercept)))).astype(float)
    return Labels(score, acceptable, np.ones(count))


def test_the_fit_finds_the_curve_that_made_the_labels():
    slope, intercept = fit_platt(drawn(20_000, 1.5, -4.0))
    assert slope == pytest.approx(1.5, abs=0.05)
    assert intercept == pytest.approx(-4.0, abs=0.15)


def test_it_is_the_maximum_of_the_likelihood():
    labels = drawn(300, 0.8, -2.0)
    positive = labels.acceptable > 0
    target = np.where(positive, (positive.sum() + 1) / (positive.sum() + 2), 1 / ((~positive).sum() + 2))

    def cost(slope: float, intercept: float) -> float:
        z = slope * labels.score + intercept
        return float((np.logaddexp(0, -z) * target + np.logaddexp(0, z) * (1 - target)).sum())

    best = fit_platt(labels)
    for shift in ((0.01, 0.0), (-0.01, 0.0), (0.0, 0.02), (0.0, -0.02)):
        assert cost(best[0] + shift[0], best[1] + shift[1]) > cost(*best)


def test_labels_that_a_score_separates_give_a_finite_slope():
    score = np.linspace(-1, 1, 60)
    slope, intercept = fit_platt(Labels(score, (score > 0).astype(float), np.ones(60)))
    assert 1 < slope < 1000
    assert abs(intercept) < 1


def test_scores_of_any_scale_give_the_same_probabilities():
    labels = drawn(400, 1.0, -3.0)
    far = Labels(labels.score * 1e3 - 5e5, labels.acceptable, labels.weight)
    own, other = probabilities(labels.score, fit_platt(labels)), probabilities(far.score, fit_platt(far))
    np.testing.assert_allclose(own, other, atol=1e-6)


@pytest.mark.parametrize(("count", "acceptable"), [(49, 20), (60, 9), (60, 51)])
def test_too_few_labels_give_no_probability_and_say_how_many_there_are(count, acceptable):
    labels = Labels(np.arange(count, dtype=float), np.arange(count) < acceptable, np.ones(count))
    found = acceptability(labels, labels)
    assert found["platt"] is None
    assert (found["labels"], found["acceptable"], found["needed"]) == (
        count,
        acceptable,
        {"labels": 50, "of_a_kind": 10},
    )


def test_the_curve_weighs_showing_wrongly_against_holding_wrongly():
    found = acceptability(drawn(2000, 1.5, -4.0, seed=1), drawn(2000, 1.5, -4.0, seed=2))
    curve = found["test"]["curve"]
    shown, held = ([point[name] for point in curve] for name in ("wrongly_shown", "wrongly_held"))
    assert shown == sorted(shown, reverse=True)
    assert held == sorted(held)
    assert found["test"]["ece"] < 0.03
    half = next(point for point in curve if point["threshold"] == 0.5)
    assert half["shown"] == pytest.approx(0.55, abs=0.15)


def test_a_judgement_counts_for_every_response_that_was_ranked_and_only_where_it_was_asked_for():
    group = group_of(1)
    asked = Ranking(((0,), (1, 2)), weight=0.5, acceptable=(0,))
    object.__setattr__(group, "rankings", (asked, Ranking(((2,), (1,)), acceptable=())))
    labels = labels_of([group, group_of(2)], [np.array([3.0, 2.0, 1.0], np.float32)] * 2)
    assert labels.score.tolist() == [3.0, 2.0, 1.0, 1.0, 2.0]
    assert labels.acceptable.tolist() == [1.0, 0.0, 0.0, 0.0, 0.0]
    assert labels.weight.tolist() == [0.5, 0.5, 0.5, 1.0, 1.0]


def test_a_run_learns_what_may_be_shown(bert_folder, write_rows, tmp_path):
    rows = []
    for split, numbers in (("train", range(40)), ("validation", range(100, 140)), ("test", range(200, 240))):
        for number in numbers:
            row = ranking_row(number, split=split)
            good = [r["id"] for r in row["responses"] if r["content"].split().count(GOOD) > 0]
            row["rankings"][0]["acceptable"] = good
            rows.append(row)
    output = tmp_path / "out"
    flags = ["--base-model", str(bert_folder), "--max-length", "64", "--learning-rate", "1e-2"]
    assert main(["--data", write_rows(rows), "--output", str(output), "--num-train-epochs", "6", *flags]) == 0

    found = json.loads((output / "metrics.json").read_text())["acceptability"]
    assert (found["labels"], found["acceptable"]) == (120, 80)
    assert found["platt"]["slope"] > 0
    half = next(point for point in found["test"]["curve"] if point["threshold"] == 0.5)
    assert half["wrongly_shown"] < 0.2
    assert half["wrongly_held"] < 0.2
    assert json.loads((output / "reward_model.json").read_text())["acceptability"] == found["platt"]
