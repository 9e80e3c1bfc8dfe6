"""What all strategies have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rewardmodel.ml.encoding import EncodedGroup


class Strategy(ABC):
    """A way to run a batch of groups through the model: the same outputs, but not the same tokens computed twice."""

    name: str

    @abstractmethod
    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Any]:
        """Tensors on the CPU, in dicts and lists.

        `chunks`: the inputs of each forward pass; `back`: the place of each response's score, group after group, in
        those of the chunks; `tokens`: how many go in, without padding.
        """

    @abstractmethod
    def chunk_outputs(self, model: nn.Module, chunk: dict[str, Tensor]) -> Tensor:
        """(r, H) float32: what the heads say in one forward pass."""

    def outputs(self, model: nn.Module, batch: dict[str, Any]) -> Tensor:
        """(R, H) float32: each response's, group after group. batch: from `collate`, on the model's device. A finished
        model has one head, and column 0 is the reward; `Heads` says what those of one in training are.
        """
        return torch.cat([self.chunk_outputs(model, chunk) for chunk in batch["chunks"]])[batch["back"]]

    def cost(self, groups: Sequence[EncodedGroup], hidden: int) -> float:
        """Of a forward pass over the groups, in tokens through the linear layers; hidden: the model's width.

        A layer's matrices cost about 24 d^2 operations a token, its attention 4 d for every token that it looks at,
        hidden or not: T / 6d more in a row of T.
        """
        shapes = [chunk["input_ids"].shape for chunk in self.collate(groups)["chunks"]]
        return float(sum(rows * length * (1 + length / (6 * hidden)) for rows, length in shapes))


def cut_into_chunks(lengths: Sequence[int], row_tokens: int | None) -> list[list[int]]:
    """Row numbers by falling length, cut so that a chunk's rows x its longest row stays within `row_tokens`."""
    chunks: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        full = not chunks or (row_tokens is not None and lengths[chunks[-1][0]] * (len(chunks[-1]) + 1) > row_tokens)
        if full:
            chunks.append([])
        chunks[-1].append(row)
    return chunks
