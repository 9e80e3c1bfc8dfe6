"""The workers' tasks are adapters: each calls one service, under the name that the services send."""

from django.conf import settings

from config.celery import app
from labeling import tasks as labeling_tasks
from labeling.services import jobs
from rewardmodel import tasks
from rewardmodel.services import gate, policies, registry, runs, training


def test_the_names_that_services_send_are_the_tasks_names():
    assert labeling_tasks.run_import.name == jobs.RUN_IMPORT
    assert tasks.train_reward_model.name == runs.TRAIN
    assert tasks.judge_challenger.name == registry.JUDGE


def test_every_entry_of_the_schedule_is_a_task():
    app.loader.import_default_modules()

    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)
    assert set(settings.CELERY_TASK_ROUTES) <= set(app.tasks)


def test_each_task_calls_its_service(monkeypatch):
    called = []
    monkeypatch.setattr(jobs, "run_import_job", lambda **given: called.append(given))
    monkeypatch.setattr(jobs, "reap_stalled_jobs", lambda: 3)
    monkeypatch.setattr(training, "carry_out_run", lambda **given: called.append(given))
    monkeypatch.setattr(policies, "retrain_if_due", lambda: [7])
    monkeypatch.setattr(runs, "reap_stalled_runs", lambda: 2)
    monkeypatch.setattr(gate, "judge_challenger", lambda **given: called.append(given))
    monkeypatch.setattr(gate, "send_unjudged", lambda: 4)

    labeling_tasks.run_import("a-job")
    tasks.train_reward_model(4)
    tasks.judge_challenger(5)

    assert called == [{"job_id": "a-job"}, {"run_id": 4}, {"model_id": 5}]
    assert (labeling_tasks.reap_stalled_jobs(), tasks.retrain_if_due(), tasks.reap_stalled_runs()) == (3, [7], 2 + 4)
