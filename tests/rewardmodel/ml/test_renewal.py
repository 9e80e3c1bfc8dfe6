"""Going on from a finished model: what is new, what comes again, and what it costs."""

import json
from pathlib import Path

import pytest

from rewardmodel.ml.errors import InputError
from rewardmodel.ml.renewal import plan_renewal
from rewardmodel.ml.train import main

from .cases import ranking_row


def rows(*numbers: int, split: str = "train") -> list[dict]:
    return [ranking_row(number, split=split) for number in numbers]


def plan(write_rows, now: list[dict], known: list[dict], replay: float = 1.0, seed: int = 1):
    return plan_renewal(
        write_rows(now, "now.jsonl"), write_rows(known, "known.jsonl"), replay=replay, salt="podium", seed=seed
    )


def test_new_changed_known_and_withdrawn_are_told_apart(write_rows):
    changed = ranking_row(2, split="train")
    changed["rankings"][0]["tiers"].reverse()
    now = [*rows(0, 1), changed, *rows(3, 4, 5), *rows(9, split="test")]
    renewal = plan(write_rows, now, [*rows(0, 1, 2, 3), *rows(7), *rows(9, split="test")])
    assert renewal.describe() == {"new": 2, "changed": 1, "replayed": 3, "left_out": 0, "withdrawn": 1}


def test_as_many_known_ones_come_again_as_asked_and_others_by_another_seed(write_rows):
    known = rows(*range(40))
    now = [*known, *rows(*range(40, 50))]
    one, other = (plan(write_rows, now, known, replay=0.5, seed=seed) for seed in (1, 2))
    assert one.describe() == {"new": 10, "changed": 0, "replayed": 5, "left_out": 35, "withdrawn": 0}
    assert one.passed_over != other.passed_over
    assert one.passed_over <= {f"p{number}" for number in range(40)}
    assert one == plan(write_rows, now, known, replay=0.5, seed=1)


def test_nothing_new_is_nothing_to_learn(write_rows):
    with pytest.raises(InputError, match="all 3 train groups"):
        plan(write_rows, rows(0, 1, 2), rows(0, 1, 2))


def test_a_run_trains_on_the_new_and_the_replayed_and_is_measured_on_all(bert_folder: Path, write_rows, tmp_path):
    held_out = rows(*range(100, 110), split="test")
    known = write_rows([*rows(*range(20)), *held_out], "known.jsonl")
    now = write_rows([*rows(*range(26)), *held_out], "now.jsonl")
    first, second = tmp_path / "first", tmp_path / "second"
    flags = ["--max-length", "64", "--learning-rate", "1e-2", "--num-train-epochs", "2"]
    assert main(["--data", known, "--output", str(first), "--base-model", str(bert_folder), *flags]) == 0

    renewed = ["--base-model", str(first), "--known-data", known, "--replay", "0.5", *flags]
    assert main(["--data", now, "--output", str(second), *renewed]) == 0

    metrics = json.loads((second / "metrics.json").read_text())
    assert metrics["prompts"] == 6 + 3
    assert metrics["renewal"] == {"new": 6, "changed": 0, "replayed": 3, "left_out": 17, "withdrawn": 0}
    assert metrics["test"]["prompts"] == 10
    assert metrics["test"]["accuracy"] > 0.8
