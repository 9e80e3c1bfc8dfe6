"""Each response is a row of its own, `prompt + response`, and runs through the model once: K rows for K responses.

Trainers on pairs run it K - 1 times, once for every pair it is in. Rows of similar length go together, so that a long
response does not fill the short ones with padding. Fits every model; the prompt is still computed K times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.strategies.base import Strategy, cut_into_chunks


@dataclass(frozen=True)
class Padded(Strategy):
    """pad_id: the model's. token_types: the model tells prompt from response by `token_type_ids`.

    row_tokens: how many tokens, padding included, one forward pass may hold (a longer row goes alone). None: all rows
    in one pass; needed where processes must call the model equally often (FSDP).
    """

    pad_id: int
    token_types: bool = False
    row_tokens: int | None = None
    name: str = "padded"

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Any]:
        rows = [(group, response) for group in groups for response in group.responses]
        lengths = [len(group.prefix) + len(response) for group, response in rows]
        chunks = cut_into_chunks(lengths, self.row_tokens)
        order = torch.tensor([row for chunk in chunks for row in chunk])
        return {
            "chunks": [self._pad([rows[row] for row in chunk]) for chunk in chunks],
            "back": order.argsort(),
            "tokens": sum(lengths),
        }

    def chunk_outputs(self, model: nn.Module, chunk: dict[str, Tensor]) -> Tensor:
        outputs: Tensor = model(**chunk).logits.float()
        return outputs

    def _pad(self, rows: list[tuple[EncodedGroup, Any]]) -> dict[str, Tensor]:
        """(rows, longest) int64: the ids padded on the right, their mask, and the token types."""
        shape = len(rows), max(len(group.prefix) + len(response) for group, response in rows)
        ids, mask, types = np.full(shape, self.pad_id), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for row, (group, response) in enumerate(rows):
            start, end = len(group.prefix), len(group.prefix) + len(response)
            ids[row, :start] = group.prefix
            ids[row, start:end] = response
            mask[row, :end] = 1
            types[row, start:end] = group.second
        chunk = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        return {**chunk, "token_type_ids": torch.from_numpy(types)} if self.token_types else chunk
