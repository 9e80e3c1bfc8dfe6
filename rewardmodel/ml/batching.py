"""Which groups come together, and in what order: seeded, the same after a resume, similar lengths side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from torch.utils.data import Sampler

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.losses import Loss
from rewardmodel.ml.strategies import Strategy

BATCHES_SORTED = 16  # batches whose groups are sorted together: enough to cut padding, few enough to stay random


class GroupSampler(Sampler[int]):
    """Shuffles by (seed, epoch), sorts by length within `BATCHES_SORTED` batches, then shuffles the batches.

    A short last batch stays last, since the loader cuts batches off one after the other.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self.lengths = np.array(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        generator = np.random.default_rng([self.seed, self.epoch])
        shuffled = generator.permutation(len(self.lengths))
        window = self.batch_size * BATCHES_SORTED
        by_length = [
            part[np.argsort(self.lengths[part], kind="stable")]
            for part in np.split(shuffled, range(window, len(shuffled), window))
        ]
        batches = np.split(np.concatenate(by_length), range(self.batch_size, len(shuffled), self.batch_size))
        *whole, last = batches
        for place in generator.permutation(len(whole)):
            yield from whole[place].tolist()
        yield from last.tolist()


class GroupCollator:
    """Groups -> one training batch: what the strategy runs, and what the loss compares.

    `rows`: the strategy's tensors; `targets`: the loss's; `groups`: how many.
    """

    def __init__(self, strategy: Strategy, loss: Loss) -> None:
        self.strategy, self.loss = strategy, loss

    def __call__(self, groups: Sequence[EncodedGroup]) -> dict[str, Any]:
        return {
            "rows": self.strategy.collate(groups),
            "targets": self.loss.collate(groups),
            "groups": len(groups),
        }
