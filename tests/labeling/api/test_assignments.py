"""An annotator's work over the API: what to rank next, and what becomes of it."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from labeling.models import Assignment
from labeling.services.projects import update_project
from tests.factories import api, import_file, make_prompts, row, to_jsonl

NEXT = "/api/v1/projects/support/assignments/"


def of(assignment: Assignment, act: str) -> str:
    return f"/api/v1/assignments/{assignment.pk}/{act}/"


def test_the_next_assignment_shows_all_an_annotator_needs_and_no_more(project, ada):
    import_file(
        project,
        to_jsonl(
            row(
                "secret-id",
                responses=[{"id": "gpt-4-first", "content": " One.\r\n", "model": "gpt-4"}, "Two."],
                metadata={"judge": "gpt-4-first"},
            )
        ),
    )

    answer = api(ada).post(NEXT)

    body = answer.json()
    assignment = Assignment.objects.get()
    assert answer.status_code == 200
    assert set(body) == {"id", "project", "prompt", "responses", "lease_expires_at", "guidelines_version"}
    assert (body["id"], body["project"], body["guidelines_version"]) == (assignment.pk, "support", 1)
    assert body["prompt"] == [{"role": "user", "content": "What about secret-id?"}]
    assert [item["id"] for item in body["responses"]] == assignment.display_order
    assert {item["content"] for item in body["responses"]} == {" One.\r\n", "Two."}
    assert all(set(item) == {"id", "content"} for item in body["responses"])
    assert datetime.fromisoformat(body["lease_expires_at"]) == assignment.lease_expires_at
    assert "gpt-4" not in answer.content.decode()
    assert "judge" not in answer.content.decode()


def test_204_when_nothing_is_left(project, ada):
    answer = api(ada).post(NEXT)

    assert (answer.status_code, answer.content) == (204, b"")


def test_after_lends_one_more_and_no_third(project, ada):
    make_prompts(project, "p-1", "p-2", "p-3")
    first = api(ada).post(NEXT).json()["id"]

    second = api(ada).post(NEXT, {"after": first}).json()["id"]

    assert second != first
    assert api(ada).post(NEXT, {"after": second}).json()["id"] == first
    assert api(ada).post(NEXT, {"after": None}).status_code in {200, 400}
    assert api(ada).post(NEXT, {"after": 10**30}).status_code == 200
    assert api(ada).post(NEXT, {"after": "x"}).status_code == 400
    assert Assignment.objects.count() == 2


def test_a_heartbeat_says_until_when(ada, assignment):
    Assignment.objects.update(lease_expires_at=timezone.now())

    answer = api(ada).post(of(assignment, "heartbeat"))

    assignment.refresh_from_db()
    assert answer.status_code == 200
    assert datetime.fromisoformat(answer.json()["lease_expires_at"]) == assignment.lease_expires_at
    assert assignment.lease_expires_at > timezone.now() + timedelta(minutes=14)


def test_a_draft_is_kept_as_it_came(ada, assignment):
    draft = {"tiers": [], "rationale": " Half a tho\u2028", "n": 1.5}

    assert api(ada).put(of(assignment, "draft"), draft).status_code == 204

    assignment.refresh_from_db()
    assert assignment.draft == draft


@pytest.mark.parametrize("draft", [[], "text", {"a": "\0"}, {"\ud800": 1}])
def test_a_draft_that_cannot_be_kept_is_400(ada, assignment, draft):
    assert api(ada).put(of(assignment, "draft"), draft).status_code == 400

    assignment.refresh_from_db()
    assert assignment.draft == {}


def test_skipping_needs_a_reason_and_frees_the_prompt(project, ada, max, assignment):
    for body in ({}, {"reason": ""}, {"reason": " "}, {"reason": "x" * 2001}, {"reason": "\0"}):
        assert api(ada).post(of(assignment, "skip"), body).status_code == 400
    assert Assignment.objects.get().status == "open"

    assert api(ada).post(of(assignment, "skip"), {"reason": "I wrote it."}).status_code == 204
    assert api(ada).post(of(assignment, "skip"), {"reason": "I wrote it."}).status_code == 409
    assert api(ada).post(NEXT).status_code == 204
    assert api(max).post(NEXT).status_code == 200


def test_a_program_may_skip_where_the_page_offers_it_to_nobody(project, ada, assignment):
    update_project(project=project, allow_skip=False)

    assert api(ada).post(of(assignment, "skip"), {"reason": "I wrote it."}).status_code == 204
