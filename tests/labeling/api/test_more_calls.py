"""Gold prompts, reports and tokens over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import ApiToken, GoldOrder
from labeling.services.assignments import next_assignment
from labeling.services.tokens import create_token
from tests.factories import Caller, api, make_prompts, rank

GOLD = "/api/v1/projects/support/gold/"


def test_a_gold_prompt_is_made_changed_and_made_work_again(project, ada, max):
    make_prompts(project, "p-1")
    body = {"prompt": "p-1", "tiers": [["r2"], ["r1"]], "explanation": "Because.", "in_round": False}
    made = api(max).post(GOLD, body)
    assert made.status_code == 201, made.content
    assert made.json()["tiers"] == [["r2"], ["r1"]]
    assert next_assignment(project=project, annotator=ada) is None
    assert api(max).post(GOLD, {**body, "tiers": [["r1"], ["r2"]]}).json()["id"] == made.json()["id"]
    assert api(max).get(GOLD).json()["results"][0]["tiers"] == [["r1"], ["r2"]]

    assert api(max).delete(f"/api/v1/gold/{made.json()['id']}/").status_code == 204
    assert not GoldOrder.objects.exists()
    assert next_assignment(project=project, annotator=ada) is not None


@pytest.mark.parametrize(
    "change",
    [{"prompt": "none"}, {"prompt": "a\0"}, {"tiers": [["r9"]]}, {"tiers": "r1"}, {"tiers": []}, {"tiers": [["r1"]]}],
)
def test_a_gold_order_that_cannot_be_is_refused(project, max, change):
    make_prompts(project, "p-1")
    answer = api(max).post(GOLD, {"prompt": "p-1", "tiers": [["r2"], ["r1"]], **change})
    assert answer.status_code == 400
    assert not GoldOrder.objects.exists()


@pytest.mark.parametrize("report", ["agreement", "bias", "leaderboard"])
def test_reports_come_as_tables(project, ada, max, report):
    (prompt,) = make_prompts(project, "p-1")
    rank(ada, prompt, "r2 > r1 > r3")
    tables = api(max).get(f"/api/v1/projects/support/quality/{report}/").json()["tables"]
    assert tables
    for table in tables:
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
    assert api(max).get("/api/v1/projects/support/quality/none/").status_code == 404


def holding(secret: str) -> Caller:
    caller = Caller()
    caller.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return caller


def test_a_token_hands_on_no_more_than_it_has(project, max):
    ends = timezone.now() + timedelta(days=1)
    _, secret = create_token(user=max, scopes=["read", "write"], expires_at=ends)
    caller = holding(secret)

    assert caller.post("/api/v1/tokens/", {"scopes": ["train"]}).status_code == 403
    made = caller.post("/api/v1/tokens/", {"scopes": ["read"], "name": "nightly"})
    assert made.status_code == 201
    assert ApiToken.objects.get(pk=made.json()["id"]).expires_at == ends
    assert holding(made.json()["token"]).get("/api/v1/projects/").status_code == 200


def test_tokens_are_listed_with_their_last_use_and_revoked(project, ada, max):
    token, secret = create_token(user=max, scopes=["read", "write"], name="nightly")
    caller = holding(secret)
    caller.get("/api/v1/projects/")
    listed = caller.get("/api/v1/tokens/").json()["results"]
    assert [one["name"] for one in listed] == ["nightly"]
    assert listed[0]["last_used_at"] is not None
    assert "digest" not in listed[0]

    assert api(ada).delete(f"/api/v1/tokens/{token.pk}/").status_code == 404
    assert caller.delete(f"/api/v1/tokens/{token.pk}/").status_code == 204
    assert caller.get("/api/v1/projects/").status_code == 401


PROJECT = "/api/v1/projects/support/"


def test_who_has_an_answer_already_is_told_so(project, max):
    caller = api(max)
    first = caller.get(PROJECT)
    again = caller.get(PROJECT, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]

    caller.patch(PROJECT, {"name": "Help"})
    changed = caller.get(PROJECT, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.json()["name"] == "Help"


def test_of_two_who_change_what_they_read_the_second_is_refused(project, max):
    caller = api(max)
    read = caller.get(PROJECT).headers["ETag"]
    assert caller.patch(PROJECT, {"name": "Help"}, headers={"If-Match": read}).status_code == 200
    refused = caller.patch(PROJECT, {"name": "Aid"}, headers={"If-Match": read})
    assert refused.status_code == 412
    assert "read it again" in refused.json()["detail"]
    assert caller.get(PROJECT).json()["name"] == "Help"
    assert caller.patch(PROJECT, {"name": "Aid"}, headers={"If-Match": "*"}).status_code == 200
