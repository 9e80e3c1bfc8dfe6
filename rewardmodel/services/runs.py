"""Training runs, as people and the schedule ask for them: queue, cancel, take up again."""

import shutil
from datetime import timedelta
from typing import Any, get_type_hints

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labeling.exceptions import InvalidInput
from labeling.models import Project
from labeling.queue import enqueue
from labeling.sources.rows import InvalidRow, check_characters
from rewardmodel.exceptions import NothingToTrainOn, RunActive, RunEnded
from rewardmodel.ml.config import TrainConfig, present_names
from rewardmodel.ml.errors import InputError
from rewardmodel.models import DatasetSnapshot, RewardModel, TrainingRun
from rewardmodel.services.notifications import FAILED, notify, tell_ended
from rewardmodel.services.snapshots import freeze_snapshot

TRAIN = "rewardmodel.tasks.train_reward_model"
# Files and flow belong to the trainer; everything else about a training is the caller's to choose.
OURS = frozenset(
    {
        "data",
        "output",
        "progress",
        "checkpoint_dir",
        "keep_checkpoints",
        "resume",
        "exit_with_parent",
        "code_version",
        "known_data",
    }
)
# What every library below takes as a whole number; numpy's seeds end at twice that.
LARGEST_NUMBER = 2**31 - 1


def queue_training_run(
    *,
    project: Project,
    trigger: str,
    created_by: User | None,
    config: dict[str, Any] | None = None,
    snapshot: DatasetSnapshot | None = None,
    continues: RewardModel | None = None,
) -> TrainingRun:
    """Freeze what has been collected (or take `snapshot`) and queue a run on it.

    `config` holds options of `rewardmodel.ml.train` by name. continues: the version to go on from with what is new
    since; None: everything is learned from the base model on. Raises `RunActive` while the project has a run queued or
    running, `NothingToTrainOn` without a strict preference to learn, `InvalidInput` for a config that cannot be.
    """
    chosen = check_config(config or {})
    if active := TrainingRun.objects.active().filter(project=project).first():
        raise _active(active)
    snapshot = snapshot or freeze_snapshot(project=project, created_by=created_by)
    if not snapshot.pairs:
        raise NothingToTrainOn(
            _("the %(count)s rankings of %(project)s hold no strict preference: every one is a tie")
            % {"count": snapshot.rankings, "project": repr(project.slug)}
        )
    try:
        with transaction.atomic():
            run = TrainingRun.objects.create(
                project=project,
                snapshot=snapshot,
                trigger=trigger,
                created_by=created_by,
                config=chosen,
                continues=continues,
            )
            enqueue(TRAIN, run.pk)
    except IntegrityError:
        # Another caller was quicker; the database allows one active run a project.
        raise _active(TrainingRun.objects.active().filter(project=project).first()) from None
    return run


def request_cancel(*, run: TrainingRun) -> TrainingRun:
    """Cancel a run: at once while it is queued, else its trainer is told to stop. `RunEnded` when it has ended."""
    if run.status == TrainingRun.Status.QUEUED and end_cancelled(run):
        return run
    asked = TrainingRun.objects.active().filter(pk=run.pk).update(cancel_requested=True)
    run.refresh_from_db()
    if not asked:
        raise RunEnded(_ended(run))
    return run


@transaction.atomic
def reopen_run(*, run: TrainingRun) -> TrainingRun:
    """Queue a failed or cancelled run again; it goes on from its newest checkpoint. `RunEnded` when it succeeded."""
    try:
        with transaction.atomic():
            reopened = run.reopen()
    except IntegrityError:
        raise _active(TrainingRun.objects.active().filter(project=run.project).first()) from None
    if not reopened:
        run.refresh_from_db()
        if run.is_active:
            raise _active(run)
        raise RunEnded(
            _("run %(run)s has succeeded; only a failed or cancelled run can be taken up again") % {"run": run.pk}
        )
    enqueue(TRAIN, run.pk)
    return run


def reap_stalled_runs() -> int:
    """Queue runs again whose trainer is gone, and send those again whose message may be lost; how many."""
    reaped = 0
    for run in TrainingRun.objects.stalled():
        reaped += give_back(run=run, reason="its trainer stopped sending signs of life")
    for run in TrainingRun.objects.lost_in_queue():
        # The clock starts anew, so a queue that is merely long does not fill with copies.
        TrainingRun.objects.filter(pk=run.pk).update(queued_at=timezone.now())
        enqueue(TRAIN, run.pk)
        reaped += 1
    return reaped


def clear_checkpoints() -> int:
    """Delete what runs have left that ended long ago and can be resumed, if at all, from the start; how many."""
    limit = timezone.now() - timedelta(days=settings.CHECKPOINT_DAYS)
    cleared = 0
    for run in TrainingRun.objects.filter(ended_at__lt=limit):
        leftovers = [path for path in run.directory.glob("*") if path.is_dir()]
        for path in leftovers:
            shutil.rmtree(path, ignore_errors=True)
        cleared += bool(leftovers)
    return cleared


@transaction.atomic
def give_back(*, run: TrainingRun, reason: str) -> bool:
    """End an attempt that did not end itself: the next attempt is queued, or the run fails when no more are left."""
    if run.cancel_requested:
        return end_cancelled(run)
    if run.attempt >= TrainingRun.MAX_ATTEMPTS:
        return fail_run(run, f"given up after {run.attempt} attempts: {reason}")
    if not run.requeue():
        return False
    enqueue(TRAIN, run.pk)
    return True


@transaction.atomic
def fail_run(run: TrainingRun, error: str) -> bool:
    """End it with the reason, and tell the managers; false when it has been another attempt's meanwhile."""
    failed = run.fail(error)
    if failed:
        notify(FAILED, run.pk)
        tell_ended(run)
    return failed


@transaction.atomic
def end_cancelled(run: TrainingRun) -> bool:
    """End it as it was asked to; false when it has been another attempt's meanwhile."""
    ended = run.end_cancelled()
    if ended:
        tell_ended(run)
    return ended


def check_config(config: dict[str, Any]) -> dict[str, Any]:
    """The options of a run, checked by the class that defines them, the instance's base model filled in."""
    types = get_type_hints(TrainConfig)
    open_to_callers = sorted(set(types) - OURS)
    try:
        chosen = present_names(config)
    except InputError as error:
        raise InvalidInput(f"config: {error}") from None
    if "overwrite_output_dir" in config:
        # A run's folder is its own: there is nothing to overwrite, and each attempt goes on from its own checkpoints.
        del chosen["resume"]
    if settings.DEFAULT_BASE_MODEL:
        chosen.setdefault("base_model", settings.DEFAULT_BASE_MODEL)
    for name, value in chosen.items():
        if name not in open_to_callers:
            raise InvalidInput(f"config: unknown option {name!r}; the options are {', '.join(open_to_callers)}")
        if type(value) is int and abs(value) > LARGEST_NUMBER:
            raise InvalidInput(
                f"config: {name} must be at most {LARGEST_NUMBER:,}; got a number of {len(str(value))} digits"
            )
        if types[name] is float and type(value) is int:
            chosen[name] = float(value)
        elif type(value) is not types[name]:
            raise InvalidInput(f"config: {name} must be {types[name].__name__}; got {value!r}")
    try:
        check_characters(chosen, "options")
        TrainConfig(**{"data": "-", "output": "-", **chosen})
    except (InputError, InvalidRow) as error:
        raise InvalidInput(f"config: {error}") from None
    return chosen


def _active(run: TrainingRun | None) -> RunActive:
    if run is None:
        return RunActive(_("a run has just been started; wait for it to end, or cancel it"))
    if run.status == TrainingRun.Status.QUEUED:
        return RunActive(_("run %(run)s is queued; wait for it to end, or cancel it") % {"run": run.pk})
    return RunActive(_("run %(run)s is running; wait for it to end, or cancel it") % {"run": run.pk})


def _ended(run: TrainingRun) -> str:
    how = {
        TrainingRun.Status.SUCCEEDED.value: _("run %(run)s has succeeded already"),
        TrainingRun.Status.FAILED.value: _("run %(run)s has failed already"),
        TrainingRun.Status.CANCELLED.value: _("run %(run)s has been cancelled already"),
    }
    return how[run.status] % {"run": run.pk}
