"""What a model says of encoded groups, without gradients, and the figures that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.evaluation import PairOutcomes
from rewardmodel.ml.groups import Floats
from rewardmodel.ml.strategies import Strategy
from rewardmodel.ml.wrapper import RewardModule

GROUPS_AT_ONCE = 64
CPU_ROW_TOKENS = 4096  # larger passes leave the processor's cache and gain nothing
DEVICE_ROW_TOKENS = 32768


def row_tokens(device: torch.device) -> int:
    """Tokens of one forward pass, padding included, that keep the device busy."""
    return CPU_ROW_TOKENS if device.type == "cpu" else DEVICE_ROW_TOKENS


def score_groups(model: nn.Module, strategy: Strategy, groups: Sequence[EncodedGroup]) -> list[Floats]:
    """(K,) float32 scores of each group by a finished model, as `run_groups` runs it."""
    return [outputs[:, 0] for outputs in run_groups(model, strategy, groups)]


def run_groups(model: nn.Module, strategy: Strategy, groups: Sequence[EncodedGroup]) -> list[Floats]:
    """(K, H) float32 outputs of each group, in the order given. Leaves the model in eval mode.

    Groups run by falling length, so that rows of one pass are alike and the largest pass comes first: what does not
    fit in memory fails at once.
    """
    device = next(model.parameters()).device
    model.eval()
    found: list[Floats] = [np.empty((0, 1), np.float32)] * len(groups)
    order = sorted(range(len(groups)), key=lambda place: -groups[place].longest)
    with torch.inference_mode():
        for start in range(0, len(order), GROUPS_AT_ONCE):
            places = order[start : start + GROUPS_AT_ONCE]
            batch = strategy.collate([groups[place] for place in places])
            rows = moved(batch, device)
            outputs = model(rows)[0] if isinstance(model, RewardModule) else strategy.outputs(model, rows)
            sizes = [len(groups[place].responses) for place in places]
            for place, own in zip(places, torch.split(outputs.cpu(), sizes), strict=True):
                found[place] = own.numpy()
    return found


def moved(value: Any, device: torch.device) -> Any:
    """A batch of tensors, nested in dicts and lists, on a device."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, Mapping):
        return {key: moved(inner, device) for key, inner in value.items()}
    return [moved(inner, device) for inner in value] if isinstance(value, list) else value


def outcomes(groups: Sequence[EncodedGroup], scores: Sequence[Floats]) -> PairOutcomes:
    """One entry for every pair of every group; groups of the same `prompt_id` count as one prompt."""
    numbers: dict[str, int] = {}
    margin, longer, prompt = [np.empty(0)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for group, own in zip(groups, scores, strict=True):
        pairs = group.comparisons
        if not pairs.rankings:
            continue
        number = numbers.setdefault(group.prompt_id, len(numbers))
        exact = own.astype(np.float64)
        margin.append(exact[pairs.better] - exact[pairs.worse])
        longer.append(group.characters[pairs.better].astype(np.int64) - group.characters[pairs.worse])
        prompt.append(np.full(len(pairs.better), number))
    return PairOutcomes(np.concatenate(margin), np.concatenate(longer), np.concatenate(prompt))
