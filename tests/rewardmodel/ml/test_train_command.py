"""The command as its supervisor sees it: exit codes, progress events, signals, a dead parent."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest
import safetensors.torch
import torch

from rewardmodel.ml.train import main

from .cases import ranking_row, read_events

COMMAND = [sys.executable, "-m", "rewardmodel.ml.train"]
SOON = 120  # seconds after which a process that should have ended has hung, on a busy machine too


def flags(data: str, base: Path, tmp_path: Path, *more: str) -> list[str]:
    return [
        *("--data", data, "--base-model", str(base), "--output", str(tmp_path / "out")),
        *("--progress", str(tmp_path / "progress.jsonl"), *more),
    ]


def wait_for(path: Path, event: str) -> None:
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        if path.exists() and any(e["event"] == event for e in read_events(path)):
            return
        time.sleep(0.05)
    raise TimeoutError(f"no {event} in {path}")


def some_rows(count: int, **options: Any) -> list[dict[str, Any]]:
    return [ranking_row(n, **{"split": "train", **options}) for n in range(count)]


def test_a_run_tells_its_story_in_events(bert_folder: Path, tmp_path: Path, write_rows):
    rows = some_rows(40) + [ranking_row(100 + n, split="validation") for n in range(4)]

    code = main(flags(write_rows(rows), bert_folder, tmp_path, "--per-device-train-batch-size", "1"))

    events = read_events(tmp_path / "progress.jsonl")
    assert code == 0
    device = events[0].pop("device")
    assert events[0] == {"event": "start", "total_steps": 40, "groups": 40, "pairs": 120, "step": 0}
    assert device.startswith("CPU") or torch.accelerator.is_available()
    steps = [event for event in events if event["event"] == "step"]
    assert len(steps) >= 20
    assert steps[-1]["step"] == steps[-1]["total_steps"] == 40
    assert set(steps[0]) == {
        "event",
        "step",
        "total_steps",
        "loss",
        "learning_rate",
        "tokens_per_second",
        "seconds_left",
    }
    assert steps[0]["seconds_left"] > steps[-1]["seconds_left"] == 0
    measured = [event for event in events if event["event"] == "eval"]
    assert {(event["split"], event["pairs"]) for event in measured} == {("validation", 12)}
    assert [event["step"] for event in measured] == [12, 24, 36, 40]
    assert [event["event"] for event in events[-2:]] == ["saved", "end"]
    assert not (tmp_path / "out.checkpoints").exists()


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_pairs_train_as_groups_of_two(kind: str, bert_folder: Path, tmp_path: Path, write_rows):
    rows = [
        {"prompt": f"w1 w{n}", "chosen": "good w2", "rejected": "bad w2", "margin": 1.0, "split": "train"}
        for n in range(8)
    ]
    data = write_rows(rows, "pairs.jsonl")
    if kind == "parquet":
        data = str(tmp_path / "pairs.parquet")
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), data)

    code = main(flags(data, bert_folder, tmp_path))

    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert code == 0
    assert (metrics["pairs"], metrics["prompts"]) == (8, 8)


def test_groups_without_a_strict_preference_are_skipped_and_counted(bert_folder: Path, tmp_path: Path, write_rows):
    tied = {**ranking_row(50, split="train"), "rankings": [{"tiers": [["r0", "r1", "r2"]]}]}
    unranked = {**ranking_row(51, split="train"), "rankings": []}
    lonely = {**ranking_row(52, split="train"), "responses": ["x"], "rankings": [{"tiers": [["r1"]]}]}

    code = main(flags(write_rows([*some_rows(4), tied, unranked, lonely]), bert_folder, tmp_path))

    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert code == 0
    assert metrics["dropped"] == 3
    assert metrics["dropped_by_reason"] == {"one_response": 1, "no_preference": 2}
    assert metrics["prompts"] == 4


def test_a_decoder_that_padded_with_its_eos_trains_and_verifies(llama_folder: Path, tmp_path: Path, write_rows):
    code = main(flags(write_rows(some_rows(6)), llama_folder, tmp_path))

    description = json.loads((tmp_path / "out" / "reward_model.json").read_text())
    assert code == 0
    assert description["pooling"] == "last_token"


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        ([ranking_row(1, split="test")], [], "nothing to train on: 1 groups, 0 of them without"),
        ([], [], "nothing to train on: 0 groups"),
        ([ranking_row(1), {"prompt": "x", "chosen": 3, "rejected": "y"}], [], "line 2: chosen: expected"),
        ([ranking_row(1)], ["--base-model", "/no/such/model"], "/no/such/model: no such folder, and not a reach"),
        ([ranking_row(1)], ["--learning-rate", "0"], "learning_rate: got 0.0, needed a number above 0"),
        ([ranking_row(1)], ["--learning-rat", "0", "--what"], "unrecognized arguments: --what"),
    ],
)
def test_wrong_input_is_code_2_one_message_and_an_error_event(
    rows: list[dict[str, Any]],
    more: list[str],
    message: str,
    bert_folder: Path,
    tmp_path: Path,
    write_rows,
    capsys: pytest.CaptureFixture[str],
):
    code = main(flags(write_rows(rows), bert_folder, tmp_path, *more))

    shown = capsys.readouterr().err
    assert code == 2
    assert message in shown
    assert "Traceback" not in shown
    [event] = read_events(tmp_path / "progress.jsonl")
    assert event["event"] == "error"
    assert message in event["message"]
    assert not (tmp_path / "out").exists()


def test_a_crash_is_code_1_with_a_traceback_and_an_error_event(
    bert_folder: Path, tmp_path: Path, write_rows, capsys: pytest.CaptureFixture[str]
):
    diverging = ["--learning-rate", "1e30", "--warmup-steps", "0", "--max-grad-norm", "0", "--num-train-epochs", "9"]

    code = main(flags(write_rows(some_rows(9)), bert_folder, tmp_path, *diverging))

    assert code == 1
    assert "Traceback" in capsys.readouterr().err
    last = read_events(tmp_path / "progress.jsonl")[-1]
    assert last["event"] == "error"
    assert "the loss is not a number" in last["message"]


def test_sigterm_leaves_a_checkpoint_and_resume_finishes(bert_folder: Path, tmp_path: Path, write_rows):
    arguments = flags(write_rows(some_rows(60)), bert_folder, tmp_path, "--max-steps", "400")
    arguments += ["--per-device-train-batch-size", "2"]
    with subprocess.Popen([*COMMAND, *arguments]) as process:
        wait_for(tmp_path / "progress.jsonl", "step")
        process.send_signal(signal.SIGTERM)
        code = process.wait(SOON)

    stopped = read_events(tmp_path / "progress.jsonl")[-1]
    assert code == 3
    assert stopped["event"] == "stopped"
    assert (tmp_path / "out.checkpoints" / f"checkpoint-{stopped['step']}" / "trainer_state.json").is_file()
    assert not (tmp_path / "out").exists()

    assert main([*arguments, "--resume"]) == 0

    events = read_events(tmp_path / "progress.jsonl")
    starts = [event for event in events if event["event"] == "start"]
    assert starts[1]["step"] == stopped["step"] < 400
    assert events[-1] == {"event": "end"}
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["train_steps"] == 400
    assert main([*arguments, "--resume"]) == 0  # a supervisor that asks again finds the work done
    assert main(arguments) == 2


def test_a_run_ends_when_its_parent_dies(bert_folder: Path, tmp_path: Path, write_rows):
    arguments = flags(write_rows(some_rows(60)), bert_folder, tmp_path, "--max-steps", "100000", "--exit-with-parent")
    with subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.PIPE) as process:
        wait_for(tmp_path / "progress.jsonl", "step")
        assert process.stdin is not None
        process.stdin.close()  # what the kernel does when the parent is killed

        assert process.wait(SOON) == 4


def test_under_accelerate_launch_it_trains_too(bert_folder: Path, tmp_path: Path, write_rows):
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--num_processes", "1", "--cpu"]
    arguments = flags(write_rows(some_rows(6)), bert_folder, tmp_path, "--exit-with-parent")

    with subprocess.Popen([*launch, *COMMAND[1:], *arguments], stdin=subprocess.PIPE) as process:
        assert process.wait(SOON) == 0

    assert read_events(tmp_path / "progress.jsonl")[-1] == {"event": "end"}


def test_without_training_a_reward_model_is_measured_as_it_is(bert_folder: Path, tmp_path: Path, write_rows):
    rows = write_rows(some_rows(12) + [ranking_row(100 + n, split="test") for n in range(6)])
    assert main(flags(rows, bert_folder, tmp_path)) == 0
    trained = tmp_path / "out"
    again = tmp_path / "again"
    again.mkdir()

    assert main([*flags(rows, trained, again), "--no-do-train"]) == 0

    before, after = (json.loads((folder / "metrics.json").read_text()) for folder in (trained, again / "out"))
    assert after["test"]["log_loss"] == pytest.approx(before["test"]["log_loss"], abs=1e-6)
    assert after["train_steps"] == 0
    same = [safetensors.torch.load_file(folder / "model.safetensors") for folder in (trained, again / "out")]
    assert all(torch.equal(weight, same[1][name]) for name, weight in same[0].items())


def test_a_model_without_a_head_is_not_measured(bert_folder: Path, tmp_path: Path, write_rows):
    assert main([*flags(write_rows(some_rows(6)), bert_folder, tmp_path), "--no-do-train"]) == 2

    assert "has no reward head of its own" in read_events(tmp_path / "progress.jsonl")[-1]["message"]


def test_help_names_every_field(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(["--help"])

    assert caught.value.code == 0
    assert "--num-train-epochs" in capsys.readouterr().out
