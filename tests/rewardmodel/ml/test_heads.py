"""An ensemble and heads for ratings: what they learn, and what a finished model keeps of them."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification

from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.evaluate import main as evaluate
from rewardmodel.ml.groups import Ranking, Rating, compare
from rewardmodel.ml.head_figures import dimension_figures, doubt
from rewardmodel.ml.heads import Dimension, Heads
from rewardmodel.ml.losses import build_loss
from rewardmodel.ml.objective import Objective, draws
from rewardmodel.ml.score import RewardScorer, verify_golden
from rewardmodel.ml.score import main as score
from rewardmodel.ml.train import main

from .cases import GOOD, ranking_row


def group_of(*rankings: Ranking, responses: int = 2, id: str = "g") -> EncodedGroup:
    texts = tuple(np.array([3], np.int32) for _ in range(responses))
    lengths = np.ones(responses, np.int32)
    return EncodedGroup(id, id, "train", np.array([1], np.int32), texts, False, lengths, rankings, compare(rankings), 0)


LOSS = build_loss(TrainConfig(data="d", output="o"), [])
ORDER = ((0,), (1,))


class TestObjective:
    def test_ratings_cost_their_squared_error_in_standard_deviations(self):
        ratings = (Rating(0, "tone", 5.0), Rating(1, "tone", 2.0))
        group = group_of(Ranking(ORDER, weight=0.5, ratings=ratings))
        objective = Objective(LOSS, Heads(1, (Dimension("tone", 3.0, 2.0),)), rating_coefficient=4.0)
        outputs = torch.tensor([[1.0, 0.5], [0.0, 0.0]])

        [found] = objective(outputs, objective.collate([group]), torch.zeros(0))

        preference = 0.5 * np.log1p(np.exp(-1.0))
        # (0.5 - 1)^2 and (0 - -0.5)^2, each 0.5 / 2.
        assert found.item() == pytest.approx(preference + 4.0 * 0.25 * (0.25 + 0.25))

    def test_a_member_counts_a_group_as_often_as_it_drew_it(self):
        groups = [group_of(Ranking(ORDER), id=f"g{n}") for n in range(5)]
        objective = Objective(LOSS, Heads(3))
        outputs = torch.randn(10, 3)
        found = objective(outputs, objective.collate(groups), torch.zeros(0))
        for number, group in enumerate(groups):
            margins = outputs[2 * number] - outputs[2 * number + 1]
            costs = [draws(group, m) * torch.nn.functional.softplus(-margins[m]) for m in range(3)]
            torch.testing.assert_close(found[number], sum(costs) / 3)

    def test_draws_are_poisson_of_mean_one_and_differ_between_members(self):
        own = np.array([[draws(group_of(id=f"g{n}"), m) for m in range(2)] for n in range(2000)])
        assert own.mean() == pytest.approx(1.0, abs=0.05)
        assert own.var() == pytest.approx(1.0, abs=0.1)
        assert np.corrcoef(own.T)[0, 1] == pytest.approx(0.0, abs=0.06)

    def test_a_group_without_ratings_costs_its_ranking_alone(self):
        objective = Objective(LOSS, Heads(1, (Dimension("tone", 3.0, 2.0),)), rating_coefficient=4.0)
        groups = [group_of(Ranking(ORDER))]
        found = objective(torch.zeros(2, 2), objective.collate(groups), torch.zeros(0))
        assert found.tolist() == pytest.approx([np.log(2)])


def test_doubt_tells_sure_pairs_from_others():
    groups = [group_of(Ranking(ORDER), id=f"g{n}") for n in range(4)]
    sure = np.array([[2.0, 2.1], [0.0, 0.0]], np.float32)
    unsure = np.array([[-2.0, 1.0], [0.0, 0.0]], np.float32)
    found = doubt(groups, [sure, unsure, sure, unsure], 2)
    assert (found["accuracy_sure"], found["accuracy_unsure"], found["pairs"]) == (1.0, 0.0, 4)


def test_a_dimension_is_measured_in_points_and_by_order():
    ratings = tuple(Rating(place, "tone", value) for place, value in enumerate((1.0, 3.0, 3.0)))
    group = group_of(Ranking(ORDER, ratings=ratings), responses=3)
    found = dimension_figures([group], [np.array([2.0, 3.0, 1.0])], "tone", guess=2.0)
    assert found["rmse"] == pytest.approx(np.sqrt((1 + 0 + 4) / 3))
    assert found["rmse_of_the_mean"] == pytest.approx(1.0)
    assert (found["accuracy"], found["pairs"]) == (0.5, 2)


def rated_row(number: int, split: str) -> dict:
    """Rated for `warmth` by how often they say `good`, and never for anything else."""
    row = ranking_row(number, split=split)
    [ranking] = row["rankings"]
    ranking["ratings"] = {r["id"]: {"warmth": 1 + r["content"].split().count(GOOD)} for r in row["responses"]}
    return row


@pytest.fixture
def data(write_rows) -> str:
    rows = [rated_row(n, "train") for n in range(40)] + [rated_row(100 + n, "validation") for n in range(8)]
    return write_rows(rows + [rated_row(200 + n, "test") for n in range(12)])


def trained(output: Path, data: str, base: Path, *more: str) -> Path:
    flags = ["--data", data, "--output", str(output), "--base-model", str(base), "--max-length", "64"]
    flags += [
        "--learning-rate",
        "1e-2",
        "--num-train-epochs",
        "8",
        "--ensemble-heads",
        "4",
        "--rating-coefficient",
        "0.5",
    ]
    assert main([*flags, *more]) == 0
    return output


@pytest.mark.parametrize("fit", [(), ("--lora-r", "4")], ids=["full", "lora"])
@pytest.mark.parametrize("base", ["bert_folder", "llama_folder"])
def test_the_folder_scores_as_the_mean_of_its_members(base, fit, request, data, tmp_path):
    base_folder = request.getfixturevalue(base)
    output = trained(tmp_path / "out", data, base_folder, *fit)

    scorer = RewardScorer(output)
    texts = [([{"role": "user", "content": "w1"}], ("good good w3", "bad w2 w4"))]
    [scores] = scorer.score(texts)
    model = AutoModelForSequenceClassification.from_pretrained(output)
    rows = load_file(output / "heads.safetensors")
    head = "score.weight" if base == "llama_folder" else "classifier.weight"

    assert model.num_labels == 1
    assert rows["weight"].shape == (5, 32)
    torch.testing.assert_close(model.state_dict()[head][0], rows["weight"][:4].mean(0))
    assert verify_golden(output) is None
    assert scores[0] > scores[1]
    assert json.loads((output / "reward_model.json").read_text())["heads"]["members"] == 4


def test_ratings_are_learnt_and_doubt_is_told(bert_folder, data, tmp_path, capsys):
    output = trained(tmp_path / "out", data, bert_folder)
    figures = json.loads((output / "metrics.json").read_text())["test"]["heads"]
    warmth = figures["dimensions"]["warmth"]
    assert warmth["rmse"] < 0.7 * warmth["rmse_of_the_mean"]
    assert warmth["accuracy"] > 0.7
    assert figures["doubt"]["sd"] > 0
    assert figures["doubt"]["accuracy_sure"] >= figures["doubt"]["accuracy_unsure"]

    scored = tmp_path / "scores.jsonl"
    assert score(["--data", data, "--model", str(output), "--output", str(scored)]) == 0
    line = json.loads(scored.read_text().splitlines()[0])
    assert set(line) == {"id", "scores", "sd", "ratings"}
    assert [len(line["scores"]), len(line["sd"]), len(line["ratings"]["warmth"])] == [3, 3, 3]

    report = tmp_path / "report.json"
    assert evaluate(["--data", data, "--model", str(output), "--output", str(report)]) == 0
    found = json.loads(report.read_text())["test"]["heads"]
    assert found["dimensions"]["warmth"]["rmse"] == pytest.approx(warmth["rmse"], abs=1e-3)
    assert "warmth" in report.with_suffix(".html").read_text()


def test_a_finished_model_goes_on_with_its_heads(bert_folder, data, tmp_path):
    first = trained(tmp_path / "first", data, bert_folder)
    again = trained(tmp_path / "again", data, first, "--max-steps", "1", "--learning-rate", "1e-9")
    before, after = (load_file(folder / "heads.safetensors")["weight"] for folder in (first, again))
    torch.testing.assert_close(after, before, atol=1e-6, rtol=0)


def test_heads_for_ratings_need_ratings(bert_folder, write_rows, tmp_path, capsys):
    plain = write_rows([ranking_row(n, split="train") for n in range(4)])
    flags = ["--data", plain, "--output", str(tmp_path / "out"), "--base-model", str(bert_folder)]
    assert main([*flags, "--rating-coefficient", "0.5"]) == 2
    assert "no ranking of the train groups has ratings" in capsys.readouterr().err
