"""Supervising one training: claim the run, start the child, relay its progress, end the row truthfully."""

import json
import logging
import os
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from rewardmodel.launchers import Launcher
from rewardmodel.launchers.accelerate_launch import AccelerateLaunch
from rewardmodel.launchers.child_process import ChildProcess
from rewardmodel.launchers.sagemaker import SageMakerJob, SageMakerOptions
from rewardmodel.ml.arguments import preset_for
from rewardmodel.ml.config import TrainConfig
from rewardmodel.models import TrainingRun
from rewardmodel.progress import Progress, ProgressReader
from rewardmodel.selectors.runs import log_tail
from rewardmodel.services.notifications import tell_ended
from rewardmodel.services.registry import register_reward_model
from rewardmodel.services.runs import end_cancelled, fail_run, give_back

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 2.0
# How long a cancelled child may take to write its checkpoint.
GRACE_SECONDS = 60.0
LOG_TAIL = 2000


class Interrupted(Exception):
    """The run is no longer this process's to carry on: cancelled, given to another attempt, or the worker is dying."""


def carry_out_run(*, run_id: int) -> None:
    """Train the reward model that the oldest queued run describes, and record how it ended.

    A message for a run that is not queued does nothing: with late acknowledgement it may come twice. A child that dies
    without a word gives the run back to the queue; one that says why ends it with that reason.
    """
    run = _claim(run_id)
    if run is None:
        return
    try:
        _train(run)
    except (Interrupted, KeyboardInterrupt, SystemExit) as interruption:
        # Without a refresh: should the run be another attempt's by now, this one's write is refused.
        give_back(run=run, reason="its worker was stopped")
        if not isinstance(interruption, Interrupted):
            raise
    except Exception as error:
        # Ours, not the child's: a full disk, a file that cannot be written. Trying again without a change won't help.
        fail_run(run, f"the trainer could not carry out the run: {type(error).__name__}: {error}")
        raise


def _claim(run_id: int) -> TrainingRun | None:
    """The oldest queued run, whose turn it is whatever the message said; None for a message that came twice."""
    asked = TrainingRun.objects.get(pk=run_id)
    if asked.status != TrainingRun.Status.QUEUED:
        logger.warning("run %s is %s, not queued; leaving it alone", asked.pk, asked.status)
        return None
    # Another trainer may be quicker with any of them.
    queued = TrainingRun.objects.queued().select_related("project", "snapshot")
    return next((run for run in queued if run.claim()), None)


def _train(run: TrainingRun) -> None:
    directory = run.directory
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    output = directory / f"attempt-{run.attempt}"
    reader = ProgressReader(directory / f"progress-{run.attempt}.jsonl")
    child = _launcher()(
        module="rewardmodel.ml.train",
        arguments=_arguments(run, output=output, progress=directory / f"progress-{run.attempt}.jsonl"),
        log=run.log,
    )
    exit_code = _watch(run, child, reader)
    progress = reader.read()
    if run.cancel_requested:
        end_cancelled(run)
    elif progress.error:
        fail_run(run, progress.error)
    elif exit_code != 0 or not progress.finished:
        logger.warning("run %s: the training ended with code %s; %s", run.pk, exit_code, _tail(run))
        give_back(run=run, reason=f"the training process was ended by {_cause(exit_code)}")
    else:
        _accept(run, output, reader)


def _launcher() -> Callable[..., Launcher]:
    """What starts a training: one process, as many as `accelerate launch` is told to, or SageMaker."""
    if settings.SAGEMAKER["role"]:
        return partial(SageMakerJob, options=SageMakerOptions(**settings.SAGEMAKER))
    if options := settings.ACCELERATE_OPTIONS:
        return partial(AccelerateLaunch, options=options)
    return ChildProcess


def _accept(run: TrainingRun, output: Path, reader: ProgressReader) -> None:
    # In a fresh process, as it will be served: weights, tokenizer and template give the scores that training saw.
    check = ChildProcess(
        module="rewardmodel.ml.score",
        arguments=["--model", str(output), "--verify-golden"],
        log=run.log,
    )
    exit_code = _watch(run, check, reader)
    if run.cancel_requested:
        end_cancelled(run)
        shutil.rmtree(output, ignore_errors=True)
        return
    if exit_code != 0:
        fail_run(run, f"the saved model does not score as it did in training; {_tail(run)}")
        return
    metrics: dict[str, Any] = json.loads((output / "metrics.json").read_text())
    with transaction.atomic():
        if run.succeed(metrics):
            model = register_reward_model(run=run, output=output, metrics=metrics)
            tell_ended(run, version=model.version)
    shutil.rmtree(output, ignore_errors=True)


def _watch(run: TrainingRun, child: Launcher, reader: ProgressReader) -> int:
    """Run `child` to its end, relaying its progress; its exit code. Raises `Interrupted` with no child left."""
    worker = os.getppid()
    child.start()
    try:
        last_beat = 0.0
        while (exit_code := child.poll()) is None:
            if time.monotonic() - last_beat >= HEARTBEAT_SECONDS:
                last_beat = time.monotonic()
                if not _relay(run, reader.read()):
                    return _stop(run, child)
            # A pool process outlives a killed worker; the run must not go on unseen.
            if os.getppid() != worker:
                raise Interrupted
            time.sleep(POLL_SECONDS)
        _relay(run, reader.read())
        return exit_code
    finally:
        child.kill()


def _relay(run: TrainingRun, progress: Progress) -> bool:
    return run.beat(step=progress.step, total_steps=progress.total_steps, curve=progress.curve, device=progress.device)


def _stop(run: TrainingRun, child: Launcher) -> int:
    if not run.cancel_requested:
        raise Interrupted
    child.cancel()
    deadline = time.monotonic() + GRACE_SECONDS
    while (exit_code := child.poll()) is None and time.monotonic() < deadline:
        run.beat(step=run.step, total_steps=run.total_steps, curve=run.curve, device=run.device)
        time.sleep(POLL_SECONDS)
    return exit_code if exit_code is not None else -9


def _arguments(run: TrainingRun, *, output: Path, progress: Path) -> list[str]:
    options = {
        **run.config,
        "data": str(run.snapshot.path),
        "output": str(output),
        "progress": str(progress),
        "checkpoint_dir": str(run.directory / "checkpoints"),
        "code_version": settings.PODIUM_VERSION,
        "resume": True,
        "exit_with_parent": True,
    }
    if run.continues:
        # Whatever suits the model that all began with suits what it has become.
        began_with = run.config.get("base_model", TrainConfig.base_model)
        own = {"base_model": str(run.continues.path), "known_data": str(run.continues.snapshot.path)}
        options = {**preset_for(began_with), **options, **own}
    arguments = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            arguments.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            # One word: a value that begins with a dash is not taken for a flag.
            arguments.append(f"--{flag}={value}")
    return arguments


def _cause(exit_code: int) -> str:
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"


def _tail(run: TrainingRun) -> str:
    text = log_tail(run, LOG_TAIL).strip()
    return f"the log ends: {text}" if text else "the log is empty"
