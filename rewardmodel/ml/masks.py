"""Who may look at whom, where several texts lie in one row.

Every token has a tree and a branch: a tree is a prompt (branch 0) with its responses (branches 1, 2, …), or a single
text (branch 0). A token sees those of its own tree that belong to the prompt or to its own branch; in a decoder, those
before it only; in a layer with a window, those near it by position and not by place in the row, as far apart as they
are in a text of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import create_block_mask

# The tree of what fills a row up: it sees itself, so that no row of a mask is empty, and nothing else sees it.
PADDING = -1
FLEX_BLOCK = 128

MaskFunction = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Rows:
    """Rows of one forward pass. tree, branch, position: (B, T) int64."""

    tree: Tensor
    branch: Tensor
    position: Tensor


def mask_function(rows: Rows, *, causal: bool, window: int | None) -> MaskFunction:
    """What FlexAttention asks: (row, head, query, key) -> whether the query sees the key.

    window: a decoder's layer sees keys less than so many positions back, an encoder's those at most so many away.
    """
    tree, branch, position = rows.tree, rows.branch, rows.position

    def sees(row: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        same_tree = tree[row, query] == tree[row, key]
        on_the_way = (branch[row, key] == 0) | (branch[row, key] == branch[row, query])
        seen = same_tree & on_the_way
        if causal:
            seen = seen & (key <= query)
        if window is not None:
            distance = position[row, query] - position[row, key]
            seen = seen & (distance < window if causal else distance.abs() <= window)
        return seen

    return sees


def dense_mask(rows: Rows, *, causal: bool, window: int | None) -> Tensor:
    """(B, 1, T, T) bool, True where the query (third) sees the key (fourth)."""
    count, length = rows.tree.shape
    row = torch.arange(count, device=rows.tree.device)[:, None, None]
    place = torch.arange(length, device=rows.tree.device)
    sees = mask_function(rows, causal=causal, window=window)
    return sees(row, row, place[None, :, None], place[None, None, :])[:, None]


def attention_masks(rows: Rows, config: Any, *, causal: bool, dtype: torch.dtype) -> Any:
    """What the model takes as `attention_mask`: one mask, or one for each type of layer.

    In the form of the model's attention: a boolean mask for SDPA, one to add for eager attention, a `BlockMask` for
    FlexAttention, which skips the blocks that nobody sees.
    """

    def made(window: int | None) -> Any:
        if config._attn_implementation == "flex_attention":
            function = mask_function(rows, causal=causal, window=window)
            count, length = rows.tree.shape
            return create_block_mask(function, count, None, length, length, device=str(rows.tree.device))
        mask = dense_mask(rows, causal=causal, window=window)
        if config._attn_implementation == "sdpa":
            return mask
        blocked = torch.zeros(mask.shape, dtype=dtype, device=mask.device)
        return blocked.masked_fill(~mask, torch.finfo(dtype).min)

    window = getattr(config, "sliding_window", None)
    if layers := getattr(config, "layer_types", None):
        return {kind: made(window if kind == "sliding_attention" else None) for kind in sorted(set(layers))}
    return made(window)
