"""A training that is killed, cut off or out of disk goes on as if nothing had happened."""

import os
import resource
import signal
import subprocess
import sys
import time

import pytest
import torch
from safetensors.torch import load_file

from rewardmodel.ml.score import verify_golden
from rewardmodel.ml.train import main

from .cases import read_events
from .fitted import SOON, TRAIN, assert_same_weights, flags, metrics_of, trained


def test_killed_at_any_step_and_resumed_it_ends_bit_for_bit_as_if_nothing_had_happened(bert_folder, data, tmp_path):
    options = {
        "num_train_epochs": 6,
        "per_device_train_batch_size": 2,
        "save_steps": 3,
        "dropout": 0.1,
        "logging_steps": 1,
    }
    whole = trained(tmp_path / "whole", data, bert_folder, **options)
    arguments = flags(tmp_path / "broken", data, bert_folder, **options)
    process = subprocess.Popen(
        [sys.executable, "-m", "rewardmodel.ml.train", *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + SOON
    progress = tmp_path / "broken.progress"
    while not (progress.exists() and sum(e["event"] == "saved" for e in read_events(progress)) >= 2):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "broken").exists()

    assert main([*arguments, "--resume"]) == 0

    assert_same_weights(whole, tmp_path / "broken", atol=0)
    assert metrics_of(tmp_path / "broken")["train_loss"] == metrics_of(whole)["train_loss"]


def test_a_checkpoint_that_was_cut_off_is_passed_over_for_the_one_before(bert_folder, data, tmp_path):
    options = {"max_steps": 9, "per_device_train_batch_size": 2, "save_steps": 3, "keep_checkpoints": True}
    arguments = flags(tmp_path / "out", data, bert_folder, **options)
    assert main(arguments) == 0
    before = load_file(tmp_path / "out" / "model.safetensors")
    (tmp_path / "out").rename(tmp_path / "first")
    newest = max((tmp_path / "out.checkpoints").glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    weights = newest / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[: weights.stat().st_size // 2])

    assert main([*arguments, "--resume"]) == 0

    start = read_events(tmp_path / "out.progress")
    assert [event["step"] for event in start if event["event"] == "start"] == [0, 6]
    after = load_file(tmp_path / "out" / "model.safetensors")
    assert all(torch.equal(after[name], before[name]) for name in before)


class TestFullDisk:
    @pytest.mark.parametrize("largest", [20_000, 150_000], ids=["weights", "optimizer"])
    def test_a_checkpoint_that_does_not_fit_is_said_and_taken_away(self, largest, bert_folder, data, tmp_path):
        output = tmp_path / "out"
        command = [sys.executable, "-m", TRAIN, *flags(output, data, bert_folder, max_steps=4, save_steps=2)]

        ended = subprocess.run(
            command,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=SOON,
            # The system refuses to let a file grow beyond it, as a full disk would.
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest)),
        )

        assert ended.returncode == 1
        assert "could not be written" in ended.stderr
        assert "MB are free" in ended.stderr
        assert "Traceback" not in ended.stderr
        assert not output.exists()
        assert not list((tmp_path / "out.checkpoints").glob("checkpoint-*"))
        assert read_events(tmp_path / "out.progress")[-1]["event"] == "error"

        assert main(flags(output, data, bert_folder, max_steps=4, save_steps=2, resume=True)) == 0
        assert verify_golden(output) is None
