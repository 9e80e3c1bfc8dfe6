import pytest

from labeling.models import Assignment, AssignmentKind, Prompt
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from tests.factories import api, make_prompts, rank, tiers_of

DISPUTES = "/api/v1/projects/support/disputes/"
ADJUDICATIONS = "/api/v1/projects/support/adjudications/"


@pytest.fixture
def prompts(project, ada, max) -> list[Prompt]:
    """Three prompts, on the first two of which Ada and Max disagree throughout."""
    update_project(project=project, overlap=2)
    prompts = make_prompts(project, "p0", "p1", "p2")
    for prompt, order in zip(prompts, ("r3 > r2 > r1", "r3 > r2 > r1", "r1 > r2 > r3"), strict=True):
        rank(ada, prompt, "r1 > r2 > r3")
        rank(max, prompt, order)
    return prompts


def test_open_disputes_are_listed_with_their_consensus(max, prompts):
    answer = api(max, "read").get(DISPUTES).json()
    assert (answer["next"], answer["previous"]) == (None, None)
    assert [row["id"] for row in answer["results"]] == ["p0", "p1"]
    row = answer["results"][0]
    assert (row["agreement"], row["rankings"], row["adjudicated"], row["extra_annotators"]) == (0.0, 2, False, 0)
    assert sorted(key for tier in row["consensus"] for key in tier) == sorted(
        prompts[0].responses.values_list("key", flat=True)
    )
    assert 0.5 <= row["confidence"] <= 1


def test_pages_lead_on_and_back(max, prompts):
    caller = api(max, "read")
    first = caller.get(DISPUTES, {"show": "all", "page_size": 2}).json()
    second = caller.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == ["p0", "p1", "p2"]
    assert caller.get(second["previous"]).json()["results"] == first["results"]


@pytest.mark.parametrize(
    "query", [{"show": "x"}, {"below": "0"}, {"after": "x"}, {"before": "nan_1"}, {"after": "1e999_1"}]
)
def test_a_query_that_cannot_be_understood_is_refused(max, prompts, query):
    answer = api(max).get(DISPUTES, query)
    assert (answer.status_code, answer.json()["type"]) == (400, "invalid")


def test_both_calls_are_for_managers(ada, olga, prompts):
    for user, status in ((ada, 403), (olga, 404)):
        assert api(user).get(DISPUTES).status_code == status
        assert api(user).post(ADJUDICATIONS, {"prompt": "p0"}).status_code == status
    assert not Assignment.objects.filter(kind=AssignmentKind.ADJUDICATION).exists()


def test_a_manager_decides_and_the_dispute_is_settled(max, prompts):
    caller = api(max)
    assignment = caller.post(ADJUDICATIONS, {"prompt": "p0"}).json()
    assert {response["id"] for response in assignment["responses"]} == set(
        prompts[0].responses.values_list("key", flat=True)
    )
    tiers = tiers_of(prompts[0], "r2 > r1 = r3")
    path = f"/api/v1/assignments/{assignment['id']}/ranking/"
    assert caller.post(path, {"tiers": tiers}, headers={"Idempotency-Key": "k"}).status_code == 201

    (settled,) = caller.get(DISPUTES, {"show": "settled"}).json()["results"]
    assert (settled["id"], settled["consensus"], settled["confidence"]) == ("p0", tiers, 1.0)
    assert [row["id"] for row in caller.get(DISPUTES).json()["results"]] == ["p1"]


@pytest.mark.parametrize("body", [{}, {"prompt": "p9"}, {"prompt": "p\0"}, {"prompt": 3}, {"prompt": ["p0"]}])
def test_a_prompt_that_is_not_there_cannot_be_decided(max, prompts, body):
    assert api(max).post(ADJUDICATIONS, body).status_code == 400


def test_a_practice_prompt_is_not_decided(max, project):
    (prompt,) = make_prompts(project, "p0")
    mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r2 > r1"), explanation="", user=max)
    answer = api(max).post(ADJUDICATIONS, {"prompt": "p0"})
    assert (answer.status_code, "practice prompt" in answer.json()["detail"]) == (400, True)
