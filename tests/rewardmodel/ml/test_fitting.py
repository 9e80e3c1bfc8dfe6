"""Ways to fit: adapters, several processes, a process that is killed; the same model comes of it."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate.utils.deepspeed import HfDeepSpeedConfig
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForSequenceClassification

from rewardmodel.ml.dataset import is_held_out
from rewardmodel.ml.golden import golden_groups
from rewardmodel.ml.heads import find_head
from rewardmodel.ml.modeling import load_base_model
from rewardmodel.ml.quantization import FourBits
from rewardmodel.ml.rewards import score_groups
from rewardmodel.ml.score import RewardScorer, verify_golden
from rewardmodel.ml.strategies.padded import Padded
from rewardmodel.ml.train import main
from tests.services import free_port

from .cases import ranking_row, read_events

SOON = 180  # seconds after which a process that should have ended has hung, on a busy machine too


def flags(output: Path, data: str, base: Path, **options: Any) -> list[str]:
    named = {
        "data": data,
        "base_model": base,
        "output": output,
        "progress": output.with_suffix(".progress"),
        "learning_rate": 1e-3,
        "warmup_steps": 0,
        **options,
    }
    pairs = ((f"--{name.replace('_', '-')}", value) for name, value in named.items())
    return [part for flag, value in pairs for part in ([flag] if value is True else [flag, str(value)])]


def trained(output: Path, data: str, base: Path, **options: Any) -> Path:
    assert main(flags(output, data, base, **options)) == 0
    return output


def metrics_of(output: Path) -> dict[str, Any]:
    return json.loads((output / "metrics.json").read_text())


def assert_same_weights(one: Path, other: Path, atol: float) -> None:
    first, second = load_file(one / "model.safetensors"), load_file(other / "model.safetensors")
    assert first.keys() == second.keys()
    for name, weight in first.items():
        torch.testing.assert_close(second[name], weight, atol=atol, rtol=0, msg=lambda m, n=name: f"{n}: {m}")


@pytest.fixture
def data(write_rows) -> str:
    # K from 2 to 4 and an odd number of groups: neither batches nor processes come out even.
    rows = [ranking_row(n, responses=2 + n % 3, split="train") for n in range(13)]
    return write_rows(rows + [ranking_row(100 + n, split="test") for n in range(5)])


class TestAdapters:
    @pytest.fixture(params=["bert_folder", "llama_folder"])
    def base(self, request) -> Path:
        return request.getfixturevalue(request.param)

    def test_the_merged_model_scores_as_the_base_with_its_adapter(self, base, data, tmp_path):
        output = trained(tmp_path / "out", data, base, lora_r=4, learning_rate=1e-2, max_steps=8)

        scorer = RewardScorer(output)
        groups = golden_groups(scorer.template, 48)
        merged = score_groups(scorer.model, scorer.strategy, groups)
        model = PeftModel.from_pretrained(load_base_model(str(base), seed=1).model, str(output / "adapter"))
        adapted = score_groups(model, Padded(scorer.model.config.pad_token_id, scorer.takes_types), groups)

        assert verify_golden(output) is None
        for one, other in zip(merged, adapted, strict=True):
            torch.testing.assert_close(torch.from_numpy(other), torch.from_numpy(one), atol=1e-5, rtol=1e-5)

    def test_only_adapters_and_head_are_trained(self, base, data, tmp_path):
        plain = {name: p.clone() for name, p in load_base_model(str(base), seed=42).model.state_dict().items()}
        output = trained(tmp_path / "out", data, base, lora_r=4, max_steps=2)
        merged = load_file(output / "model.safetensors")

        moved = {name for name, weight in merged.items() if not torch.equal(weight, plain[name])}

        assert any("query" in name or "q_proj" in name for name in moved)
        assert any(name.startswith(("score", "classifier")) for name in moved)
        assert not any("norm" in name.lower() or "embed" in name for name in moved)


class TestFourBits:
    """QLoRA, on a processor."""

    OPTIONS = {"lora_r": 4, "quantization": "nf4", "learning_rate": 1e-2, "max_length": 64}

    @pytest.mark.parametrize("base", ["bert_folder", "llama_folder"])
    def test_it_trains_as_lora_does_on_what_four_bits_stand_for(self, base, request, data, tmp_path):
        folder = request.getfixturevalue(base)
        plain = load_base_model(str(folder), seed=42, four_bits=FourBits())
        dequantized = tmp_path / "dequantized"
        plain.model.dequantize().save_pretrained(dequantized)
        plain.tokenizer.save_pretrained(dequantized)

        quantized = trained(tmp_path / "quantized", data, folder, max_steps=6, **self.OPTIONS)
        as_lora = trained(tmp_path / "lora", data, dequantized, max_steps=6, **{**self.OPTIONS, "quantization": "none"})

        assert verify_golden(quantized) is None
        losses = [metrics_of(output)["train_loss"] for output in (quantized, as_lora)]
        assert losses[0] == pytest.approx(losses[1], abs=1e-4)
        assert_same_weights(quantized, as_lora, atol=1e-3)
        assert load_file(quantized / "model.safetensors").keys() == load_file(as_lora / "model.safetensors").keys()

    def test_the_base_model_stays_in_four_bits_and_out_of_checkpoints(self, llama_folder, data, tmp_path):
        output = trained(tmp_path / "out", data, llama_folder, max_steps=2, **self.OPTIONS, keep_checkpoints=True)
        [checkpoint] = (tmp_path / "out.checkpoints").glob("checkpoint-*")
        names = load_file(checkpoint / "model.safetensors")
        assert names
        assert all("lora_" in name or "modules_to_save" in name for name in names)
        assert output.is_dir()

    def test_weights_in_four_bits_cannot_be_trained_themselves(self, llama_folder, data, tmp_path, capsys):
        assert main(flags(tmp_path / "out", data, llama_folder, quantization="nf4")) == 2
        assert "Give --lora-r 16, say" in capsys.readouterr().err


TRAIN, SHARDED = "rewardmodel.ml.train", "tests.rewardmodel.ml.sharded"
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


def test_the_model_loads_anywhere_and_scores_the_same(bert_folder, data, tmp_path):
    output = trained(tmp_path / "out", data, bert_folder, max_steps=4)
    scorer = RewardScorer(output)
    groups = golden_groups(scorer.template, 48)[:3]
    ours = [float(score) for own in scorer.score_encoded(groups) for score in own]
    code = (
        "import json, sys, torch\n"
        "from transformers import AutoModelForSequenceClassification\n"
        "model = AutoModelForSequenceClassification.from_pretrained(sys.argv[1]).eval()\n"
        "assert model.config.num_labels == 1\n"
        "for row in json.loads(sys.argv[2]):\n"
        "    ids, types = (torch.tensor([part]) for part in row)\n"
        "    print(model(input_ids=ids, token_type_ids=types).logits.item())\n"
    )
    rows = [
        ([*g.prefix.tolist(), *r.tolist()], [0] * len(g.prefix) + [int(g.second)] * len(r))
        for g in groups
        for r in g.responses
    ]
    found = subprocess.run(
        [sys.executable, "-c", code, str(output), json.dumps(rows)], capture_output=True, text=True, check=True
    )
    assert [float(line) for line in found.stdout.split()] == pytest.approx(ours, abs=1e-5)
    # Nothing but the class's own names, and one file of weights.
    names = set(AutoModelForSequenceClassification.from_pretrained(output).state_dict())
    assert set(load_file(output / "model.safetensors")) == names
    assert find_head(scorer.model).out_features == 1


class TestEarlyStopping:
    def test_the_best_weights_are_kept_and_the_run_ends_early(self, bert_folder, write_rows, tmp_path):
        # Labels of training say the contrary of those of validation: each step makes it worse.
        turned = [ranking_row(n, split="train") for n in range(12)]
        for row in turned:
            row["rankings"][0]["tiers"].reverse()
        data = write_rows(turned + [ranking_row(100 + n, split="validation") for n in range(6)])
        options = {"learning_rate": 1e-3, "max_steps": 40, "eval_steps": 2, "early_stopping_patience": 3}

        output = trained(tmp_path / "out", data, bert_folder, warmup_steps=0, **options)

        metrics = metrics_of(output)
        assert metrics["best_step"] == 2
        assert metrics["train_steps"] == 2 + 3 * 2
        evals = [
            e for e in read_events(tmp_path / "out.progress") if e["event"] == "eval" and e["split"] == "validation"
        ]
        assert metrics["validation"]["log_loss"] == pytest.approx(min(e["log_loss"] for e in evals), abs=1e-5)
        assert evals[-1]["log_loss"] < evals[-2]["log_loss"], "the finished model is the best, not the last"

    def test_it_needs_something_to_tell_by(self, bert_folder, data, tmp_path, capsys):
        assert main(flags(tmp_path / "out", data, bert_folder, early_stopping_patience=2)) == 2
        assert "no group of the data is in `validation`" in capsys.readouterr().err


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


def test_rankings_of_held_out_annotators_are_only_measured_on(bert_folder, write_rows, tmp_path):
    rows = [ranking_row(n, split="train" if n < 30 else "test") for n in range(60)]
    for row in rows:
        [ranking] = row["rankings"]
        row["rankings"] = [{**ranking, "annotator": name} for name in ("ada", "grace", "alan", "edsger")]
    # By the salt, one of the four is; they say the contrary of the others.
    [unseen] = [name for name in ("ada", "grace", "alan", "edsger") if is_held_out(name, 0.05, "podium")]
    for row in rows:
        for ranking in row["rankings"]:
            if ranking["annotator"] == unseen:
                ranking["tiers"] = ranking["tiers"][::-1]

    output = trained(tmp_path / "out", write_rows(rows), bert_folder, held_out_annotators=0.05, num_train_epochs=4)

    metrics = metrics_of(output)
    learned = metrics["test"]["slices"]["learned_from"]
    assert metrics["unseen_rankings"] == 30
    assert metrics["pairs"] == 30 * 3 * 3
    assert learned["yes"]["accuracy"] > 0.9
    assert learned["no"]["accuracy"] < 0.1
