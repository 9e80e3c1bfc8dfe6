"""What is minimised: the loss of a model's rewards, and where it has more heads than one, that of each of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.heads import SINGLE, Heads
from rewardmodel.ml.losses import Loss


class Objective:
    """`loss` of the rewards of each member, and the squared error of each dimension's ratings.

    Each member learns from groups drawn anew with replacement, so that they differ where the data leaves room to: a
    group counts for it as often as a Poisson variable of mean 1 says (online bagging, Oza & Russell 2001), always the
    same for the same group. Ratings cost rating_coefficient x the mean over those of the group of (output - rating)^2,
    in standard deviations and each times its ranking's weight.
    """

    def __init__(self, loss: Loss, heads: Heads = SINGLE, *, rating_coefficient: float = 0.0) -> None:
        self.loss, self.heads, self.rating_coefficient = loss, heads, rating_coefficient

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Tensor]:
        targets = self.loss.collate(groups)
        if self.heads.members > 1:
            targets["drawn"] = torch.tensor(
                [[draws(g, member) for member in range(self.heads.members)] for g in groups]
            )
        return targets | self._ratings(groups) if self.heads.dimensions else targets

    def __call__(self, outputs: Tensor, targets: dict[str, Tensor], parameters: Tensor) -> Tensor:
        """outputs: (R, H), group after group; targets: from `collate`, on their device. Returns (G,) losses."""
        members = self.heads.members
        losses = self.loss(outputs[:, 0], targets, parameters)
        if members > 1:
            every = [losses, *(self.loss(outputs[:, member], targets, parameters) for member in range(1, members))]
            losses = (torch.stack(every, 1) * targets["drawn"]).mean(1)
        if self.heads.dimensions:
            found = outputs[targets["rated"], members + targets["dimension"]]
            errors = targets["rating_weight"] * (found - targets["rating"]) ** 2
            losses = losses + self.rating_coefficient * losses.new_zeros(losses.shape).index_add(
                0, targets["rating_of"], errors
            )
        return losses

    def _ratings(self, groups: Sequence[EncodedGroup]) -> dict[str, Tensor]:
        """rated: the response's place in the batch; dimension: its column; rating: in standard deviations; rating_of:
        its group; rating_weight: the ranking's / the ratings of the group.
        """
        columns = {dimension.name: (place, dimension) for place, dimension in enumerate(self.heads.dimensions)}
        cells: list[tuple[int, int, float, int, float]] = []
        start = 0
        for number, group in enumerate(groups):
            own = [
                (start + rating.response, *columns[rating.dimension], rating.value, ranking.weight)
                for ranking in group.rankings
                for rating in ranking.ratings
                if rating.dimension in columns
            ]
            cells += [
                (response, place, (value - dimension.mean) / dimension.sd, number, weight / len(own))
                for response, place, dimension, value, weight in own
            ]
            start += len(group.responses)
        rated, dimension, rating, rating_of, weight = zip(*cells, strict=True) if cells else ((), (), (), (), ())
        return {
            "rated": torch.tensor(rated, dtype=torch.long),
            "dimension": torch.tensor(dimension, dtype=torch.long),
            "rating": torch.tensor(rating, dtype=torch.float32),
            "rating_of": torch.tensor(rating_of, dtype=torch.long),
            "rating_weight": torch.tensor(weight, dtype=torch.float32),
        }


def draws(group: EncodedGroup, member: int) -> float:
    """How often a member has drawn a group."""
    seed = hashlib.blake2b(f"{member}\n{group.id}".encode(), digest_size=8).digest()
    return float(np.random.default_rng(int.from_bytes(seed, "big")).poisson(1.0))
