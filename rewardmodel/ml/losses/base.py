"""What all losses have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from rewardmodel.ml.encoding import EncodedGroup


class Loss(ABC):
    """A loss with its own learned parameters, of which most have none.

    `collate` turns groups into flat tensors on the CPU; called with a batch's rewards (R,), group after group, those
    tensors on the rewards' device and the parameters (P,), it gives (G,) losses in the order of the groups.
    """

    name: ClassVar[str]
    uses_ties: ClassVar[bool] = False

    def __init__(self, *, centering: float = 0.0) -> None:
        self.centering = centering

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return ()

    def initial_parameters(self) -> Tensor:
        """(P,) float32."""
        return torch.zeros(len(self.parameter_names))

    def describe(self, parameters: Tensor) -> dict[str, float]:
        """Each learned parameter in the terms of the formula, for `reward_model.json`."""
        return {}

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Tensor]:
        sizes = torch.tensor([len(group.responses) for group in groups])
        return {"sizes": sizes, "member_of": torch.repeat_interleave(sizes)}

    def __call__(self, rewards: Tensor, targets: dict[str, Tensor], parameters: Tensor) -> Tensor:
        losses = self.of_comparisons(rewards, targets, parameters)
        if self.centering:
            # Eisenstein et al. 2023: nothing else fixes where zero is. The mean square of each group's scores.
            squares = losses.new_zeros(losses.shape).index_add(0, targets["member_of"], rewards**2)
            losses = losses + self.centering * squares / targets["sizes"]
        return losses

    @abstractmethod
    def of_comparisons(self, rewards: Tensor, targets: dict[str, Tensor], parameters: Tensor) -> Tensor:
        """(G,) without centering."""
