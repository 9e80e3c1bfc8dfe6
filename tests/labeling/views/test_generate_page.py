"""The page of LLMs: entering them, having prompts answered and ranked, stopping and going on."""

import pytest
from django.urls import reverse

from labeling.models import Endpoint, Job
from labeling.services.generation import run_generation_job
from labeling.services.judging import run_judging_job
from tests.chat import Endpointed, completion, counted
from tests.factories import import_file, make_prompts, to_jsonl


@pytest.fixture
def server(settings):
    settings.ALLOW_PRIVATE_ADDRESSES = True
    server = Endpointed(counted)
    yield server
    server.close()


@pytest.fixture
def page(client, max, project, sent) -> str:
    client.force_login(max)
    import_file(project, to_jsonl({"id": "p-1", "prompt": "Why?"}), recipe="unanswered")
    return reverse("generate", args=[project.slug])


def model(server, **more) -> dict[str, object]:
    named = {"model": "m-1", "url": server.url, "key": "sk-secret", "temperature": 1, "top_p": 1, "max_tokens": 50}
    named |= {"requests_per_minute": 0, "concurrency": 2, "prompt_price": 1, "completion_price": 2}
    return {"act": "add", **{f"endpoint-{name}": value for name, value in {**named, **more}.items()}}


def test_without_a_model_there_is_nothing_to_ask(client, page):
    assert "Add a model first." in client.get(page).content.decode()


def test_a_model_is_entered_asked_and_forgotten(client, page, project, server):
    assert client.post(page, model(server)).status_code == 302
    shown = client.get(page).content.decode()
    assert "sk-secret" not in shown
    assert "with a key" in shown
    assert "those that wait for responses (1)" in shown
    endpoint = Endpoint.objects.get()

    answer = client.post(page, {"endpoints": [endpoint.pk], "n": 2, "which": "unanswered"})
    job = Job.objects.get(kind="generation")
    assert answer.headers["Location"] == reverse("job", args=[project.slug, job.pk])
    assert "0 of 1 prompts" in client.get(answer.headers["Location"]).content.decode()
    run_generation_job(job_id=str(job.pk))
    done = client.get(answer.headers["Location"]).content.decode()
    assert "2 responses to 1 prompts" in done
    assert "0.000036" in done, "two replies of 10 tokens read at 1 and 4 written at 2, a million"

    client.post(reverse("endpoint-remove", args=[project.slug, endpoint.pk]))
    assert not Endpoint.objects.exists()
    assert project.prompts.get().responses.count() == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"temperature": 3}, "between 0.0 and 2.0"),
        ({"url": "ftp://example.org"}, "begins with https"),
        ({"model": ""}, "This field is required"),
        ({"key": "two words"}, "neither spaces"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(client, page, server, change, said):
    answer = client.post(page, model(server, **change))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Endpoint.objects.exists()


def test_a_job_is_stopped_and_goes_on(client, page, project, server):
    client.post(page, model(server))
    client.post(page, {"endpoints": [Endpoint.objects.get().pk], "n": 1, "which": "all"})
    job = Job.objects.get(kind="generation")
    shown = reverse("job", args=[project.slug, job.pk])
    assert ">Stop<" in client.get(shown).content.decode()

    client.post(reverse("job-cancel", args=[project.slug, job.pk]))
    assert ">Go on<" in client.get(shown).content.decode()
    client.post(reverse("job-resume", args=[project.slug, job.pk]))
    run_generation_job(job_id=str(job.pk))
    job.refresh_from_db()
    assert job.status == "succeeded"
    # What has ended cannot be stopped, and says so.
    told = client.post(reverse("job-cancel", args=[project.slug, job.pk]), follow=True)
    assert "has succeeded already" in told.content.decode()


def test_a_model_ranks(client, page, project, server):
    server.answer = lambda number, body: completion("A > B > C")
    make_prompts(project, "p-2")
    client.post(page, model(server))
    answer = client.post(page, {"act": "judge", "judge-endpoint": Endpoint.objects.get().pk})
    job = Job.objects.get(kind="judging")
    run_judging_job(job_id=str(job.pk))
    shown = client.get(answer.headers["Location"]).content.decode()
    assert "1 prompts ranked. Of 3 pairs, 3 came out the other way round" in shown


def test_annotators_and_strangers_have_no_part_in_it(client, page, project, ada, olga):
    client.force_login(ada)
    assert client.get(page).status_code == 403
    client.force_login(olga)
    assert client.get(page).status_code == 404
