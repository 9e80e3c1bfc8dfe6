"""For scoring alone: the prompt once, its keys and values kept, and the responses as rows that go on from them.

What `tree` saves, without a mask over tokens that do not see each other: in a row of 16 responses most of a dense mask
is hidden, and computed all the same. There are no gradients: keys and values that are repeated for each response would
have to be held for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rewardmodel.ml.cut import cut_open
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.strategies.base import Strategy


@dataclass(frozen=True)
class Cached(Strategy):
    """pad_id: the model's. A group is a pass of its own."""

    pad_id: int
    name: str = "cached"

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Any]:
        responses = sum(len(group.responses) for group in groups)
        return {
            "chunks": [self._chunk(group) for group in groups],
            "back": torch.arange(responses),
            "tokens": sum(len(group.prefix) + sum(map(len, group.responses)) for group in groups),
        }

    def chunk_outputs(self, model: Any, chunk: dict[str, Tensor]) -> Tensor:
        cut = cut_open(model)
        if cut is None or not cut.causal or torch.is_grad_enabled():
            raise ValueError(f"{type(model).__name__}: a prompt's keys are kept for decoders, and without gradients")
        body: nn.Module = cut.body
        prefix, ids, lengths = chunk["prefix"], chunk["input_ids"], chunk["lengths"]
        start, rows = prefix.shape[1], len(ids)
        past = None
        if start:
            past = body(input_ids=prefix, use_cache=True).past_key_values
            past.batch_repeat_interleave(rows)
        places = torch.arange(start + ids.shape[1], device=ids.device)
        states = body(
            input_ids=ids,
            past_key_values=past,
            attention_mask=(places < start + lengths[:, None]).long(),
            position_ids=places[start:].expand(rows, -1),
            use_cache=True,
        ).last_hidden_state
        return cut.head(states[torch.arange(rows, device=ids.device), lengths - 1]).float()

    def cost(self, groups: Sequence[EncodedGroup], hidden: int) -> float:
        total = 0.0
        for group in groups:
            start, longest = len(group.prefix), group.longest
            responses = len(group.responses) * (longest - start)
            total += start * (1 + start / (6 * hidden)) + responses * (1 + longest / (6 * hidden))
        return total

    def _chunk(self, group: EncodedGroup) -> dict[str, Tensor]:
        lengths = [len(response) for response in group.responses]
        ids = np.full((len(lengths), max(lengths)), self.pad_id, np.int64)
        for row, response in enumerate(group.responses):
            ids[row, : len(response)] = response
        prefix = torch.from_numpy(group.prefix.astype(np.int64))[None]
        return {"prefix": prefix, "input_ids": torch.from_numpy(ids), "lengths": torch.tensor(lengths)}
