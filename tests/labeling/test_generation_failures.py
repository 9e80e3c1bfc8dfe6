"""LLMs that fail: what is tried again, what is named, what stops a job, and what a stop keeps."""

import json

import pytest
from django.db import connection

from labeling.models import Endpoint, Job
from labeling.services.generation import request_generation, run_generation_job
from labeling.services.jobs import cancel_job, resume_job
from tests.chat import completion, counted
from tests.labeling.test_generation import contents, endpoint, generate, no_waiting, server, waiting

__all__ = ["endpoint", "no_waiting", "server"]


def test_a_passing_failure_is_tried_again(project, max, server, endpoint, sent):
    def flaky(number, body):
        if number == 1:
            return 500, {"error": {"message": "busy"}}, {}
        if number == 2:
            return 429, {"error": {"message": "slow down"}}, {"Retry-After": "0.05"}
        return counted(number, body)

    server.answer = flaky
    waiting(project, "p-1")
    job = generate(project, max, endpoint, n=2)

    assert job.status == "succeeded"
    assert len(contents(project, "p-1")) == 2


def test_a_prompt_that_is_too_long_is_named_and_the_others_are_answered(project, max, server, endpoint, sent):
    def picky(number, body):
        if "p-1" in body["messages"][-1]["content"]:
            return 400, {"error": {"message": "maximum context length is 4 tokens"}}, {}
        return counted(number, body)

    server.answer = picky
    waiting(project, "p-1", "p-2")
    job = generate(project, max, endpoint)

    assert job.status == "succeeded"
    assert len(contents(project, "p-2")) == 2
    assert job.result["errors"][0]["id"] == "p-1"
    assert "maximum context length" in job.result["errors"][0]["detail"]
    assert job.result["failed"] == 1


@pytest.mark.parametrize("said", [None, "", " \n"])
def test_an_empty_reply_is_no_response(project, max, server, endpoint, sent, said):
    server.answer = lambda number, body: completion(said)
    waiting(project, "p-1")
    job = generate(project, max, endpoint, n=1)

    assert contents(project, "p-1") == []
    assert "empty" in job.result["errors"][0]["detail"]


@pytest.mark.parametrize("said", [{}, {"choices": []}, {"choices": [{"message": None}]}, [1]])
def test_an_answer_that_is_no_completion_is_reported(project, max, server, endpoint, sent, said):
    server.answer = lambda number, body: (200, said, {})
    waiting(project, "p-1")
    job = generate(project, max, endpoint, n=1)

    assert "expected a chat completion" in job.result["errors"][0]["detail"]


def test_a_refused_key_stops_the_job_and_is_not_repeated(project, max, server, endpoint, sent):
    server.answer = lambda number, body: (401, {"error": {"message": "Incorrect API key: sk-secret"}}, {})
    waiting(project, "p-1", "p-2", "p-3")
    job = generate(project, max, endpoint)

    assert job.status == "failed"
    assert "401" in job.errors[0]["detail"]
    assert "sk-secret" not in json.dumps(job.errors)
    assert job.done == 0


def test_an_endpoint_that_is_gone_fails_the_job_which_goes_on_later(project, max, server, endpoint, sent):
    def dies(number, body):
        return counted(number, body) if number <= 4 else (503, {"error": "down"}, {})

    Endpoint.objects.update(concurrency=1)
    server.answer = dies
    waiting(project, "p-1", "p-2", "p-3")
    job = generate(project, max, endpoint, n=2)
    assert (job.status, job.done) == ("failed", 2)
    assert "503" in job.errors[0]["detail"]

    server.answer = counted
    resume_job(job=job)
    run_generation_job(job_id=str(job.pk))
    job.refresh_from_db()

    assert (job.status, job.done, job.errors) == ("succeeded", 3, [])
    assert (job.result["prompts"], job.result["created"]) == (3, 6)
    # What was paid for is not asked for again.
    assert sum("p-1?" in request["messages"][0]["content"] for request in server.requests) == 2


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_job_stops_and_keeps_what_is_there(project, max, server, endpoint, sent):
    waiting(project, *(f"p-{number}" for number in range(40)))
    job = request_generation(project=project, user=max, endpoints=[endpoint], n=1)

    def cancelling(number, body):
        if number == 5:
            cancel_job(job=Job.objects.get(pk=job.pk))
            connection.close()
        return counted(number, body)

    server.answer = cancelling
    run_generation_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert job.status == "cancelled"
    assert len(server.requests) < 40
