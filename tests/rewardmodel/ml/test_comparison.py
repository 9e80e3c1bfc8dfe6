"""Two models on the same prompts: the difference, its interval, its slices; and the command that measures them."""

import json
from dataclasses import replace

import numpy as np
import pytest

from rewardmodel.ml.compare import main
from rewardmodel.ml.comparison import compare_models, paired_interval
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.groups import Ranking, compare
from rewardmodel.ml.train import main as train

from .cases import ranking_row


def group_of(number: int, **fields) -> EncodedGroup:
    rankings = (Ranking(((0,), (1,), (2,))),)
    texts = tuple(np.array([3], np.int32) for _ in range(3))
    return EncodedGroup(
        f"g{number}",
        f"g{number}",
        "test",
        np.array([1], np.int32),
        texts,
        False,
        np.array([5, 9, 7], np.int32),
        rankings,
        compare(rankings),
        0,
        **fields,
    )


RIGHT, WRONG = np.array([3.0, 2.0, 1.0], np.float32), np.array([1.0, 2.0, 3.0], np.float32)


def test_a_model_is_exactly_as_good_as_itself():
    groups = [group_of(n) for n in range(10)]
    scores = [RIGHT if n % 3 else WRONG for n in range(10)]
    found = compare_models(groups, scores, scores)
    assert (found["difference"], found["difference_interval"]) == (0.0, [0.0, 0.0])
    assert (found["prompts"], found["pairs"]) == (10, 30)


def test_the_difference_is_the_challengers_gain_and_slices_tell_where_it_is():
    groups = [group_of(n, labels=("topic: refusals",) if n < 20 else ("topic: code",)) for n in range(40)]
    champion = [RIGHT] * 40
    # Wrong on a quarter of the prompts, all of them refusals.
    challenger = [WRONG if n < 10 else RIGHT for n in range(40)]
    found = compare_models(groups, champion, challenger, known={f"g{n}" for n in range(10)})

    assert found["difference"] == pytest.approx(-0.25)
    low, high = found["difference_interval"]
    assert -0.45 < low < -0.25 < high < -0.05
    labels = found["slices"]["label"]
    assert labels["topic: refusals"]["difference"] == pytest.approx(-0.5)
    assert labels["topic: code"]["difference"] == 0.0
    assert found["slices"]["measured_before"]["yes"]["difference"] == -1.0
    assert found["slices"]["measured_before"]["no"]["difference"] == 0.0


def test_newcomers_who_outnumber_all_others_do_not_hide_what_is_lost_on_these():
    def ranked(number: int, annotator: str, *order: int) -> EncodedGroup:
        rankings = (Ranking(tuple((response,) for response in order), annotator=annotator),)
        return replace(group_of(number), rankings=rankings, comparisons=compare(rankings))

    groups = [ranked(n, "ada", 0, 1, 2) if n < 40 else ranked(n, "eve", 2, 1, 0) for n in range(440)]
    found = compare_models(groups, [RIGHT] * 440, [WRONG] * 440, strangers={"eve"})

    assert found["difference"] > 0.8
    assert found["slices"]["learned_from"]["yes"]["difference"] == -1.0
    assert found["slices"]["learned_from"]["no"]["difference"] == 1.0


def test_what_both_have_in_common_cancels_out():
    draw = np.random.default_rng(0)
    hard = draw.random(200) < 0.4
    groups = [group_of(n) for n in range(200)]
    champion = [WRONG if own else RIGHT for own in hard]
    challenger = [WRONG if own and n % 20 else RIGHT for n, own in enumerate(hard)]
    found = compare_models(groups, champion, challenger)
    low, high = found["difference_interval"]
    # Of accuracies around 60 % on 200 prompts each has an interval of 14 points; their difference has one of a few.
    assert high - low < 0.06
    assert low <= found["difference"] <= high


def test_the_interval_covers_what_it_should():
    draw = np.random.default_rng(1)
    covered = 0
    for _ in range(200):
        of_prompt = draw.normal(0.02, 0.2, 60)
        gain = np.repeat(of_prompt, 3) + draw.normal(0, 0.1, 180)
        low, high = paired_interval(gain, np.repeat(np.arange(60), 3), draws=400)
        covered += low <= 0.02 <= high
    assert 180 <= covered <= 199


def test_without_a_pair_there_is_nothing_to_compare():
    assert compare_models([], [], []) is None


def test_the_command_compares_real_models_on_the_test_split(bert_folder, write_rows, tmp_path):
    rows = [ranking_row(n, split="train") for n in range(30)] + [ranking_row(100 + n, split="test") for n in range(20)]
    rows += [ranking_row(200 + n, split="test") for n in range(10)]
    for row in rows[50:]:
        row["rankings"][0]["annotator"] = "newcomer"
    turned = [ranking_row(n, split="train") for n in range(30)]
    for row in turned:
        row["rankings"][0]["tiers"].reverse()
    good, bad = tmp_path / "good", tmp_path / "bad"
    flags = [
        "--base-model",
        str(bert_folder),
        "--max-length",
        "64",
        "--learning-rate",
        "1e-2",
        "--num-train-epochs",
        "3",
    ]
    data = write_rows(rows)
    assert train(["--data", data, "--output", str(good), *flags]) == 0
    assert train(["--data", write_rows(turned, "turned.jsonl"), "--output", str(bad), *flags]) == 0
    output = tmp_path / "comparison.json"
    known = write_rows(rows[:40], "known.jsonl")

    arguments = ["--champion", str(good), "--challenger", str(bad), "--output", str(output), "--known-data", known]
    assert main(["--data", data, *arguments]) == 0

    found = json.loads(output.read_text())
    assert found["prompts"] == 30
    assert found["difference_interval"][1] < -0.5
    assert found["slices"]["measured_before"]["yes"]["pairs"] == 30
    assert {name: own["pairs"] for name, own in found["slices"]["learned_from"].items()} == {"no": 30, "yes": 60}
    assert set(found["seconds_per_response"]) == {"champion", "challenger"}

    assert main(["--data", write_rows(rows[:30], "none.jsonl"), *arguments]) == 0
    assert json.loads(output.read_text()) == {"prompts": 0}
