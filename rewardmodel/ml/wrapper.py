"""What is trained: a reward model, the strategy that runs it, and the loss's own parameters, as one module."""

from __future__ import annotations

from typing import Any

from peft import PeftModel
from torch import Tensor, nn

from rewardmodel.ml.strategies import Strategy


class RewardModule(nn.Module):
    """A batch of groups in, what the heads say of them out.

    Its forward pass is all that a process of several calls of the model, so that DDP and FSDP see it as one; the
    model's own weights keep their names under `model.`; of one under adapters the frozen ones are not saved, since they
    are the base model's. What it does not know it asks the model for.
    """

    # The library trains no quantized model but one that it knows for a PEFT model itself.
    is_quantized = False

    def __init__(self, model: nn.Module, strategy: Strategy, loss_parameters: Tensor) -> None:
        """loss_parameters: (P,) where the loss's own parameters begin."""
        super().__init__()
        self.model = model
        self.strategy = strategy
        if isinstance(model, PeftModel):
            self.register_state_dict_post_hook(_drop_frozen)  # type: ignore[no-untyped-call]
        if len(loss_parameters):
            self.loss_parameters: nn.Parameter | None = nn.Parameter(loss_parameters)
        else:
            self.register_parameter("loss_parameters", None)

    def forward(self, batch: dict[str, Any]) -> tuple[Tensor, Tensor]:
        """batch: from the strategy's `collate`, on the model's device. Returns (R, H) float32 outputs, group
        after group, and the loss's parameters (P,).
        """
        outputs = self.strategy.outputs(self.model, batch)
        if self.loss_parameters is None:
            return outputs, outputs.new_zeros(0)
        # Computed from, not handed out: DDP looks for what a backward pass will reach behind the outputs.
        return outputs, self.loss_parameters.clone()

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("model"), name)


def _drop_frozen(module: nn.Module, weights: dict[str, Any], prefix: str, metadata: Any) -> None:
    trained = {name for name, parameter in module.named_parameters() if parameter.requires_grad}
    for name in [name for name in weights if name.removeprefix(prefix) not in trained]:
        del weights[name]
