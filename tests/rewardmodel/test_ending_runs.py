"""Cancelling a run, taking it up again, and what the reaper does for those that died."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rewardmodel.exceptions import RunActive, RunEnded
from rewardmodel.models import TrainingRun
from rewardmodel.services.runs import (
    TRAIN,
    clear_checkpoints,
    give_back,
    reap_stalled_runs,
    reopen_run,
    request_cancel,
)


def test_a_queued_run_is_cancelled_at_once(run):
    assert request_cancel(run=run).status == "cancelled"
    assert TrainingRun.objects.get().ended_at is not None


def test_a_running_run_is_asked_to_stop(run):
    run.claim()

    assert request_cancel(run=run).status == "running"
    assert TrainingRun.objects.get().cancel_requested


@pytest.mark.parametrize(
    ("status", "said"),
    [("succeeded", "has succeeded"), ("failed", "has failed"), ("cancelled", "has been cancelled")],
)
def test_what_has_ended_cannot_be_cancelled(run, status, said):
    TrainingRun.objects.update(status=status)
    run.refresh_from_db()

    with pytest.raises(RunEnded, match=f"{said} already"):
        request_cancel(run=run)

    assert not TrainingRun.objects.get().cancel_requested


def test_a_failed_run_is_queued_again(run, committed):
    run.claim()
    run.fail("broken")

    messages = committed(lambda: reopen_run(run=run))

    assert (run.status, run.attempt) == ("queued", 2)
    assert messages == [(TRAIN, (run.pk,))]


def test_a_run_is_not_opened_again_beside_another(project, run, sent):
    run.claim()
    run.fail("broken")
    other = TrainingRun.objects.create(project=project, snapshot=run.snapshot, trigger="manual")

    with pytest.raises(RunActive, match=f"run {other.pk} is queued"):
        reopen_run(run=run)

    assert TrainingRun.objects.get(pk=run.pk).status == "failed"


def test_only_what_failed_or_was_cancelled_is_opened_again(run):
    with pytest.raises(RunActive):
        reopen_run(run=run)
    run.claim()
    run.succeed({})
    with pytest.raises(RunEnded, match="only a failed or cancelled run"):
        reopen_run(run=run)


def test_the_reaper_gives_a_run_without_signs_of_life_to_the_next_worker(run, committed):
    run.claim()
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=5))

    messages = committed(reap_stalled_runs)

    run.refresh_from_db()
    assert (run.status, run.attempt) == ("queued", 2)
    assert messages == [(TRAIN, (run.pk,))]


def test_the_reaper_leaves_the_living_alone(run, committed):
    run.claim()

    assert committed(reap_stalled_runs) == []
    assert TrainingRun.objects.get().status == "running"


def test_the_reaper_sends_again_what_was_lost_in_the_queue_and_starts_its_clock_anew(run, committed):
    TrainingRun.objects.update(queued_at=timezone.now() - timedelta(minutes=10))

    assert committed(reap_stalled_runs) == [(TRAIN, (run.pk,))]
    assert committed(reap_stalled_runs) == [(TRAIN, (run.pk,))], "once, not again"
    assert TrainingRun.objects.get().attempt == 1


def test_what_an_old_run_has_left_makes_room_and_its_log_stays(project, run, settings):
    run.claim()
    run.fail("out of memory")
    checkpoint = run.directory / "checkpoints" / "checkpoint-10"
    checkpoint.mkdir(parents=True)
    run.log.write_text("why")
    assert clear_checkpoints() == 0

    TrainingRun.objects.filter(pk=run.pk).update(ended_at=timezone.now() - timedelta(days=settings.CHECKPOINT_DAYS + 1))

    assert clear_checkpoints() == 1
    assert not checkpoint.exists()
    assert run.log.exists()
    assert clear_checkpoints() == 0


def test_a_run_that_dies_again_and_again_fails_in_the_end(run, sent):
    for attempt in (1, 2, 3):
        assert TrainingRun.objects.get().attempt == attempt
        run.claim()
        assert give_back(run=run, reason="signal 9")

    assert (run.status, run.error) == ("failed", "given up after 3 attempts: signal 9")


def test_a_run_that_was_to_be_cancelled_is_not_queued_again(run, sent):
    run.claim()
    request_cancel(run=run)

    assert give_back(run=run, reason="signal 9")

    assert TrainingRun.objects.get().status == "cancelled"


def test_a_worker_that_has_lost_its_run_cannot_give_it_back(run, sent):
    run.claim()
    stale = TrainingRun.objects.get()
    give_back(run=run, reason="gone")
    run.claim()

    assert not give_back(run=stale, reason="late")

    assert (TrainingRun.objects.get().status, TrainingRun.objects.get().attempt) == ("running", 2)
