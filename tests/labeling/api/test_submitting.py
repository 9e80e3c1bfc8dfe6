"""Submitting and revising a ranking over the API: once, by its own annotator, under an idempotency key."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Assignment, Ranking
from labeling.services.projects import update_project
from tests.factories import api, rank, tiers_of

NEXT = "/api/v1/projects/support/assignments/"


def of(assignment: Assignment, act: str) -> str:
    return f"/api/v1/assignments/{assignment.pk}/{act}/"


def test_a_ranking_has_the_fields_of_the_design(project, ada, assignment):
    first, second, third = assignment.display_order
    said = {
        "tiers": [[second], [first, third]],
        "ratings": {first: {"coherence": 4}},
        "acceptable": [second],
        "flags": {third: ["harmful"]},
        "rationale": " Shorter.\r\n",
        "confidence": 4,
        "guidelines_version": 1,
        "seconds": 12.5,
        "active_seconds": 10,
        "first_touch_seconds": 4.25,
        "moves": 5,
        "input_methods": ["touch", "keyboard"],
        "as_shown_confirmed": False,
    }

    answer = api(ada).post(of(assignment, "ranking"), said, headers={"Idempotency-Key": "k-1"})

    body = answer.json()
    assert answer.status_code == 201
    assert body == {
        "id": Ranking.objects.get().pk,
        "prompt_id": "p-1",
        "annotator": body["annotator"],
        "tiers": [[second], [first, third]],
        "display_order": [first, second, third],
        "ratings": {first: {"coherence": 4}},
        "acceptable": [second],
        "flags": {third: ["harmful"]},
        "confidence": 4,
        "rationale": " Shorter.\r\n",
        "guidelines_version": 1,
        "seconds": 12.5,
        "active_seconds": 10.0,
        "first_touch_seconds": 4.25,
        "moves": 5,
        "input_methods": ["keyboard", "touch"],
        "as_shown_confirmed": False,
        "supersedes": None,
        "created_at": body["created_at"],
    }
    assert body["annotator"].startswith("a-")


def test_the_same_key_and_body_again_is_200_with_the_same_body(ada, assignment):
    body = {"tiers": tiers_of(assignment.prompt, "r2 > r1 = r3")}
    first = api(ada).post(of(assignment, "ranking"), body, headers={"Idempotency-Key": "k-1"})

    again = api(ada).post(of(assignment, "ranking"), body, headers={"Idempotency-Key": "k-1"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert Ranking.objects.count() == 1


def test_the_same_key_with_another_body_is_422_and_another_key_409(ada, assignment):
    body = {"tiers": tiers_of(assignment.prompt, "r2 > r1 = r3")}
    api(ada).post(of(assignment, "ranking"), body, headers={"Idempotency-Key": "k-1"})

    other = api(ada).post(of(assignment, "ranking"), {**body, "confidence": 1}, headers={"Idempotency-Key": "k-1"})
    late = api(ada).post(of(assignment, "ranking"), body, headers={"Idempotency-Key": "k-2"})

    assert (other.status_code, other.json()["type"]) == (422, "idempotency-key-reused")
    assert (late.status_code, late.json()["type"]) == (409, "assignment-closed")
    assert Ranking.objects.count() == 1


@pytest.mark.parametrize("key", [None, "", "x" * 201, "schl\u00fcssel", "tab\there", "\x7f"])
def test_a_key_that_is_missing_too_long_or_not_printable_ascii_is_400(ada, assignment, key):
    body = {"tiers": tiers_of(assignment.prompt, "r2 > r1 = r3")}

    answer = api(ada).post(of(assignment, "ranking"), body, headers={} if key is None else {"Idempotency-Key": key})

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]
    assert not Ranking.objects.exists()


@pytest.mark.parametrize("key", ["x", "x" * 200, '"quoted ~!"'])
def test_any_printable_ascii_key_of_1_to_200_characters_will_do(ada, assignment, key):
    body = {"tiers": tiers_of(assignment.prompt, "r2 > r1 = r3")}

    assert api(ada).post(of(assignment, "ranking"), body, headers={"Idempotency-Key": key}).status_code == 201


@pytest.mark.parametrize("order", ["missing", "foreign", "repeated", "empty", "surrogate"])
def test_a_refused_ranking_is_400_and_consumes_no_key(ada, assignment, order):
    first, second, third = assignment.display_order
    tiers = {
        "missing": [[first], [second]],
        "foreign": [[first], [second], [third, "r1"]],
        "repeated": [[first], [second], [third, first]],
        "empty": [],
        "surrogate": [["\ud800"]],
    }[order]
    headers = {"Idempotency-Key": "k-1"}

    refused = api(ada).post(of(assignment, "ranking"), {"tiers": tiers}, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (400, "invalid-ranking")
    assert not Ranking.objects.exists()

    whole = {"tiers": [[first], [second], [third]]}
    assert api(ada).post(of(assignment, "ranking"), whole, headers=headers).status_code == 201


def test_a_tie_is_refused_where_the_project_allows_none(project, ada, assignment):
    update_project(project=project, allow_ties=False)
    tied = {"tiers": [assignment.display_order]}

    assert api(ada).post(of(assignment, "ranking"), tied, headers={"Idempotency-Key": "k-1"}).status_code == 400


def test_nobody_ranks_for_somebody_else(project, ada, max, admin, assignment):
    body = {"tiers": tiers_of(assignment.prompt, "r2 > r1 = r3")}
    headers = {"Idempotency-Key": "k-1"}

    for other in (max, admin):
        assert api(other).post(of(assignment, "ranking"), body, headers=headers).status_code == 404
    named = {**body, "annotator": "max"}
    assert api(ada).post(of(assignment, "ranking"), named, headers=headers).status_code == 400
    assert not Ranking.objects.exists()


def test_a_late_ranking_is_409_when_others_have_the_slot(project, ada, max, assignment):
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    api(max).post(NEXT)
    body = {"tiers": tiers_of(assignment.prompt, "r2 > r1 = r3")}

    answer = api(ada).post(of(assignment, "ranking"), body, headers={"Idempotency-Key": "k-1"})

    assert (answer.status_code, answer.json()["type"]) == (409, "lease-lost")
    assert api(ada).post(of(assignment, "heartbeat")).json()["type"] == "lease-lost"
    assert api(ada).put(of(assignment, "draft"), {"kept": True}).status_code == 204


def test_a_revision_supersedes_and_is_idempotent_too(ada, prompt):
    first = rank(ada, prompt, "r1 > r2 > r3", key="k-1")
    path = f"/api/v1/rankings/{first.pk}/revise/"
    body = {"tiers": tiers_of(prompt, "r3 > r2 > r1")}

    revised = api(ada).post(path, body, headers={"Idempotency-Key": "k-2"})
    again = api(ada).post(path, body, headers={"Idempotency-Key": "k-2"})

    assert (revised.status_code, again.status_code) == (201, 200)
    assert revised.content == again.content
    assert revised.json()["supersedes"] == first.pk
    assert api(ada).post(path, body).status_code == 400
    assert api(ada).post(path, body, headers={"Idempotency-Key": "k-1"}).status_code in {409, 422}
    assert api(ada).post(path, body, headers={"Idempotency-Key": "k-3"}).json()["type"] == "already-superseded"
    assert Ranking.objects.count() == 2


def test_nobody_revises_somebody_elses_ranking(ada, max, admin, prompt):
    first = rank(ada, prompt, "r1 > r2 > r3")
    body = {"tiers": tiers_of(prompt, "r3 > r2 > r1")}

    for other in (max, admin):
        path = f"/api/v1/rankings/{first.pk}/revise/"
        assert api(other).post(path, body, headers={"Idempotency-Key": "k-2"}).status_code == 404
    assert Ranking.objects.count() == 1


def test_a_replay_is_known_whatever_the_project_has_stopped_asking_for(ada, project, assignment):
    a, b, c = assignment.display_order
    said = {"tiers": [[a, b], [c]], "ratings": {a: {"coherence": 4}}}
    first = api(ada).post(of(assignment, "ranking"), said, headers={"Idempotency-Key": "k-1"})
    update_project(project=project, allow_ties=False, dimensions=["tone"])

    again = api(ada).post(of(assignment, "ranking"), said, headers={"Idempotency-Key": "k-1"})

    assert (again.status_code, again.json()) == (200, first.json())
