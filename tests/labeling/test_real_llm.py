"""Responses by a real LLM behind a real server; what it says is its own affair."""

import pytest
from django.core.management import CommandError, call_command

from labeling.models import Job
from labeling.services.assignments import next_assignment
from labeling.services.endpoints import create_endpoint
from labeling.services.generation import request_generation, run_generation_job
from labeling.services.judging import request_judging, run_judging_job
from tests.factories import import_file, make_prompts, to_jsonl
from tests.llm import served_llm

pytestmark = pytest.mark.integration
QUESTIONS = ("Name a river in France.", "Write a short poem about rain.", "What is a comet?")


@pytest.fixture(scope="module")
def llm():
    with served_llm() as server:
        yield server


@pytest.fixture
def questions(project):
    rows = to_jsonl(*({"id": f"p-{number}", "prompt": text} for number, text in enumerate(QUESTIONS)))
    import_file(project, rows, recipe="unanswered")


def test_it_answers_and_its_answers_are_ranked(project, max, ada, llm, questions, settings, sent):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    endpoint = create_endpoint(
        project=project, user=max, url=llm.url, model=llm.model, key=llm.key, max_tokens=24, seed=1, concurrency=2
    )
    job = request_generation(project=project, user=max, endpoints=[endpoint], n=3)
    run_generation_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED, job.errors
    assert job.result is not None
    assert job.result["created"] + job.result["equal"] == 9
    assert job.result["completion_tokens"] > 0
    assert next_assignment(project=project, annotator=ada) is not None
    for prompt in project.prompts.all():
        texts = list(prompt.responses.values_list("content", flat=True))
        assert all(text.strip() for text in texts)
        assert len(set(texts)) == len(texts) >= 2


def test_at_temperature_0_it_says_the_same_and_that_is_kept_once(project, max, llm, questions, settings, sent):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    endpoint = create_endpoint(
        project=project, user=max, url=llm.url, model=llm.model, key=llm.key, max_tokens=12, temperature=0.0
    )
    job = request_generation(project=project, user=max, endpoints=[endpoint], n=2, limit=1)
    run_generation_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert (job.result["created"], job.result["equal"]) == (1, 1)


def test_the_command_says_which_key_is_wrong(project, llm, questions, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    with pytest.raises(CommandError, match="401") as caught:
        call_command("generate_responses", project.slug, "--endpoint", llm.url, "--model", llm.model)
    assert "sk-wrong" not in str(caught.value)


def test_as_a_judge_it_decides_or_is_said_to_have_decided_nothing(project, max, llm, settings, sent):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    make_prompts(project, "p-1", "p-2")
    endpoint = create_endpoint(project=project, user=max, url=llm.url, model=llm.model, key=llm.key, max_tokens=24)
    job = request_judging(project=project, user=max, endpoint=endpoint)
    run_judging_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == Job.Status.SUCCEEDED, job.errors
    assert job.result is not None
    assert job.result["ranked"] + job.result["failed"] == 2
