"""A subclass of `transformers.Trainer` that trains on groups: accelerate, resume and bf16 are the library's.

Ours are the order of the groups, the batch, the loss, its normalisation, the evaluation and what is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import Sampler, SequentialSampler
from transformers import Trainer, TrainerCallback, TrainingArguments

from rewardmodel.ml.batching import Batches, Collator
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.evaluation import Metrics, summarise
from rewardmodel.ml.groups import Floats
from rewardmodel.ml.objective import Objective
from rewardmodel.ml.rewards import outcomes, run_groups
from rewardmodel.ml.storage import written_whole
from rewardmodel.ml.strategies import Strategy
from rewardmodel.ml.wrapper import RewardModule

# The loss has a handful of parameters; steps of the size that a pretrained model bears would never get them anywhere.
LOSS_LEARNING_RATE = 1e-2


class RewardTrainer(Trainer):
    """Trains on groups that each hold a comparison. `state.num_input_tokens_seen` counts tokens forwarded, of all
    processes and over all resumes, without padding.
    """

    # `compute_loss` divides by the groups of the whole optimizer step; the library must not divide again.
    loss_is_scaled_for_ga = True

    def __init__(
        self,
        model: RewardModule,
        args: TrainingArguments,
        *,
        strategy_reason: str,
        objective: Objective,
        train_groups: Sequence[EncodedGroup],
        validation_groups: Sequence[EncodedGroup] = (),
        groups_per_batch: int = 8,
        tokens_per_batch: int = 0,
        callbacks: list[TrainerCallback] | None = None,
    ) -> None:
        self.batches = Batches(
            train_groups,
            size=groups_per_batch,
            tokens=tokens_per_batch,
            processes=args.world_size,
            seed=args.seed,
        )
        super().__init__(
            model=model,
            args=args,
            data_collator=Collator(model.strategy, objective),
            train_dataset=self.batches,
            eval_dataset=self.batches,
            callbacks=callbacks,
        )
        self.strategy: Strategy = model.strategy
        self.strategy_reason = strategy_reason
        self.objective: Objective = objective
        self.train_groups = train_groups
        self.validation_groups = validation_groups

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        # `Batches` are in the order of their epoch.
        return SequentialSampler(self.batches)

    def get_batch_samples(
        self, epoch_iterator: Iterator[Any], num_batches: int, device: torch.device
    ) -> tuple[list[Any], Any]:
        """The batches of one optimizer step, and how many groups all processes have in it."""
        batches, _ = super().get_batch_samples(epoch_iterator, num_batches, device)
        counts = [sum(b["groups"] for b in batches), sum(b["rows"]["tokens"] for b in batches)]
        total = self.accelerator.reduce(torch.tensor(counts, device=device), "sum")
        self.state.num_input_tokens_seen += int(total[1])
        return batches, total[0]

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> Any:
        """This batch's share of the mean loss over all groups of the optimizer step.

        Dividing each batch by its own size instead would let the batch size, accumulation and number of processes
        change the loss. Processes average their gradients, so their number is multiplied back in.
        """
        outputs, parameters = model(inputs["rows"])
        losses = self.objective(outputs, inputs["targets"], parameters)
        groups = len(losses) if num_items_in_batch is None else num_items_in_batch
        loss: Tensor = losses.sum() * inputs["share"] * self.accelerator.num_processes / groups
        return (loss, outputs) if return_outputs else loss

    def create_optimizer(self, *args: Any, **kwargs: Any) -> torch.optim.Optimizer:
        """The library's, with steps of their own for the loss's parameters: they begin at a guess, not at what a
        pretrained model knows, and weight decay would pull them to another one.
        """
        optimizer: torch.optim.Optimizer = super().create_optimizer(*args, **kwargs)
        own = getattr(self.accelerator.unwrap_model(self.model), "loss_parameters", None)
        for group in optimizer.param_groups if own is not None else []:
            rest = [parameter for parameter in group["params"] if parameter is not own]
            if not rest:
                return optimizer  # made before, with a group of its own
            group["params"] = rest
        if own is not None:
            rate = max(LOSS_LEARNING_RATE, self.args.learning_rate)
            optimizer.add_param_group({"params": [own], "lr": rate, "weight_decay": 0.0})
        return optimizer

    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, float]:
        """Measure the model on `validation`, between steps; `Reporter` hears of the figures."""
        metrics = self.measure(self.validation_groups)
        if metrics is None:
            return {}
        logs = {"eval_accuracy": metrics["accuracy"], "eval_log_loss": metrics["log_loss"]}
        self.log({**logs, "eval_pairs": float(metrics["pairs"])})
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, logs)
        return logs

    def measure(self, groups: Sequence[EncodedGroup]) -> Metrics | None:
        """Figures of the current model, the same in every process."""
        return summarise(outcomes(groups, self.score(groups)))

    def score(self, groups: Sequence[EncodedGroup]) -> list[Floats]:
        """(K,) of each group by the current model, as `run` runs it."""
        return [self.objective.heads.rewards(outputs) for outputs in self.run(groups)]

    def run(self, groups: Sequence[EncodedGroup]) -> list[Floats]:
        """(K, H) of each group by the current model, in every process; each runs its share."""
        model = self.accelerator.unwrap_model(self.model)
        was_training = model.training
        rank, processes = self.accelerator.process_index, self.accelerator.num_processes
        if self.is_sharded:
            # The weights come together in every call, which all processes have to make equally often.
            rank, processes = 0, 1
        # No sampler pads a share here: a group that is counted twice would be in the figures twice.
        own = run_groups(model, self.strategy, groups[rank::processes])
        model.train(was_training)
        shares: list[list[Floats]] = [own] * processes
        if processes > 1:
            torch.distributed.all_gather_object(shares, own)
        found = {
            place: outputs
            for start, share in enumerate(shares)
            for place, outputs in zip(range(start, len(groups), processes), share, strict=True)
        }
        return [found[place] for place in range(len(groups))]

    def _save_checkpoint(self, model: nn.Module, trial: Any) -> None:
        folder = Path(str(self.args.output_dir))
        with written_whole(folder / f"checkpoint-{self.state.global_step}"):
            super()._save_checkpoint(model, trial)

    @property
    def is_sharded(self) -> bool:
        """Whether each process holds a part of the weights alone: FSDP, or DeepSpeed's ZeRO-3."""
        plugin = self.accelerator.state.deepspeed_plugin
        return bool(self.is_fsdp_enabled or (plugin is not None and plugin.zero_stage == 3))

    def any_process(self, flag: bool) -> bool:
        """Whether the flag is set in one process at least. All must ask at the same time."""
        if self.accelerator.num_processes == 1:
            return flag
        return bool(self.accelerator.reduce(torch.tensor(int(flag), device=self.args.device), "sum"))
