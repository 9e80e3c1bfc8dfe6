"""Ways to fit: adapters, four bits, early stopping; the model that comes of it loads anywhere."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
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

from .cases import ranking_row, read_events
from .fitted import assert_same_weights, flags, metrics_of, trained


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
