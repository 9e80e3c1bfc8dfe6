"""A ranking as a series of choices."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.losses.base import Loss


class PlackettLuce(Loss):
    """Plackett 1975: a ranking is a series of choices of the best from what is left, each by Luce's axiom.

    -log(e^s / (e^s + the sum of e^s' over all that ranks below)) for each response that anything ranks below, and the
    mean over these choices for a ranking. Responses of one tier are not compared with each other: each is chosen from
    itself and the lower tiers, so that a tie says nothing, and no order has to be made up for it.
    """

    name = "plackett_luce"

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Tensor]:
        chosen: list[int] = []
        weight: list[float] = []
        choice_of: list[int] = []
        option: list[int] = []
        option_of: list[int] = []
        start = 0
        for number, group in enumerate(groups):
            counted = group.comparisons.rankings
            for ranking in group.rankings:
                lower = [start + response for tier in ranking.tiers for response in tier]
                choices: list[tuple[int, list[int]]] = []
                for tier in ranking.tiers:
                    lower = lower[len(tier) :]
                    choices += [(start + response, lower) for response in tier if lower]
                for response, below in choices:
                    option += [response, *below]
                    option_of += [len(chosen)] * (1 + len(below))
                    chosen.append(response)
                    weight.append(ranking.weight / len(choices) / counted)
                    choice_of.append(number)
            start += len(group.responses)
        return super().collate(groups) | {
            "chosen": torch.tensor(chosen, dtype=torch.int64),
            "choice_weight": torch.tensor(weight, dtype=torch.float32),
            "choice_of": torch.tensor(choice_of, dtype=torch.int64),
            "option": torch.tensor(option, dtype=torch.int64),
            "option_of": torch.tensor(option_of, dtype=torch.int64),
        }

    def of_comparisons(self, rewards: Tensor, targets: dict[str, Tensor], parameters: Tensor) -> Tensor:
        chosen, options, of = rewards[targets["chosen"]], rewards[targets["option"]], targets["option_of"]
        # The sum of exponentials over each choice's options, less the greatest of them.
        greatest = torch.full_like(chosen, -math.inf).scatter_reduce(0, of, options.detach(), "amax")
        sums = torch.zeros_like(chosen).index_add(0, of, (options - greatest[of]).exp())
        costs = targets["choice_weight"].to(rewards) * (greatest + sums.log() - chosen)
        return rewards.new_zeros(len(targets["sizes"])).index_add(0, targets["choice_of"], costs)
