"""Asking for a run, cancelling it, taking it up again, and what the reaper does for those that died."""

import pytest
from django.db import transaction

from labeling.exceptions import InvalidInput
from rewardmodel.exceptions import NothingToTrainOn, RunActive
from rewardmodel.models import DatasetSnapshot, TrainingRun
from rewardmodel.services.runs import (
    TRAIN,
    check_config,
    queue_training_run,
)
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import make_prompts, rank
from tests.racing import at_once


@pytest.fixture
def ranked(ada, prompt):
    return rank(ada, prompt, "r2 > r1 = r3")


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


def test_old_names_of_options_are_understood():
    old = {
        "evaluation_strategy": "no",
        "overwrite_output_dir": True,
        "remove_unused_columns": False,
        "learning_rate": 5e-5,
    }

    assert check_config(old) == {"eval_strategy": "no", "learning_rate": 5e-5}


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
        ({"learning_rat": 1e-5}, "unknown option 'learning_rat'; the options are annotator_temperature, base_model"),
        ({"data": "/etc/passwd"}, "unknown option 'data'"),
        ({"output": "elsewhere"}, "unknown option 'output'"),
        ({"checkpoint_dir": "elsewhere"}, "unknown option 'checkpoint_dir'"),
        ({"progress": "elsewhere"}, "unknown option 'progress'"),
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
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        queue(project)
        transaction.set_rollback(True)

    assert sent == []
