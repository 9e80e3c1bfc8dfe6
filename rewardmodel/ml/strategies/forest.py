"""Several texts side by side in one row, each blind to the others: `tree` and `packed`.

    tree    [prompt | r1 | r2 | … | rK]  the prompt once, its responses as branches that do not see each other
    packed  [prompt r1][prompt r2] …     every text whole, and no padding between them

Positions restart where a branch leaves the prompt, so each score is the one that the text would have in a row of its
own. The body runs once over a row, the head only over the tokens that carry a score. A prompt that sees its response,
as in an encoder, cannot be shared: there `packed` is exact and `tree` is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rewardmodel.ml.cut import cut_open
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.masks import PADDING, Rows, attention_masks
from rewardmodel.ml.strategies.base import Strategy, cut_into_chunks


@dataclass(frozen=True)
class Piece:
    """What stays together in a row: a prompt and the responses that branch off it, or one text.

    ids, branch, position, second: (n,) of each token. scored: the places of the tokens that carry a score.
    """

    ids: np.ndarray[Any, Any]
    branch: np.ndarray[Any, Any]
    position: np.ndarray[Any, Any]
    second: np.ndarray[Any, Any]
    scored: np.ndarray[Any, Any]


@dataclass(frozen=True)
class Forest(Strategy):
    """name: `tree` or `packed`. pad_id, token_types, row_tokens: as in `Padded`.

    causal: a decoder, scored at the end of each text; else an encoder, scored at its beginning. row_length: a row takes
    in more pieces as long as it stays within so many tokens; 0: within the longest piece of the batch. With a dense
    mask a long row pays for every two of its tokens, whether they see each other or not.
    """

    name: str
    pad_id: int
    causal: bool = True
    token_types: bool = False
    row_tokens: int | None = None
    row_length: int = 0
    multiple: int = 1

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Any]:
        pieces = [piece for group in groups for piece in self._pieces(group)]
        lengths = [len(piece.ids) for piece in pieces]
        rows = fill_rows(lengths, max([self.row_length, *lengths]))
        chunks = cut_into_chunks([sum(lengths[piece] for piece in row) for row in rows], self.row_tokens)
        starts = np.cumsum([0, *(len(piece.scored) for piece in pieces)])
        order = [
            score
            for chunk in chunks
            for row in chunk
            for piece in rows[row]
            for score in range(starts[piece], starts[piece + 1])
        ]
        return {
            "chunks": [self._fill([[pieces[piece] for piece in rows[row]] for row in chunk]) for chunk in chunks],
            "back": torch.tensor(order).argsort(),
            "tokens": sum(lengths),
        }

    def chunk_outputs(self, model: Any, chunk: dict[str, Tensor]) -> Tensor:
        cut = cut_open(model)
        if cut is None:
            raise ValueError(f"{type(model).__name__} is not known to be a body and a head, one after the other")
        body: nn.Module = cut.body
        inputs: dict[str, Any] = {
            "input_ids": chunk["input_ids"],
            "position_ids": chunk["position"] + cut.position_offset,
            "attention_mask": attention_masks(
                Rows(chunk["tree"], chunk["branch"], chunk["position"]),
                model.config.get_text_config(),
                causal=self.causal,
                dtype=next(body.parameters()).dtype,
            ),
        }
        if self.causal:
            inputs["use_cache"] = False
        if self.token_types:
            inputs["token_type_ids"] = chunk["token_type_ids"]
        states = body(**inputs).last_hidden_state
        return cut.head(states.flatten(0, 1)[chunk["scored"]]).float()

    def cost(self, groups: Sequence[EncodedGroup], hidden: int) -> float:
        if self.multiple == 1:
            return super().cost(groups, hidden)
        # FlexAttention skips what is hidden.
        return float(sum(chunk["input_ids"].numel() for chunk in self.collate(groups)["chunks"]))

    def _pieces(self, group: EncodedGroup) -> Iterator[Piece]:
        prefix, start = group.prefix, len(group.prefix)
        sizes = [len(response) for response in group.responses]
        if self.name == "tree":
            branches = np.repeat(np.arange(len(sizes) + 1), [start, *sizes])
            positions = [np.arange(start), *(np.arange(start, start + size) for size in sizes)]
            ends = start + np.cumsum(sizes) - 1
            second = (branches > 0) & group.second
            yield Piece(np.concatenate([prefix, *group.responses]), branches, np.concatenate(positions), second, ends)
            return
        for response, size in zip(group.responses, sizes, strict=True):
            ids, positions_of_text = np.concatenate([prefix, response]), np.arange(start + size)
            second = (positions_of_text >= start) & group.second
            scored = np.array([start + size - 1 if self.causal else 0])
            yield Piece(ids, np.zeros_like(positions_of_text), positions_of_text, second, scored)

    def _fill(self, rows: list[list[Piece]]) -> dict[str, Tensor]:
        """(rows, longest) int64 each, and `scored`: places in the rows laid end to end."""
        longest = max(sum(len(piece.ids) for piece in row) for row in rows)
        shape = len(rows), -(-longest // self.multiple) * self.multiple
        ids, tree = np.full(shape, self.pad_id, np.int64), np.full(shape, PADDING, np.int64)
        branch, position, types = (np.zeros(shape, np.int64) for _ in range(3))
        scored = []
        for row, pieces in enumerate(rows):
            start = 0
            for number, piece in enumerate(pieces):
                place = slice(start, start + len(piece.ids))
                ids[row, place], tree[row, place] = piece.ids, number
                branch[row, place], position[row, place], types[row, place] = piece.branch, piece.position, piece.second
                scored.append(row * shape[1] + start + piece.scored)
                start = place.stop
        arrays = {"input_ids": ids, "tree": tree, "branch": branch, "position": position}
        if self.token_types:
            arrays["token_type_ids"] = types
        return {name: torch.from_numpy(array) for name, array in (arrays | {"scored": np.concatenate(scored)}).items()}


def fill_rows(lengths: Sequence[int], capacity: int) -> list[list[int]]:
    """Which pieces share a row: the longest first, each into the first row that has room for it."""
    rows: list[list[int]] = []
    room: list[int] = []
    for piece in sorted(range(len(lengths)), key=lambda piece: -lengths[piece]):
        row = next((row for row, left in enumerate(room) if left >= lengths[piece]), None)
        if row is None:
            rows.append([])
            room.append(capacity)
            row = len(rows) - 1
        rows[row].append(piece)
        room[row] -= lengths[piece]
    return rows
