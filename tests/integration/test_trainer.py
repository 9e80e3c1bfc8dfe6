"""A real trainer: claim, child process, progress, and an end that tells the truth."""

import os
import signal
import subprocess

import pytest

from labeling.judgements import Judgement
from labeling.models import Ranking
from labeling.services.imports import ImportFile, import_prompts
from labeling.services.rankings import record_judgement
from rewardmodel.models import TrainingRun
from rewardmodel.selectors.registry import champion
from rewardmodel.services.runs import queue_training_run, request_cancel

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ranked_project(project, ada, tmp_path):
    """Forty prompts, each answered politely and rudely, the polite response ranked above."""
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        "\n".join(
            f'{{"id": "p-{number}", "prompt": "Where is parcel {number}?", '
            f'"responses": ["It is on its way to you, thank you for waiting.", "No idea, go away."]}}'
            for number in range(40)
        )
    )
    import_prompts(project=project, user=ada, file=ImportFile(rows, "jsonl"))
    for prompt in project.prompts.all():
        polite, rude = prompt.responses.values_list("key", flat=True)
        record_judgement(
            prompt=prompt,
            annotator=ada,
            judgement=Judgement(tiers=[[polite], [rude]]),
            source=Ranking.Source.HUMAN,
            idempotency_key="given",
        )
    return project


def queue(project, **config) -> TrainingRun:
    return queue_training_run(project=project, trigger="manual", created_by=None, config=config)


def status(run: TrainingRun) -> str:
    run.refresh_from_db()
    return run.status


def training_process(run: TrainingRun) -> int | None:
    """The pid of the run's child process, while there is one."""
    found = subprocess.run(["pgrep", "-f", f"rewardmodel.ml.train.*/runs/{run.pk}/"], capture_output=True, text=True)
    pids = [int(line) for line in found.stdout.split() if int(line) != os.getpid()]
    return pids[0] if pids else None


def test_a_run_trains_evaluates_and_makes_the_first_champion(ranked_project, trainer, eventually):
    run = queue(ranked_project)

    eventually(lambda: status(run) not in TrainingRun.ACTIVE)

    assert (run.status, run.error) == ("succeeded", "")
    assert run.step == run.total_steps > 0
    assert {point["event"] for point in run.curve} == {"step", "eval"}
    assert run.metrics["test"]["prompts"] > 0
    assert champion(ranked_project).run == run
    assert (champion(ranked_project).path / "model.safetensors").exists()


def test_a_base_model_that_is_not_there_fails_the_run_with_the_reason(ranked_project, trainer, eventually):
    run = queue(ranked_project, base_model="/no/such/model")

    eventually(lambda: status(run) not in TrainingRun.ACTIVE)

    assert run.status == "failed"
    assert "/no/such/model" in run.error


def test_a_killed_child_gives_the_run_back_and_the_next_attempt_ends_it(ranked_project, trainer, eventually):
    run = queue(ranked_project)
    eventually(lambda: training_process(run))

    os.kill(training_process(run), signal.SIGKILL)

    eventually(lambda: status(run) not in TrainingRun.ACTIVE)
    assert (run.status, run.attempt) == ("succeeded", 2)


def test_a_cancelled_run_ends_with_no_child_and_no_model(ranked_project, trainer, eventually):
    run = queue(ranked_project, num_train_epochs=1000.0)
    eventually(lambda: status(run) == "running" and run.step > 0)

    request_cancel(run=run)

    eventually(lambda: status(run) not in TrainingRun.ACTIVE)
    assert run.status == "cancelled"
    eventually(lambda: training_process(run) is None)
    assert not ranked_project.reward_models.exists()
