"""A trainer put together from its options: adapters, strategy, heads, loss, and what the library is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from transformers import EarlyStoppingCallback, PrinterCallback, TrainingArguments

from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.dataset import Dataset
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.heads import Heads, known_heads, rated_dimensions, widen
from rewardmodel.ml.lifecycle import StopSignal
from rewardmodel.ml.losses import build_loss
from rewardmodel.ml.modeling import Loaded, add_adapters, takes_token_types
from rewardmodel.ml.objective import Objective
from rewardmodel.ml.progress import Progress
from rewardmodel.ml.reporter import Reporter
from rewardmodel.ml.rewards import row_tokens
from rewardmodel.ml.strategies import choose_strategy
from rewardmodel.ml.strategies.two_pass import TwoPass
from rewardmodel.ml.trainer import RewardTrainer
from rewardmodel.ml.wrapper import RewardModule

NEVER = 1 << 30
# Three on the way and one at the end make a curve; each costs one forward pass over the validation groups.
SHARE_BETWEEN_EVALUATIONS = 0.3


def build_trainer(
    config: TrainConfig,
    loaded: Loaded,
    dataset: Dataset,
    checkpoints: Path,
    progress: Progress,
    stop: StopSignal,
) -> tuple[RewardTrainer, Reporter]:
    """The trainer with its reporter attached. Raises `InputError` for options that data or device cannot serve."""
    validation = dataset.splits["validation"]
    patience = config.early_stopping_patience
    if patience and not validation:
        raise InputError(
            f"early_stopping_patience: got {patience}, but no group of the data is in `validation`, by which to tell "
            "when to stop. Add some, or leave it out."
        )
    arguments = TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=config.num_train_epochs or epochs_for(len(dataset.train)),
        max_steps=config.max_steps,
        learning_rate=config.learning_rate,
        per_device_train_batch_size=1,  # of `Batches`, which are whole
        gradient_accumulation_steps=config.gradient_accumulation_steps,
        warmup_steps=config.warmup_steps,
        lr_scheduler_type=config.lr_scheduler_type,
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        ddp_find_unused_parameters=False,
        seed=config.seed,
        bf16=config.bf16,
        activation_checkpointing=config.gradient_checkpointing,
        logging_first_step=True,
        # The filter would show an average in the place of the nan that has ruined the weights.
        logging_nan_inf_filter=False,
        eval_strategy=config.eval_strategy if validation else "no",
        eval_steps=config.eval_steps or SHARE_BETWEEN_EVALUATIONS,
        save_strategy="best" if patience else "steps",
        save_steps=config.save_steps or NEVER,
        load_best_model_at_end=bool(patience),
        metric_for_best_model="log_loss" if patience else None,
        greater_is_better=False if patience else None,
        restore_callback_states_from_checkpoint=bool(patience),
        save_total_limit=config.save_total_limit,
        remove_unused_columns=False,
        use_cpu=not torch.accelerator.is_available(),  # without it, bf16 on a CPU is refused
        dataloader_pin_memory=torch.accelerator.is_available(),
        disable_tqdm=True,
        report_to="none",
        log_level="error",
    )
    device = next(loaded.model.parameters()).device if config.device_map != "none" else arguments.device
    model: Any = loaded.model
    heads = choose_heads(config, loaded, dataset)
    if config.lora_r:
        rank, alpha, dropout = config.lora_r, config.lora_alpha, config.lora_dropout
        model = add_adapters(model, rank=rank, alpha=alpha, dropout=dropout, seed=config.seed)
    if config.device_map == "none":
        model.to(device)
    choice = choose_strategy(
        config.strategy,
        model,
        dataset.train,
        token_types=takes_token_types(loaded.model),
        # With several processes each calls the model once a batch: sharded ones (FSDP) wait for each other in it.
        row_tokens=row_tokens(device) if arguments.world_size == 1 else None,
    )
    loss = build_loss(config, dataset.train)
    trainer = RewardTrainer(
        RewardModule(model, choice.strategy, loss.initial_parameters()),
        arguments,
        strategy_reason=choice.reason,
        objective=Objective(loss, heads, rating_coefficient=config.rating_coefficient),
        train_groups=dataset.train,
        validation_groups=validation,
        groups_per_batch=config.per_device_train_batch_size,
        tokens_per_batch=config.max_tokens_per_batch,
    )
    if trainer.is_sharded and (config.lora_r or choice.strategy.name == TwoPass.name):
        raise InputError(
            f"FSDP or ZeRO-3: got {'lora_r' if config.lora_r else 'the strategy two_pass'}, which shards cannot do "
            "here: all processes have to call the model equally often, and adapters are saved whole. Use DDP or "
            "ZeRO-2, or leave it out."
        )
    trainer.remove_callback(PrinterCallback)
    if patience:
        trainer.add_callback(EarlyStoppingCallback(patience))
    reporter = Reporter(
        progress,
        stop,
        keeps_best=bool(patience),
        groups=len(dataset.train),
        pairs=dataset.train_pairs,
        logging_steps=config.logging_steps,
        save_steps=config.save_steps,
        agree=trainer.any_process,
    )
    trainer.add_callback(reporter)
    return trainer, reporter


def choose_heads(config: TrainConfig, loaded: Loaded, dataset: Dataset) -> Heads:
    """The heads of a run, which the model has from now on. Raises `InputError` where there are no ratings to learn."""
    dimensions = rated_dimensions(dataset.train) if config.rating_coefficient else ()
    if config.rating_coefficient and not dimensions:
        raise InputError(
            f"rating_coefficient: got {config.rating_coefficient:g}, but no ranking of the train groups has ratings "
            "that differ. Leave it out, or give data with `ratings`."
        )
    heads = Heads(config.ensemble_heads, dimensions)
    learned = known_heads(config.base_model, heads)
    return widen(loaded.model, heads, learned, new=loaded.new_head, seed=config.seed)


def epochs_for(groups: int) -> float:
    """Three passes below 180 groups, two up to 300, one beyond.

    A few dozen prompts are too few steps to learn anything in one pass (measured on 38: accuracy 0.92, 0.96 and 1.0
    after one, two and three). Of 311 prompts with four responses each, a third pass was learnt by heart (log loss
    0.50 on validation near the first one's end, 0.71 on test after the third); Ouyang et al. 2022 saw the same beyond
    one pass over 33,000.
    """
    return float(min(3, max(1, round(450 / groups))))
