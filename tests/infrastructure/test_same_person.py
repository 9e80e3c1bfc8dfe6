"""A page that has outlived its owner's session stores nothing as the work of whoever came after."""

import pytest

from labeling.models import Ranking
from labeling.services.assignments import next_assignment
from tests.factories import make_prompts
from tests.pages import signed_in


@pytest.fixture
def assignment(ada, project):
    make_prompts(project, "p-1")
    return next_assignment(project=project, annotator=ada)


def submit(client, assignment, owner):
    return client.post(
        f"/api/v1/assignments/{assignment.pk}/ranking/",
        {"tiers": [[key] for key in assignment.display_order]},
        content_type="application/json",
        headers={"Idempotency-Key": "k", "X-Podium-User": str(owner.pk)},
    )


def test_its_owner_is_let_through(ada, assignment):
    assert submit(signed_in(ada), assignment, ada).status_code == 201


def test_somebody_else_is_not(ada, max, assignment):
    refused = submit(signed_in(max), assignment, ada)

    assert (refused.status_code, refused["Content-Type"]) == (401, "application/problem+json")
    assert refused.json()["type"] == "not-authenticated"
    assert not Ranking.objects.exists()


def test_nobody_is_lent_anything_on_another_s_page(ada, max, project, assignment):
    client = signed_in(max)

    assert client.get("/projects/support/rank/next/", headers={"X-Podium-User": str(ada.pk)}).status_code == 401
    assert client.get("/projects/support/rank/next/").status_code == 200
