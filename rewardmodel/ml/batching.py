"""Which groups come together, and in what order: seeded, the same after a resume, similar lengths side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch.utils.data import Sampler

from rewardmodel.ml.encoding import EncodedGroup
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

    `rows`: the strategy's tensors; `sizes`: K of each group; `targets`: better, worse and weight of each group;
    `rankings`: how many rankings each group's pairs come from.
    """

    def __init__(self, strategy: Strategy) -> None:
        self.strategy = strategy

    def __call__(self, groups: Sequence[EncodedGroup]) -> dict[str, Any]:
        return {
            "rows": self.strategy.collate(groups),
            "sizes": [len(group.responses) for group in groups],
            "targets": [
                {
                    "better": torch.from_numpy(group.comparisons.better.astype(np.int64)),
                    "worse": torch.from_numpy(group.comparisons.worse.astype(np.int64)),
                    "weight": torch.from_numpy(group.comparisons.weight),
                }
                for group in groups
            ],
            "rankings": [group.comparisons.rankings for group in groups],
        }
