"""What happens between the steps of a run: progress events, checkpoints, the end on SIGTERM."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState

from rewardmodel.ml.lifecycle import StopSignal
from rewardmodel.ml.progress import Progress

MOST_STEPS_BETWEEN_EVENTS = 10
FEWEST_EVENTS = 20
SECONDS_BETWEEN_CHECKPOINTS = 300


def device_name(device: torch.device, processes: int) -> str:
    """What a run computes on, as its owner knows it: "NVIDIA H100 80GB HBM3 x 4", "CPU, 2 threads"."""
    if device.type == "cpu":
        name = f"CPU, {torch.get_num_threads()} threads"
    else:
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type.upper()
    return f"{name} x {processes}" if processes > 1 else name


class Reporter(TrainerCallback):
    """Writes progress events, says when to log and to save, and ends a run that is told to stop.

    agree: whether a flag is set in any process; all processes ask it at the same step. keeps_best: of all evaluated
    weights the best are kept, so the last must be evaluated too.
    """

    def __init__(
        self,
        progress: Progress,
        stop: StopSignal,
        *,
        pairs: int,
        groups: int,
        logging_steps: int,
        save_steps: int,
        agree: Callable[[bool], bool],
        keeps_best: bool = False,
    ) -> None:
        self.progress, self.stop, self.agree = progress, stop, agree
        self.pairs, self.groups = pairs, groups
        self.logging_steps, self.save_steps = logging_steps, save_steps
        self.keeps_best = keeps_best
        self.stopped = False

    def on_train_begin(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        often_enough = max(1, min(MOST_STEPS_BETWEEN_EVENTS, state.max_steps // FEWEST_EVENTS))
        state.logging_steps = self.logging_steps or often_enough
        self.saved_at = self.logged_at = self.began_at = time.monotonic()
        self.began_step = state.global_step
        self.logged_tokens = state.num_input_tokens_seen
        self.progress.write(
            "start",
            total_steps=state.max_steps,
            groups=self.groups,
            pairs=self.pairs,
            step=state.global_step,
            device=device_name(args.device, args.world_size),
        )

    def on_step_end(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        # Every process must save and stop at the same step, or they would wait for each other.
        if self.agree(self.stop.requested):
            self.stopped = control.should_training_stop = control.should_save = True
            control.should_evaluate = False  # there is no time left, and it would decide anew what is saved
        if not self.save_steps and self.agree(time.monotonic() - self.saved_at > SECONDS_BETWEEN_CHECKPOINTS):
            control.should_save = True
        if state.global_step >= state.max_steps:
            control.should_log = True
            # The finished model is measured anyway, on every split.
            control.should_evaluate = self.keeps_best and not self.stopped

    def on_log(
        self,
        args: Any,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **kw: Any,
    ) -> None:
        logs = logs or {}
        if "eval_accuracy" in logs:
            self.progress.write(
                "eval",
                step=state.global_step,
                split="validation",
                accuracy=logs["eval_accuracy"],
                log_loss=logs["eval_log_loss"],
                pairs=int(logs["eval_pairs"]),
            )
        if "loss" not in logs:
            return
        now = time.monotonic()
        pace = (now - self.began_at) / max(state.global_step - self.began_step, 1)
        self.progress.write(
            "step",
            step=state.global_step,
            total_steps=state.max_steps,
            loss=logs["loss"],
            learning_rate=logs["learning_rate"],
            tokens_per_second=round(
                (state.num_input_tokens_seen - self.logged_tokens) / max(now - self.logged_at, 1e-9)
            ),
            seconds_left=round(pace * (state.max_steps - state.global_step), 1),
        )
        self.logged_at, self.logged_tokens = now, state.num_input_tokens_seen
        if math.isnan(logs["loss"]):
            raise FloatingPointError(f"the loss is not a number at step {state.global_step}: lower --learning-rate")

    def on_save(self, args: Any, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self.saved_at = time.monotonic()
        path = f"{args.output_dir}/checkpoint-{state.global_step}"
        self.progress.write("saved", what="checkpoint", step=state.global_step, path=path)
