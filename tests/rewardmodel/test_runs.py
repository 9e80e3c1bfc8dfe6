"""Asking for a run, cancelling it, taking it up again, and what the reaper does for those that died."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from labeling.exceptions import InvalidInput
from rewardmodel.exceptions import NothingToTrainOn, RunActive, RunEnded
from rewardmodel.models import DatasetSnapshot, TrainingRun
from rewardmodel.services.runs import (
    TRAIN,
    check_config,
    give_back,
    queue_training_run,
    reap_stalled_runs,
    reopen_run,
    request_cancel,
)
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import make_prompts, rank
from tests.racing import at_once
from tests.rewardmodel.factories import make_run


@pytest.fixture
def ranked(ada, prompt):
    return rank(ada, prompt, "r2 > r1 = r3")


@pytest.fixture
def run(project, ada, prompt) -> TrainingRun:
    return make_run(project, ada, prompt)


@pytest.fixture
def committed(sent, django_capture_on_commit_callbacks):
    """Runs what follows as if it were committed; the messages it sent."""

    def commit(act):
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return sent

    return commit


def queue(project, **options) -> TrainingRun:
    return queue_training_run(**{"project": project, "trigger": "manual", "created_by": None, **options})


def test_a_run_is_queued_on_a_fresh_snapshot_and_sent(project, max, ranked, committed):
    messages = committed(lambda: queue(project, trigger="api", created_by=max, config={"seed": 7}))

    run = TrainingRun.objects.get()
    assert (run.status, run.trigger, run.created_by, run.config) == ("queued", "api", max, {"seed": 7})
    assert run.snapshot == DatasetSnapshot.objects.get()
    assert (run.attempt, run.step, run.total_steps, run.metrics) == (1, 0, 0, {})
    assert messages == [(TRAIN, (run.pk,))]


def test_a_run_may_take_an_older_snapshot(project, ada, ranked):
    old = freeze_snapshot(project=project, created_by=None)
    rank(ada, make_prompts(project, "p-2")[0], "r1 > r2 > r3")

    assert queue(project, snapshot=old).snapshot == old


def test_the_instances_base_model_is_written_into_the_run(project, ranked, settings):
    settings.DEFAULT_BASE_MODEL = "/models/opt"

    assert queue(project).config == {"base_model": "/models/opt"}


@pytest.mark.parametrize("orders", [[], ["r1 = r2 = r3"]])
def test_without_a_strict_preference_there_is_nothing_to_train_on(project, ada, prompt, orders):
    for order in orders:
        rank(ada, prompt, order)

    with pytest.raises(NothingToTrainOn):
        queue(project)

    assert not TrainingRun.objects.exists()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"learning_rat": 1e-5}, "unknown option 'learning_rat'; the options are base_model, bf16"),
        ({"data": "/etc/passwd"}, "unknown option 'data'"),
        ({"output": "/tmp"}, "unknown option 'output'"),
        ({"checkpoint_dir": "/tmp"}, "unknown option 'checkpoint_dir'"),
        ({"progress": "/tmp/x"}, "unknown option 'progress'"),
        ({"learning_rate": "fast"}, "learning_rate must be float; got 'fast'"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"learning_rate": float("inf")}, "learning_rate"),
        ({"learning_rate": 10**400}, "learning_rate"),
        ({"seed": 1.5}, "seed must be int; got 1.5"),
        ({"seed": True}, "seed must be int; got True"),
        ({"seed": 10**30}, "seed"),
        ({"max_steps": 10**30}, "max_steps"),
        ({"bf16": 1}, "bf16 must be bool; got 1"),
        ({"base_model": ""}, "base_model"),
        ({"base_model": "a\0b"}, "base_model"),
        ({"base_model": "\ud800"}, "base_model"),
        ({"base_model": ["x"]}, "base_model must be str"),
        ({"base_model": None}, "base_model must be str"),
        ({"loss": "hinge"}, "loss"),
        ({"max_length": 1}, "max_length"),
    ],
)
def test_a_config_that_cannot_be_is_refused_before_anything_is_written(project, ranked, config, said):
    with pytest.raises(InvalidInput) as refusal:
        queue(project, config=config)

    assert refusal.value.detail.startswith("config:")
    assert said in refusal.value.detail
    assert not TrainingRun.objects.exists()
    assert not DatasetSnapshot.objects.exists()


def test_a_whole_number_is_a_fraction_too():
    assert check_config({"num_train_epochs": 2, "warmup_steps": 0}) == {"num_train_epochs": 2.0, "warmup_steps": 0.0}


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_project_trains_one_model_at_a_time(project, run, status):
    TrainingRun.objects.update(status=status)

    with pytest.raises(RunActive, match=f"run {run.pk} is {status}; wait for it to end, or cancel it"):
        queue(project)

    assert TrainingRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_press_retrain_at_once_one_starts_a_run(project, ranked, sent):
    outcomes = at_once([lambda: queue(project)] * 8)

    assert sum(isinstance(outcome, RunActive) for outcome in outcomes) == 7
    assert TrainingRun.objects.count() == 1
    assert sent == [(TRAIN, (TrainingRun.objects.get().pk,))]


@pytest.mark.django_db(transaction=True)
def test_of_eight_workers_one_claims_the_run(run):
    outcomes = at_once([TrainingRun.objects.get(pk=run.pk).claim for _ in range(8)])

    assert sorted(outcomes) == [False] * 7 + [True]


def test_nothing_is_sent_for_a_run_that_is_not_committed(project, ranked, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError), transaction.atomic():
        queue(project)
        1 / 0

    assert sent == []


def test_a_queued_run_is_cancelled_at_once(run):
    assert request_cancel(run=run).status == "cancelled"
    assert TrainingRun.objects.get().ended_at is not None


def test_a_running_run_is_asked_to_stop(run):
    run.claim()

    assert request_cancel(run=run).status == "running"
    assert TrainingRun.objects.get().cancel_requested


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
def test_what_has_ended_cannot_be_cancelled(run, status):
    TrainingRun.objects.update(status=status)
    run.refresh_from_db()

    with pytest.raises(RunEnded, match=f"has {status} already"):
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
