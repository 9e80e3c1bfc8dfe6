"""Trainings through the entry point, and what is asked of the models that come of them."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from rewardmodel.ml.train import main

SOON = 180  # seconds after which a process that should have ended has hung, on a busy machine too
TRAIN = "rewardmodel.ml.train"


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
