"""What a group's rewards cost, given its comparisons. Pure: tensors to tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn import functional as F  # noqa: N812  the name everyone knows it by


class Pairs(NamedTuple):
    """Strict preferences of one group. better, worse: (P,) int64 indices into its rewards; weight: (P,) float32."""

    better: Tensor
    worse: Tensor
    weight: Tensor


Loss = Callable[[Tensor, Pairs, int], Tensor]


def bradley_terry_loss(rewards: Tensor, pairs: Pairs, rankings: int) -> Tensor:
    """Weighted -log sigmoid(r_better - r_worse) over the pairs of one group, per ranking.

    rewards: (K,) one score a response, float32.  pairs: better, worse (P,) indices into it, and weight (P,), the
    pairs of one ranking adding up to that ranking's weight.  rankings: how many rankings those pairs come from, >= 1.
    A group's loss grows neither with K nor with its annotators (Ouyang et al. 2022, section 3.5), and an unreliable
    annotator's pairs count for less even when nobody else has ranked the prompt.
    """
    return -(pairs.weight * F.logsigmoid(rewards[pairs.better] - rewards[pairs.worse])).sum() / rankings


LOSSES: dict[str, Loss] = {"bradley_terry": bradley_terry_loss}
