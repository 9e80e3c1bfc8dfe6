"""A run's states: each transition is one conditional UPDATE, and a worker that has lost its run writes nothing."""

import pytest
from django.db import IntegrityError, transaction

from rewardmodel.models import TrainingRun
from tests.rewardmodel.factories import make_run


@pytest.fixture
def run(project, ada, prompt) -> TrainingRun:
    return make_run(project, ada, prompt)


def same(run: TrainingRun) -> TrainingRun:
    """The same row as another process sees it."""
    return TrainingRun.objects.get(pk=run.pk)


def test_a_run_is_claimed_once(run):
    other = same(run)

    assert run.claim()
    assert not other.claim()
    assert not run.claim()
    assert (run.status, run.attempt) == ("running", 1)
    assert run.started_at is not None


def test_claiming_starts_the_record_anew_but_not_the_clock(run):
    run.claim()
    run.beat(step=3, total_steps=9, curve=[{"event": "step"}])
    started = run.started_at
    run.requeue()
    run.claim()

    assert (run.step, run.curve, run.error) == (0, [], "")
    assert run.started_at == started


def test_a_beat_records_progress_and_says_to_go_on(run):
    run.claim()

    assert run.beat(step=3, total_steps=9, curve=[{"event": "step", "loss": 0.5}])

    stored = same(run)
    assert (stored.step, stored.total_steps, stored.curve) == (3, 9, [{"event": "step", "loss": 0.5}])


def test_a_beat_after_a_request_to_cancel_says_to_stop(run):
    run.claim()
    TrainingRun.objects.update(cancel_requested=True)

    assert not run.beat(step=1, total_steps=9, curve=[])
    assert run.cancel_requested
    assert same(run).step == 1


@pytest.mark.parametrize("end", ["succeed", "fail", "end_cancelled"])
def test_a_run_that_has_ended_takes_nothing_more(run, end):
    run.claim()
    stale = same(run)
    arguments = {"succeed": [{"test": None}], "fail": ["broken"], "end_cancelled": []}
    assert getattr(run, end)(*arguments[end])
    before = TrainingRun.objects.values().get()

    assert not stale.beat(step=5, total_steps=9, curve=[])
    assert not stale.succeed({"test": 1})
    assert not stale.fail("late")
    assert not stale.end_cancelled()
    assert not stale.requeue()
    assert not stale.claim()
    assert TrainingRun.objects.values().get() == before
    assert run.ended_at is not None


def test_the_worker_of_an_attempt_that_was_given_up_writes_nothing(run):
    run.claim()
    stale = same(run)
    run.requeue()
    run.claim()
    before = TrainingRun.objects.values().get()

    assert not stale.beat(step=5, total_steps=9, curve=[])
    assert not stale.succeed({"test": 1})
    assert not stale.fail("late")
    assert not stale.requeue()
    assert TrainingRun.objects.values().get() == before
    assert before["attempt"] == 2


def test_only_a_running_run_goes_back_to_the_queue(run):
    assert not run.requeue()
    run.claim()
    assert run.requeue()
    assert (run.status, run.attempt, run.heartbeat_at) == ("queued", 2, None)


def test_a_queued_run_does_not_succeed(run):
    assert not run.succeed({})
    assert same(run).status == "queued"


@pytest.mark.parametrize("end", ["fail", "end_cancelled"])
def test_what_failed_or_was_cancelled_is_opened_again(run, end):
    run.claim()
    TrainingRun.objects.update(cancel_requested=True)
    run.fail("broken") if end == "fail" else run.end_cancelled()

    assert run.reopen()

    assert (run.status, run.attempt, run.error, run.ended_at, run.cancel_requested) == ("queued", 2, "", None, False)


def test_what_succeeded_is_not_opened_again(run):
    run.claim()
    run.succeed({})

    assert not run.reopen()


def test_a_project_has_one_active_run(run):
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.create(project=run.project, snapshot=run.snapshot, trigger="manual")
    run.claim()
    with pytest.raises(IntegrityError), transaction.atomic():
        TrainingRun.objects.create(project=run.project, snapshot=run.snapshot, trigger="manual")

    run.fail("broken")
    TrainingRun.objects.create(project=run.project, snapshot=run.snapshot, trigger="manual")
