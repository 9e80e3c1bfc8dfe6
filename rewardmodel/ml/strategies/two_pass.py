"""Exact gradients at the memory of one text, for many responses on a large model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.strategies.base import Strategy


@dataclass(frozen=True)
class TwoPass(Strategy):
    """`inner`, whose passes keep nothing: the first finds the scores, and with them what each one's gradient is; the
    second, pass by pass, computes it again and goes backward at once. A forward pass more, and of all activations those
    of a single pass at a time.
    """

    inner: Strategy
    name: str = "two_pass"

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Any]:
        return self.inner.collate(groups)

    def chunk_outputs(self, model: nn.Module, chunk: dict[str, Tensor]) -> Tensor:
        if not torch.is_grad_enabled():
            return self.inner.chunk_outputs(model, chunk)
        outputs: Tensor = checkpoint(self.inner.chunk_outputs, model, chunk, use_reentrant=False)
        return outputs
