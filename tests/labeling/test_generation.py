"""Responses by LLMs: every prompt gets what was asked for, nothing is paid twice, and no key leaks."""

import time
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from labeling import completions
from labeling.exceptions import InvalidInput
from labeling.models import Endpoint, Job, Which
from labeling.services.assignments import next_assignment
from labeling.services.endpoints import create_endpoint, delete_endpoint
from labeling.services.generation import RUN_GENERATION, RUN_LOCAL_GENERATION, request_generation, run_generation_job
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from labeling.services.prompts import set_overlap
from tests.chat import Endpointed, completion, counted
from tests.factories import import_file, make_prompts, rank, row, tiers_of, to_jsonl


@pytest.fixture
def server(settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    server = Endpointed(counted)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(completions, "BACKOFF", (0.01, 0.01, 0.01))


@pytest.fixture
def endpoint(project, max, server) -> Endpoint:
    return create_endpoint(project=project, user=max, url=server.url, model="m-1", key="sk-secret", seed=7)


def waiting(project, *ids: str) -> None:
    import_file(project, to_jsonl(*({"id": id, "prompt": f"What about {id}?"} for id in ids)), recipe="unanswered")


def generate(project, user, *endpoints, n=2, which=Which.UNRANKED, **options) -> Job:
    job = request_generation(project=project, user=user, endpoints=endpoints, n=n, which=which, **options)
    run_generation_job(job_id=str(job.pk))
    job.refresh_from_db()
    return job


def contents(project, id: str) -> list[str]:
    return list(project.prompts.get(external_id=id).responses.order_by("position").values_list("content", flat=True))


def test_nobody_is_lent_a_prompt_before_it_has_responses(project, ada, max, endpoint, sent):
    waiting(project, "p-1")
    assert next_assignment(project=project, annotator=ada) is None

    job = generate(project, max, endpoint)

    assert job.status == "succeeded", job.errors
    assignment = next_assignment(project=project, annotator=ada)
    assert assignment is not None
    assert len(assignment.display_order) == 2


def test_responses_are_called_after_the_model_and_counted(project, max, server, endpoint, sent):
    waiting(project, "p-1", "p-2")
    job = generate(project, max, endpoint, n=3)

    prompt = project.prompts.get(external_id="p-2")
    assert [one.external_id for one in prompt.responses.all()] == ["m-1#1", "m-1#2", "m-1#3"]
    assert {one.model for one in prompt.responses.all()} == {"m-1"}
    assert job.result == {
        "prompts": 2,
        "created": 6,
        "equal": 0,
        "failed": 0,
        "prompt_tokens": 60,
        "completion_tokens": 24,
        "cost": "0",
        "errors": [],
    }
    assert (job.done, job.total) == (2, 2)


def test_what_is_asked_of_the_endpoint(project, max, server, sent):
    endpoint = create_endpoint(
        project=project,
        user=max,
        url=f"{server.url}/",
        model="m-1",
        key="sk-secret",
        system_prompt="Be brief.",
        temperature=0.5,
        top_p=0.9,
        max_tokens=77,
        seed=100,
    )
    messages = [{"role": "system", "content": "Be long."}, {"role": "user", "content": "Why?"}]
    import_file(project, to_jsonl({"id": "p-1", "prompt": messages}), recipe="unanswered")
    generate(project, max, endpoint, n=2)

    asked = sorted(server.requests, key=lambda request: request["seed"])
    assert [request.pop("seed") for request in asked] == [100, 101]
    assert asked[0] == {
        "path": "/v1/chat/completions",
        "model": "m-1",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 77,
    }
    assert server.headers[0]["Authorization"] == "Bearer sk-secret"


def test_several_models_answer_each_prompt(project, max, server, endpoint, sent):
    other = create_endpoint(
        project=project, user=max, url=server.url, model="m-1", name="terse", system_prompt="Short."
    )
    waiting(project, *(f"p-{number}" for number in range(12)))
    job = generate(project, max, endpoint, other, n=2)

    assert job.result["created"] == 48
    for prompt in project.prompts.all():
        assert sorted(prompt.responses.values_list("model", flat=True)) == ["m-1", "m-1", "terse", "terse"]


def test_equal_replies_are_kept_once(project, max, server, endpoint, ada, sent):
    server.answer = lambda number, body: completion("The  same.\n" if number % 2 else "The same.")
    waiting(project, "p-1")
    job = generate(project, max, endpoint, n=4)

    assert len(contents(project, "p-1")) == 1
    assert job.result["equal"] == 3
    assert "1 different response" in job.result["errors"][0]["detail"]
    # One response is no choice.
    assert next_assignment(project=project, annotator=ada) is None


def test_asking_again_fills_only_the_gaps(project, max, server, endpoint, sent):
    waiting(project, "p-1")
    generate(project, max, endpoint, n=2)
    again = generate(project, max, endpoint, n=3)

    assert again.result["created"] == 1
    assert len(server.requests) == 3
    assert server.requests[-1]["seed"] == 7 + 2


def test_a_prompt_gets_no_more_than_there_are_letters(project, max, server, endpoint, sent):
    make_prompts(project, "p-1", responses=[f"r {number}" for number in range(25)])
    generate(project, max, endpoint, n=4)

    assert len(contents(project, "p-1")) == 26
    assert len(server.requests) == 1


def test_what_people_rank_already_is_left_alone(project, max, ada, endpoint, sent):
    first, second = make_prompts(project, "p-1", "p-2")
    rank(ada, first, "r1 > r2 > r3")
    generate(project, max, endpoint, n=1)

    assert first.responses.count() == 3
    assert second.responses.count() == 4


def test_gold_prompts_are_never_answered(project, max, endpoint, sent):
    gold, _ = make_prompts(project, "p-1", "p-2")
    mark_practice(prompt=gold, tiers=tiers_of(gold, "r1 > r2 > r3"), explanation="So.", user=max)
    job = generate(project, max, endpoint, n=1, which=Which.ALL)

    assert job.total == 1
    assert gold.responses.count() == 3


def test_requests_are_paced(project, max, server, sent):
    endpoint = create_endpoint(
        project=project, user=max, url=server.url, model="m", requests_per_minute=600, concurrency=8
    )
    waiting(project, *(f"p-{number}" for number in range(5)))
    began = time.monotonic()
    generate(project, max, endpoint, n=2)

    # Ten requests, a tenth of a second between each two.
    assert time.monotonic() - began >= 0.9


def test_a_model_that_wants_the_other_name_of_the_limit_gets_it(project, max, server, endpoint, sent):
    def newer(number, body):
        if "max_tokens" in body:
            return 400, {"error": {"message": "Unsupported parameter; use 'max_completion_tokens' instead."}}, {}
        return counted(number, body)

    server.answer = newer
    waiting(project, "p-1")
    generate(project, max, endpoint, n=1)

    assert len(contents(project, "p-1")) == 1
    assert server.requests[-1]["max_completion_tokens"] == 1024


def test_the_cost_is_counted_from_the_tokens(project, max, server, sent):
    endpoint = create_endpoint(
        project=project,
        user=max,
        url=server.url,
        model="m",
        prompt_price=Decimal("2.5"),
        completion_price=Decimal("10"),
    )
    waiting(project, "p-1")
    job = generate(project, max, endpoint, n=2)

    assert Decimal(job.result["cost"]) == 2 * (10 * Decimal("2.5") + 4 * Decimal(10)) / 1_000_000


def test_a_new_overlap_reaches_prompts_when_they_have_responses(project, max, endpoint, sent):
    waiting(project, "p-1", "p-2")
    update_project(project=project, overlap=3)
    set_overlap(project=project, prompts=["p-2"], overlap=5)
    assert list(project.prompts.values_list("slots", flat=True)) == [0, 0]

    generate(project, max, endpoint)

    assert list(project.prompts.order_by("pk").values_list("slots", flat=True)) == [3, 5]


def test_a_limit_answers_the_first_ones(project, max, endpoint, sent):
    waiting(project, "p-1", "p-2", "p-3")
    job = generate(project, max, endpoint, limit=2)

    assert job.total == job.done == 2
    assert contents(project, "p-3") == []


def test_an_address_that_turns_inward_later_is_not_called(project, max, server, endpoint, settings, sent):
    settings.ALLOW_PRIVATE_ADDRESSES = False
    waiting(project, "p-1")
    job = generate(project, max, endpoint)

    assert job.status == "failed"
    assert "no public address" in job.errors[0]["detail"]
    assert server.requests == []


def test_a_redirect_is_not_followed(project, max, server, endpoint, sent):
    server.answer = lambda number, body: (307, {}, {"Location": "http://127.0.0.1:1/"})
    waiting(project, "p-1")
    assert "307" in generate(project, max, endpoint).errors[0]["detail"]


@pytest.mark.parametrize(("n", "limit"), [(0, None), (27, None), (1, 0)])
def test_wishes_that_cannot_be_are_refused(project, max, endpoint, n, limit):
    waiting(project, "p-1")
    with pytest.raises(InvalidInput):
        request_generation(project=project, user=max, endpoints=[endpoint], n=n, limit=limit)


def test_a_job_whose_model_was_removed_says_so(project, max, endpoint, sent):
    waiting(project, "p-1")
    job = request_generation(project=project, user=max, endpoints=[endpoint], n=1)
    delete_endpoint(endpoint=endpoint)
    run_generation_job(job_id=str(job.pk))

    job.refresh_from_db()
    assert "removed" in job.errors[0]["detail"]


def test_a_local_model_is_asked_where_models_are(project, max, endpoint, sent, django_capture_on_commit_callbacks):
    waiting(project, "p-1")
    local = create_endpoint(project=project, user=max, model="package:x/y", name="local")
    with django_capture_on_commit_callbacks(execute=True):
        request_generation(project=project, user=max, endpoints=[endpoint], n=1)
        request_generation(project=project, user=max, endpoints=[endpoint, local], n=1)

    assert [task for task, _ in sent] == [RUN_GENERATION, RUN_LOCAL_GENERATION]


def test_the_command_answers_here_and_now_wherever_the_endpoint_is(project, server, settings, capsys, monkeypatch):
    settings.ALLOW_PRIVATE_ADDRESSES = False
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-shell")
    make_prompts(project, "p-1", "p-2")
    call_command("generate_responses", project.slug, "--endpoint", server.url, "--model", "m", "--n", "4")

    assert [prompt.responses.count() for prompt in project.prompts.all()] == [7, 7]
    assert "8 responses" in capsys.readouterr().out
    assert server.headers[0]["Authorization"] == "Bearer sk-of-the-shell"


def test_the_command_says_why_it_failed(project, server):
    server.answer = lambda number, body: (404, {"error": {"message": "no such model"}}, {})
    make_prompts(project, "p-1")
    with pytest.raises(CommandError, match="no such model"):
        call_command("generate_responses", project.slug, "--endpoint", server.url, "--model", "m")


def test_unanswered_rows_need_no_id_and_may_bring_a_response(project):
    rows = to_jsonl({"prompt": "Why?"}, {"prompt": "How?", "responses": ["So."]}, row("p-3"))
    report = import_file(project, rows, recipe="unanswered")

    assert report.created == 3
    assert list(project.prompts.order_by("pk").values_list("awaits_responses", "slots")) == [
        (True, 0),
        (True, 0),
        (False, 1),
    ]
    assert import_file(project, rows, recipe="unanswered").unchanged == 3
