"""Which groups come together, and in what order: seeded, the same after a resume, similar lengths side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch.utils.data import Dataset

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.objective import Objective
from rewardmodel.ml.strategies import Strategy

BATCHES_SORTED = 16  # batches whose groups are sorted together: enough to cut padding, few enough to stay random


@dataclass(frozen=True)
class Batch:
    """Groups of one forward and backward pass. counted: False where it is there only to give each process one more."""

    groups: list[EncodedGroup]
    counted: bool = True


class Batches(Dataset[Batch]):
    """The training groups, each in one batch an epoch, and whole.

    A batch holds `size` groups, or with `tokens` as many as stay within so many tokens (a larger group has a batch of
    its own). There are as many batches for each process, none empty: where they do not come out even, batches are
    halved, and where they cannot be, one is repeated that counts for nothing. Which groups meet, and when, follows from
    the seed and the epoch; with `tokens` the same groups meet in each epoch, so that all have as many steps.
    """

    def __init__(
        self, groups: Sequence[EncodedGroup], *, size: int, tokens: int = 0, processes: int = 1, seed: int = 0
    ) -> None:
        self.groups = groups
        self.size, self.tokens, self.processes, self.seed = size, tokens, processes, seed
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Called by the loader as each epoch begins."""
        draw = np.random.default_rng([self.seed, 0 if self.tokens else epoch])
        batches = self._by_tokens(draw) if self.tokens else self._by_size(draw)
        counted = even_out(batches, self.processes)
        order = np.random.default_rng([self.seed, epoch, 1]).permutation(len(batches))
        self._batches = [(batches[place], bool(place < counted)) for place in order]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> Batch:
        places, counted = self._batches[index]
        return Batch([self.groups[place] for place in places], counted)

    def _by_size(self, draw: np.random.Generator) -> list[list[int]]:
        lengths = np.array([group.longest for group in self.groups])
        shuffled = draw.permutation(len(lengths))
        window = self.size * BATCHES_SORTED
        by_length = np.concatenate(
            [
                part[np.argsort(lengths[part], kind="stable")]
                for part in np.split(shuffled, range(window, len(shuffled), window))
            ]
        )
        return [part.tolist() for part in np.split(by_length, range(self.size, len(shuffled), self.size))]

    def _by_tokens(self, draw: np.random.Generator) -> list[list[int]]:
        tokens = [len(group.responses) * group.longest for group in self.groups]
        lengths = np.array([group.longest for group in self.groups])
        # Among equals in random order: those that always came together would be learnt together.
        shuffled = draw.permutation(len(lengths))
        batches: list[list[int]] = []
        held = 0
        for place in shuffled[np.argsort(lengths[shuffled], kind="stable")].tolist():
            if not batches or held + tokens[place] > self.tokens:
                batches.append([])
                held = 0
            batches[-1].append(place)
            held += tokens[place]
        return batches


def even_out(batches: list[list[int]], processes: int) -> int:
    """Make the number of batches a multiple of `processes`; how many of them count, which come first."""
    while len(batches) % processes and len(largest := max(batches, key=len)) > 1:
        batches.append([largest.pop() for _ in range(len(largest) // 2)])
    counted = len(batches)
    batches += [batches[0]] * (-counted % processes)
    return counted


class Collator:
    """A batch -> what one pass takes.

    `rows`: the strategy's tensors; `targets`: the objective's; `groups`: how many count; `share`: what the losses are
    multiplied by, 1 or 0.
    """

    def __init__(self, strategy: Strategy, objective: Objective) -> None:
        self.strategy, self.objective = strategy, objective

    def __call__(self, batches: Sequence[Batch]) -> dict[str, Any]:
        [batch] = batches
        return {
            "rows": self.strategy.collate(batch.groups),
            "targets": self.objective.collate(batch.groups),
            "groups": len(batch.groups) if batch.counted else 0,
            "share": float(batch.counted),
        }
