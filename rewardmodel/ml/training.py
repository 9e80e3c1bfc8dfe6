"""A training run from beginning to end: base model and data in, a finished model's folder out."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import torch

from rewardmodel.ml.acceptability import acceptability, labels_of
from rewardmodel.ml.artifact import Finished, save_model
from rewardmodel.ml.assembly import build_trainer
from rewardmodel.ml.calibration import fit_temperature
from rewardmodel.ml.checkpoint import FORMAT, is_complete, refuse_taken, versions
from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.dataset import Dataset, load_dataset
from rewardmodel.ml.errors import InputError, Stopped
from rewardmodel.ml.figures import figures_of
from rewardmodel.ml.golden import golden_groups
from rewardmodel.ml.head_figures import heads_figures
from rewardmodel.ml.lifecycle import StopSignal
from rewardmodel.ml.modeling import freeze_lowest_layers, load_base_model, quiet_transformers, usable_positions
from rewardmodel.ml.progress import Progress
from rewardmodel.ml.quantization import FourBits
from rewardmodel.ml.reading import data_sha256
from rewardmodel.ml.resuming import prepare_checkpoints
from rewardmodel.ml.rewards import outcomes
from rewardmodel.ml.template import Template
from rewardmodel.ml.trainer import RewardTrainer


def train_reward_model(config: TrainConfig, progress: Progress, stop: StopSignal) -> None:
    """Train, measure and save. Raises `InputError` for what cannot be used, `Stopped` after a SIGTERM."""
    output = Path(config.output)
    if config.resume and is_complete(output):
        progress.write("end")
        return
    refuse_taken(output)
    quiet_transformers()

    data_hash = data_sha256(config.data)
    four_bits = FourBits(torch.bfloat16 if config.bf16 else torch.float32) if config.quantization == "nf4" else None
    loaded = load_base_model(
        config.base_model,
        seed=config.seed,
        dropout=config.dropout,
        device_map=config.device_map,
        four_bits=four_bits,
    )
    if loaded.new_head and not config.do_train:
        raise InputError(
            f"do_train: got no, but {config.base_model} has no reward head of its own, so that its scores would mean "
            "nothing. Give a reward model, a sequence classifier with one label, or train this one."
        )
    freeze_lowest_layers(loaded.model, config.freeze_layers)
    template = Template(loaded.tokenizer)
    max_length = min(config.max_length, usable_positions(loaded.model, loaded.tokenizer))
    dataset = load_dataset(config, template, max_length=max_length)
    if not config.do_predict:
        dataset.splits["test"].clear()

    checkpoints, resume_from = prepare_checkpoints(config, data_hash)
    trainer, reporter = build_trainer(config, loaded, dataset, checkpoints, progress, stop)
    seconds = 0.0
    if config.do_train:
        stop.wait_for_step = True
        seconds = trainer.train(resume_from_checkpoint=resume_from).metrics["train_runtime"]
        stop.wait_for_step = False
    if reporter.stopped or trainer.any_process(stop.requested):
        leave_processes(trainer)
        raise Stopped(step=trainer.state.global_step)

    metrics = {"train_runtime": seconds, **measure(trainer, dataset, progress)}
    # In every process: sharded weights come together in each call of the model, which nobody can make alone.
    golden = golden_groups(template, max_length)
    golden_scores = trainer.score(golden)
    weights = trainer.accelerator.get_state_dict(trainer.model_wrapped)
    if trainer.is_world_process_zero():
        description = {
            **describe(config, data_hash, template, max_length),
            "strategy": trainer.strategy.name,
            "calibration": metrics.pop("calibration"),
            "acceptability": metrics["acceptability"]["platt"],
            "heads": trainer.objective.heads.describe(),
            "loss_parameters": trainer.objective.loss.describe(weights.pop("loss_parameters", torch.empty(0))),
        }
        # Without the mixed-precision wrapper.
        module = trainer.accelerator.unwrap_model(trainer.model_wrapped, keep_fp32_wrapper=False)
        own = {name.removeprefix("model."): weight for name, weight in weights.items()}
        finished = Finished(module.model, own, loaded.tokenizer, trainer.objective.heads, golden, golden_scores)
        save_model(output, finished, description, metrics)
        if not config.keep_checkpoints:
            shutil.rmtree(checkpoints, ignore_errors=True)
    leave_processes(trainer)
    progress.write("saved", what="model", step=trainer.state.global_step, path=str(output))
    progress.write("end")


def leave_processes(trainer: RewardTrainer) -> None:
    """Wait for all processes, then end what connects them.

    One that ends by itself while its threads still listen may abort, and its launcher would then kill the one that
    saves the model.
    """
    trainer.accelerator.wait_for_everyone()
    trainer.accelerator.state.destroy_process_group()


def measure(trainer: RewardTrainer, dataset: Dataset, progress: Progress) -> dict[str, Any]:
    """metrics.json but for what the run cost, and `calibration`. The figures are those of float32 weights."""
    state = trainer.state
    metrics: dict[str, Any] = {
        "train_loss": mean_loss(state.log_history),
        "train_steps": state.global_step,
        "best_step": state.best_global_step if state.best_model_checkpoint else None,
        "num_train_epochs": trainer.args.num_train_epochs,
        "tokens_forwarded": state.num_input_tokens_seen,
        "prompts": dataset.train_prompts,
        "pairs": dataset.train_pairs,
        "dropped": dataset.dropped,
        "dropped_by_reason": dataset.without_comparison,
        "unseen_rankings": dataset.unseen_rankings,
        "renewal": dataset.renewal,
        "truncated": dataset.truncated,
        "leakage": dataset.leakage,
        "strategy": trainer.strategy.name,
        "strategy_reason": trainer.strategy_reason,
    }
    heads = trainer.objective.heads
    outputs = {split: trainer.run(dataset.splits[split]) for split in ("validation", "test")}
    scores = {split: [heads.rewards(own) for own in found] for split, found in outputs.items()}
    # On validation only: a temperature that was fitted on the test split would flatter it.
    held_out = outcomes(dataset.splits["validation"], scores["validation"])
    temperature = fit_temperature(held_out.margin)
    pairs = len(held_out.margin)
    metrics["calibration"] = {"temperature": temperature, "pairs": pairs} if pairs else None
    labels = {split: labels_of(dataset.splits[split], found) for split, found in scores.items()}
    metrics["acceptability"] = acceptability(labels["validation"], labels["test"])
    for split, found in scores.items():
        groups = dataset.splits[split]
        figures = figures_of(groups, found, temperature=temperature, unseen=dataset.unseen, leaked=dataset.leaked)
        metrics[split] = figures
        if figures is None:
            continue
        figures["heads"] = heads_figures(groups, outputs[split], heads)
        told = {name: figures[name] for name in ("accuracy", "log_loss", "pairs")}
        progress.write("eval", step=state.global_step, split=split, **told)
    return metrics


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
