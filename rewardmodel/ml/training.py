"""A training run from beginning to end: base model and data in, a finished model's folder out."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import PrinterCallback, TrainingArguments

from rewardmodel.ml.calibration import fit_temperature
from rewardmodel.ml.card import model_card
from rewardmodel.ml.checkpoint import (
    DESCRIPTION,
    FORMAT,
    is_complete,
    publish,
    refuse_taken,
    versions,
    write_json,
)
from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.dataset import Dataset, load_dataset
from rewardmodel.ml.errors import InputError, Stopped
from rewardmodel.ml.figures import figures_of
from rewardmodel.ml.golden import describe_golden, golden_groups
from rewardmodel.ml.lifecycle import StopSignal
from rewardmodel.ml.losses import build_loss
from rewardmodel.ml.modeling import (
    Loaded,
    add_adapters,
    freeze_lowest_layers,
    load_base_model,
    quiet_transformers,
    takes_token_types,
    usable_positions,
)
from rewardmodel.ml.progress import Progress
from rewardmodel.ml.reading import data_sha256
from rewardmodel.ml.reporter import Reporter
from rewardmodel.ml.resuming import prepare_checkpoints
from rewardmodel.ml.rewards import outcomes, row_tokens
from rewardmodel.ml.strategies import choose_strategy
from rewardmodel.ml.strategies.two_pass import TwoPass
from rewardmodel.ml.template import Template
from rewardmodel.ml.trainer import RewardTrainer
from rewardmodel.ml.wrapper import RewardModule

NEVER = 1 << 30
# Three on the way and one at the end make a curve; each costs one forward pass over the validation groups.
SHARE_BETWEEN_EVALUATIONS = 0.3


def train_reward_model(config: TrainConfig, progress: Progress, stop: StopSignal) -> None:
    """Train, measure and save. Raises `InputError` for what cannot be used, `Stopped` after a SIGTERM."""
    output = Path(config.output)
    if config.resume and is_complete(output):
        progress.write("end")
        return
    refuse_taken(output)
    quiet_transformers()

    data_hash = data_sha256(config.data)
    loaded = load_base_model(config.base_model, seed=config.seed, dropout=config.dropout, device_map=config.device_map)
    freeze_lowest_layers(loaded.model, config.freeze_layers)
    template = Template(loaded.tokenizer)
    max_length = min(config.max_length, usable_positions(loaded.model, loaded.tokenizer))
    dataset = load_dataset(config.data, template, max_length=max_length, salt=config.split_salt, loss=config.loss)

    checkpoints, resume_from = prepare_checkpoints(config, data_hash)
    trainer, reporter = build_trainer(config, loaded, dataset, checkpoints, progress, stop)
    stop.wait_for_step = True
    result = trainer.train(resume_from_checkpoint=resume_from)
    stop.wait_for_step = False
    if reporter.stopped or trainer.any_process(stop.requested):
        raise Stopped(step=trainer.state.global_step)

    # Without the mixed-precision wrapper: figures and golden scores are what the saved weights give in float32.
    module = trainer.accelerator.unwrap_model(trainer.model_wrapped, keep_fp32_wrapper=False)
    metrics: dict[str, Any] = {
        "train_runtime": result.metrics["train_runtime"],
        "train_loss": mean_loss(trainer.state.log_history),
        "train_steps": trainer.state.global_step,
        "num_train_epochs": trainer.args.num_train_epochs,
        "tokens_forwarded": trainer.state.num_input_tokens_seen,
        "prompts": dataset.train_prompts,
        "pairs": dataset.train_pairs,
        "dropped": dataset.dropped,
        "dropped_by_reason": dataset.without_comparison,
        "truncated": dataset.truncated,
        "leakage": dataset.leakage,
        "strategy": trainer.strategy.name,
        "strategy_reason": trainer.strategy_reason,
    }
    scores = {split: trainer.score(dataset.splits[split]) for split in ("validation", "test")}
    # On validation only: a temperature that was fitted on the test split would flatter it.
    held_out = outcomes(dataset.splits["validation"], scores["validation"])
    calibration = {"temperature": fit_temperature(held_out.margin), "pairs": len(held_out.margin)}
    for split, found in scores.items():
        figures = figures_of(dataset.splits[split], found, temperature=calibration["temperature"])
        metrics[split] = figures
        if figures is not None:
            progress.write(
                "eval",
                step=trainer.state.global_step,
                split=split,
                accuracy=figures["accuracy"],
                log_loss=figures["log_loss"],
                pairs=figures["pairs"],
            )

    # In every process: sharded weights come together in each call of the model, which nobody can make alone.
    golden = golden_groups(template, max_length)
    golden_scores = trainer.score(golden)
    weights = trainer.accelerator.get_state_dict(trainer.model_wrapped)
    if trainer.is_world_process_zero():
        description = {
            **describe(config, data_hash, template, max_length),
            "strategy": trainer.strategy.name,
            "calibration": calibration if calibration["pairs"] else None,
            "loss_parameters": trainer.loss.describe(weights.pop("loss_parameters", torch.empty(0))),
            "golden": describe_golden(golden, golden_scores),
        }
        own = {name.removeprefix("model."): weight for name, weight in weights.items()}
        save(output, module.model, own, loaded, description, metrics)
        if not config.keep_checkpoints:
            shutil.rmtree(checkpoints, ignore_errors=True)
    progress.write("saved", what="model", step=trainer.state.global_step, path=str(output))
    progress.write("end")


def build_trainer(
    config: TrainConfig,
    loaded: Loaded,
    dataset: Dataset,
    checkpoints: Path,
    progress: Progress,
    stop: StopSignal,
) -> tuple[RewardTrainer, Reporter]:
    """The trainer with its reporter attached."""
    validation = dataset.splits["validation"]
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
        eval_strategy="steps" if validation else "no",
        eval_steps=config.eval_steps or SHARE_BETWEEN_EVALUATIONS,
        save_strategy="steps",
        save_steps=config.save_steps or NEVER,
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
        loss=loss,
        train_groups=dataset.train,
        validation_groups=validation,
        groups_per_batch=config.per_device_train_batch_size,
        tokens_per_batch=config.max_tokens_per_batch,
    )
    if trainer.is_fsdp_enabled and (config.lora_r or choice.strategy.name == TwoPass.name):
        raise InputError(
            f"FSDP: got {'lora_r' if config.lora_r else 'the strategy two_pass'}, which shards cannot do here: all "
            "processes have to call the model equally often, and adapters are saved whole. Use DDP, or leave it out."
        )
    trainer.remove_callback(PrinterCallback)
    reporter = Reporter(
        progress,
        stop,
        groups=len(dataset.train),
        pairs=dataset.train_pairs,
        logging_steps=config.logging_steps,
        save_steps=config.save_steps,
        agree=trainer.any_process,
    )
    trainer.add_callback(reporter)
    return trainer, reporter


def epochs_for(groups: int) -> float:
    """Three passes below 180 groups, two up to 300, one beyond.

    A few dozen prompts are too few steps to learn anything in one pass (measured on 38: accuracy 0.92, 0.96 and 1.0
    after one, two and three). Of 311 prompts with four responses each, a third pass was learnt by heart (log loss
    0.50 on validation near the first one's end, 0.71 on test after the third); Ouyang et al. 2022 saw the same beyond
    one pass over 33,000.
    """
    return float(min(3, max(1, round(450 / groups))))


def mean_loss(history: list[dict[str, Any]]) -> float:
    """Mean over all optimizer steps, those before a resume included: each logged loss stands for the steps since the
    one before it.
    """
    total, last = 0.0, 0
    for entry in history:
        if "loss" in entry:
            total += entry["loss"] * (entry["step"] - last)
            last = entry["step"]
    return total / max(last, 1)


def describe(config: TrainConfig, data_hash: str, template: Template, max_length: int) -> dict[str, Any]:
    """What reward_model.json holds of the run itself: all that is needed to score alike and to train it again."""
    return {
        "format": FORMAT,
        "base_model": config.base_model,
        "template_hash": template.hash,
        "template": template.layout,
        "pooling": "cls" if template.layout == "segments" else "last_token",
        "max_length": max_length,
        "data_sha256": data_hash,
        "seed": config.seed,
        "loss": config.loss,
        "versions": versions(config.code_version),
        "config": dataclasses.asdict(config),
    }


def save(
    output: Path,
    model: Any,
    weights: dict[str, Any],
    loaded: Loaded,
    description: dict[str, Any],
    metrics: dict[str, Any],
) -> None:
    """Write everything aside, then give it its name. Adapters are merged into the model, and kept beside it too."""
    partial = output.with_name(output.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    if isinstance(model, PeftModel):
        model.save_pretrained(str(partial / "adapter"))
        model = model.merge_and_unload()
        weights = model.state_dict()
    model.save_pretrained(partial, state_dict=weights)
    loaded.tokenizer.save_pretrained(partial)
    write_json(partial / DESCRIPTION, description)
    write_json(partial / "metrics.json", metrics)
    (partial / "README.md").write_text(model_card(description, metrics), encoding="utf-8")
    publish(partial, output)
