"""Ways to run a batch of groups through the model: the same rewards, but not the same tokens computed twice.

A strategy is chosen by name. `auto` takes the cheapest that fits the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from torch import Tensor, nn

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.strategies.padded import Padded


class Strategy(Protocol):
    name: ClassVar[str]

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Any]:
        """Tensors on the CPU, nested in dicts and lists, and `tokens`: how many go in, without padding."""

    def rewards(self, model: nn.Module, batch: dict[str, Any]) -> Tensor:
        """(R,) float32: one score a response, group after group. batch: from `collate`, on the model's device."""


def choose_strategy(name: str, *, pad_id: int, token_types: bool, row_tokens: int | None) -> Strategy:
    """name: `auto` or a strategy's own. row_tokens: see `Padded`."""
    if name not in ("auto", Padded.name):
        raise ValueError(f"strategy: got {name!r}, needed auto or {Padded.name}")
    return Padded(pad_id=pad_id, token_types=token_types, row_tokens=row_tokens)
