"""Several processes train what one trains, whoever starts them."""

import json
import os
import subprocess
import sys
import time
from importlib.resources import files

import pytest
from accelerate.utils.deepspeed import HfDeepSpeedConfig

from rewardmodel.launchers.accelerate_launch import AccelerateLaunch
from rewardmodel.ml.score import verify_golden
from tests.services import free_port

from .fitted import SOON, TRAIN, assert_same_weights, flags, metrics_of, trained

SHARDED = "tests.rewardmodel.ml.sharded"
FSDP2 = {
    "ACCELERATE_USE_FSDP": "true",
    "FSDP_VERSION": "2",
    "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
    "FSDP_STATE_DICT_TYPE": "FULL_STATE_DICT",
    "FSDP_RESHARD_AFTER_FORWARD": "true",
}


def launched(module: str, arguments: list[str]) -> "subprocess.CompletedProcess[str]":
    """The command in two processes that share this processor, as `accelerate launch` would start them on two GPUs."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    return subprocess.run(
        [*launcher, "--master_port", str(free_port()), "-m", module, *arguments],
        env={**os.environ, "OMP_NUM_THREADS": "1", **(FSDP2 if module == SHARDED else {})},
        capture_output=True,
        text=True,
        timeout=SOON,
    )


@pytest.mark.parametrize(
    ("module", "strategy"), [(TRAIN, "auto"), (TRAIN, "two_pass"), (SHARDED, "auto")], ids=["ddp", "ddp-two", "fsdp2"]
)
def test_two_processes_train_what_one_trains(module, strategy, llama_folder, data, tmp_path):
    # Batches of all groups for one process are the batches of both for two.
    options = {"max_steps": 3, "logging_steps": 1, "max_length": 64, "loss": "davidson"}
    alone = trained(tmp_path / "alone", data, llama_folder, per_device_train_batch_size=13, **options)
    two = tmp_path / "two"

    ended = launched(
        module, flags(two, data, llama_folder, per_device_train_batch_size=7, strategy=strategy, **options)
    )

    assert ended.returncode == 0, ended.stderr[-3000:]
    one, other = metrics_of(alone), metrics_of(two)
    assert other["train_loss"] == pytest.approx(one["train_loss"], abs=1e-5)
    assert other["test"]["log_loss"] == pytest.approx(one["test"]["log_loss"], abs=1e-4)
    if strategy == "auto":
        assert other["tokens_forwarded"] == one["tokens_forwarded"]
    assert_same_weights(alone, two, atol=5e-5)
    ties = [json.loads((folder / "reward_model.json").read_text())["loss_parameters"]["tie"] for folder in (alone, two)]
    assert ties[1] == pytest.approx(ties[0], abs=1e-5)
    assert ties[0] != 1.0, "what it begins with"
    assert verify_golden(two) is None


@pytest.mark.parametrize("stage", [2, 3])
def test_the_deepspeed_configs_leave_to_the_options_what_the_options_say(stage, tmp_path):
    text = (files("rewardmodel.ml.presets") / f"deepspeed-zero{stage}.json").read_text()
    config = HfDeepSpeedConfig(json.loads(text))
    assert config.is_zero3() is (stage == 3)
    # Without it ZeRO-3 would save shards' placeholders in the place of weights.
    assert stage == 2 or config.get_value("zero_optimization.stage3_gather_16bit_weights_on_model_save")
    ours = ("gradient_clipping", "gradient_accumulation_steps", "train_batch_size", "train_micro_batch_size_per_gpu")
    assert {config.get_value(name) for name in (*ours, "bf16.enabled")} == {"auto"}
    assert not config.is_offload()


@pytest.mark.parametrize("option", [{"strategy": "two_pass"}, {"lora_r": 4}], ids=["two_pass", "lora"])
def test_what_shards_cannot_do_is_refused_before_training(option, llama_folder, data, tmp_path):
    launched(SHARDED, flags(tmp_path / "out", data, llama_folder, max_length=64, max_steps=1, **option))
    assert "FSDP or ZeRO-3: got" in (tmp_path / "out.progress").read_text()
    assert not (tmp_path / "out").exists()


def test_accelerate_launch_starts_two_that_train_what_one_trains(llama_folder, data, tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    options = {"max_steps": 3, "max_length": 64}
    alone = trained(tmp_path / "alone", data, llama_folder, per_device_train_batch_size=13, **options)
    two, log = tmp_path / "two", tmp_path / "log.txt"
    launcher = AccelerateLaunch(
        module=TRAIN,
        arguments=[*flags(two, data, llama_folder, per_device_train_batch_size=7, **options), "--exit-with-parent"],
        log=log,
        options=f"--multi_gpu --num_machines 1 --num_processes 2 --main_process_port {free_port()}",
    )

    launcher.start()
    deadline = time.monotonic() + SOON
    while (code := launcher.poll()) is None and time.monotonic() < deadline:
        time.sleep(0.1)
    launcher.kill()

    assert code == 0, log.read_text()[-3000:]
    assert metrics_of(two)["train_loss"] == pytest.approx(metrics_of(alone)["train_loss"], abs=1e-5)
    assert_same_weights(alone, two, atol=5e-5)
