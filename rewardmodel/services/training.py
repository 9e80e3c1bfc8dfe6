"""Supervising one training: claim the run, start the child, relay its progress, end the row truthfully."""

import json
import logging
import os
import shutil
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from rewardmodel.launchers.child_process import ChildProcess
from rewardmodel.models import TrainingRun
from rewardmodel.progress import Progress, ProgressReader
from rewardmodel.services.registry import register_reward_model
from rewardmodel.services.runs import give_back

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 2.0
# How long a cancelled child may take to write its checkpoint.
GRACE_SECONDS = 60.0
LOG_TAIL = 2000


class Interrupted(Exception):
    """The run is no longer this process's to carry on: cancelled, given to another attempt, or the worker is dying."""


def carry_out_run(*, run_id: int) -> None:
    """Train the reward model that a queued run describes, and record how it ended.

    A run that is not queued is left alone: with late acknowledgement a message may come twice. A child that dies
    without a word gives the run back to the queue; one that says why ends it with that reason.
    """
    run = TrainingRun.objects.select_related("project", "snapshot").get(pk=run_id)
    if not run.claim():
        logger.warning("run %s is %s, not queued; leaving it alone", run.pk, run.status)
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
        run.fail(f"the trainer could not carry out the run: {type(error).__name__}: {error}")
        raise


def _train(run: TrainingRun) -> None:
    directory = run.directory
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    output = directory / f"attempt-{run.attempt}"
    reader = ProgressReader(directory / f"progress-{run.attempt}.jsonl")
    child = ChildProcess(
        module="rewardmodel.ml.train",
        arguments=_arguments(run, output=output, progress=directory / f"progress-{run.attempt}.jsonl"),
        log=directory / "log.txt",
    )
    exit_code = _watch(run, child, reader)
    progress = reader.read()
    if run.cancel_requested:
        run.end_cancelled()
    elif progress.error:
        run.fail(progress.error)
    elif exit_code != 0 or not progress.finished:
        logger.warning("run %s: the training ended with code %s; %s", run.pk, exit_code, _tail(directory / "log.txt"))
        give_back(run=run, reason=f"the training process was ended by {_cause(exit_code)}")
    else:
        _accept(run, output, reader)


def _accept(run: TrainingRun, output: Path, reader: ProgressReader) -> None:
    # In a fresh process, as it will be served: weights, tokenizer and template give the scores that training saw.
    check = ChildProcess(
        module="rewardmodel.ml.score",
        arguments=["--model", str(output), "--verify-golden"],
        log=run.directory / "log.txt",
    )
    exit_code = _watch(run, check, reader)
    if run.cancel_requested:
        run.end_cancelled()
        shutil.rmtree(output, ignore_errors=True)
        return
    if exit_code != 0:
        run.fail(f"the saved model does not score as it did in training; {_tail(run.directory / 'log.txt')}")
        return
    metrics: dict[str, Any] = json.loads((output / "metrics.json").read_text())
    with transaction.atomic():
        if run.succeed(metrics):
            register_reward_model(run=run, output=output, metrics=metrics)
    shutil.rmtree(output, ignore_errors=True)


def _watch(run: TrainingRun, child: ChildProcess, reader: ProgressReader) -> int:
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
    return run.beat(step=progress.step, total_steps=progress.total_steps, curve=progress.curve)


def _stop(run: TrainingRun, child: ChildProcess) -> int:
    if not run.cancel_requested:
        raise Interrupted
    child.cancel()
    deadline = time.monotonic() + GRACE_SECONDS
    while (exit_code := child.poll()) is None and time.monotonic() < deadline:
        run.beat(step=run.step, total_steps=run.total_steps, curve=run.curve)
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


def _tail(log: Path) -> str:
    text = log.read_text(errors="replace")[-LOG_TAIL:].strip() if log.exists() else ""
    return f"the log ends: {text}" if text else "the log is empty"
