"""What is trained: a reward model, the strategy that runs it, and the loss's own parameters, as one module."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from rewardmodel.ml.strategies import Strategy


class RewardModule(nn.Module):
    """A batch of groups in, their rewards out.

    Its forward pass is all that a process of several calls of the model, so that DDP and FSDP see it as one; the
    model's own weights keep their names under `model.`. What it does not know it asks the model for.
    """

    def __init__(self, model: nn.Module, strategy: Strategy, loss_parameters: Tensor) -> None:
        """loss_parameters: (P,) where the loss's own parameters begin."""
        super().__init__()
        self.model = model
        self.strategy = strategy
        if len(loss_parameters):
            self.loss_parameters: nn.Parameter | None = nn.Parameter(loss_parameters)
        else:
            self.register_parameter("loss_parameters", None)

    def forward(self, batch: dict[str, Any]) -> tuple[Tensor, Tensor]:
        """batch: from the strategy's `collate`, on the model's device. Returns (R,) float32 rewards, group after
        group, and the loss's parameters (P,).
        """
        rewards = self.strategy.rewards(self.model, batch)
        if self.loss_parameters is None:
            return rewards, rewards.new_zeros(0)
        # Computed from, not handed out: DDP looks for what a backward pass will reach behind the outputs.
        return rewards, self.loss_parameters.clone()

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("model"), name)
