"""Trainers that get in each other's way, messages that come twice, and a disk that takes no more."""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
from celery import current_app

from labeling.judgements import Judgement
from labeling.models import Project, Ranking
from labeling.services.imports import ImportFile, import_prompts
from labeling.services.rankings import record_judgement
from rewardmodel.models import TrainingRun
from rewardmodel.selectors.registry import champion
from rewardmodel.services.runs import TRAIN, queue_training_run, reopen_run
from tests.faults.bakery import LONG, POLITE, RUDE, wait_for
from tests.integration.conftest import test_database_url as database_url
from tests.services import STOP_SECONDS, end_process

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]

# The weights of the encoder are 90 MB, so the first checkpoint breaks off.
FULL_AT_BYTES = 20_000_000


@contextmanager
def trainers(
    count: int = 1, *, settings: str = "config.settings", before: Callable[[], None] | None = None
) -> Iterator[None]:
    environment = {**os.environ, "DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": settings}
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "training", "--concurrency", "1"]
    with ExitStack() as stack:
        for number in range(count):
            process = subprocess.Popen(
                [*command, "-n", f"trainer-{number}@%h"], env=environment, start_new_session=True, preexec_fn=before
            )
            stack.callback(end_process, process, STOP_SECONDS)
        yield


@pytest.fixture
def ranked(project, ada, tmp_path) -> Project:
    rows = tmp_path / "rows.jsonl"
    row = '{{"id": "p-{n}", "prompt": "Where is parcel {n}?", "responses": ["{polite}", "{rude}"]}}'
    rows.write_text("\n".join(row.format(n=n, polite=POLITE, rude=RUDE) for n in range(40)))
    import_prompts(project=project, user=ada, file=ImportFile(rows, "jsonl"))
    for prompt in project.prompts.all():
        better, worse = prompt.responses.order_by("position").values_list("key", flat=True)
        judgement = Judgement(tiers=[[better], [worse]])
        record_judgement(
            prompt=prompt,
            annotator=ada,
            judgement=judgement,
            source=Ranking.Source.HUMAN,
            idempotency_key="given",
        )
    return project


def queue(project: Project) -> TrainingRun:
    return queue_training_run(project=project, trigger="manual", created_by=None, config=LONG)


def status(run: TrainingRun) -> str:
    run.refresh_from_db()
    return run.status


def test_two_workers_that_are_sent_one_run_train_it_once(ranked):
    run = queue(ranked)
    current_app.send_task(TRAIN, args=(run.pk,))

    with trainers(2):
        wait_for(lambda: status(run) not in TrainingRun.ACTIVE)

    assert (run.status, run.attempt) == ("succeeded", 1)
    assert ranked.reward_models.count() == 1


def test_a_message_that_comes_again_after_the_visibility_timeout_finds_the_run_taken(ranked):
    run = queue(ranked)

    with trainers(2, settings="tests.faults.impatient_settings"):
        wait_for(lambda: status(run) not in TrainingRun.ACTIVE)

    assert (run.status, run.attempt) == ("succeeded", 1)
    assert ranked.reward_models.count() == 1


def test_a_full_disk_fails_the_run_with_the_way_out_and_leaves_no_half_model(ranked):
    run = queue(ranked)
    full = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (FULL_AT_BYTES, FULL_AT_BYTES))
    with trainers(before=full):
        wait_for(lambda: status(run) not in TrainingRun.ACTIVE)

    assert run.status == "failed"
    assert "could not be written" in run.error
    assert not ranked.reward_models.exists()

    reopen_run(run=run)
    with trainers():
        wait_for(lambda: status(run) not in TrainingRun.ACTIVE)
    assert run.status == "succeeded"
    assert (champion(ranked).path / "model.safetensors").exists()
