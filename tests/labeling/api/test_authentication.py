"""Who calls: a token with its scopes, or the browser's session."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from labeling.models import ApiToken, Project
from labeling.services.tokens import create_token, revoke_token
from tests.factories import api

PROJECTS = "/api/v1/projects/"


def with_header(value: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=value)
    return client


def assert_problem(answer, status: int, code: str) -> None:
    body = answer.json()
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert (body["status"], body["type"]) == (status, code)


def test_a_token_calls_for_its_user(project, ada):
    assert [item["slug"] for item in api(ada, "read").get(PROJECTS).json()["results"]] == ["support"]


@pytest.mark.parametrize("spelling", ["Bearer {}", "bearer {}", "BEARER  {}"])
def test_the_scheme_is_read_as_rfc_9110_says(ada, spelling):
    _, secret = create_token(user=ada, scopes=["read"])

    assert with_header(spelling.format(secret)).get(PROJECTS).status_code == 200


def test_without_a_token_the_answer_is_401_and_says_how(project):
    answer = APIClient().get(PROJECTS)

    assert_problem(answer, 401, "not-authenticated")
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer", "Bearer podium_x", "Bearer a b", "Bearer \xff", "Bearer podium_\x00"])
def test_a_token_that_cannot_be_is_401(ada, header):
    assert_problem(with_header(header).get(PROJECTS), 401, "authentication-failed")


def test_another_scheme_is_nobody(ada):
    assert_problem(with_header("Digest YWRhOnB3").get(PROJECTS), 401, "not-authenticated")


def test_an_expired_a_revoked_and_a_former_colleagues_token_are_401(ada):
    client = api(ada)
    assert client.get(PROJECTS).status_code == 200

    ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert_problem(client.get(PROJECTS), 401, "authentication-failed")

    ApiToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert client.get(PROJECTS).status_code == 200

    ada.is_active = False
    ada.save()
    assert_problem(client.get(PROJECTS), 401, "authentication-failed")

    ada.is_active = True
    ada.save()
    revoke_token(token=ApiToken.objects.get())
    assert_problem(client.get(PROJECTS), 401, "authentication-failed")


def test_a_missing_scope_is_403_and_named(max):
    answer = api(max, "read", "score").post(PROJECTS, {"slug": "new", "name": "New"})

    assert_problem(answer, 403, "permission-denied")
    assert "a token with the scope 'write'; yours has read, score" in answer.json()["detail"]
    assert not Project.objects.exists()


def test_scopes_do_not_make_a_manager(project, ada):
    assert_problem(api(ada).patch(f"{PROJECTS}support/", {"name": "Mine"}), 403, "permission-denied")
    project.refresh_from_db()
    assert project.name == "Support"


def test_a_session_has_every_scope_but_needs_the_csrf_token(max):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(max)
    new = {"slug": "new", "name": "New"}

    assert client.get(PROJECTS).status_code == 200
    assert_problem(client.post(PROJECTS, new), 403, "permission-denied")
    assert not Project.objects.exists()

    client.cookies["csrftoken"] = token = "x" * 32
    assert client.post(PROJECTS, new, headers={"X-CSRFToken": token}).status_code == 201


def test_a_token_is_not_asked_for_a_csrf_token(max):
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(**api(max, "write")._credentials)

    assert client.post(PROJECTS, {"slug": "new", "name": "New"}).status_code == 201


def test_the_last_use_is_noted_by_the_minute(ada):
    client = api(ada)
    client.get(PROJECTS)
    first = ApiToken.objects.get().last_used_at
    client.get(PROJECTS)

    assert first is not None
    assert ApiToken.objects.get().last_used_at == first

    ApiToken.objects.update(last_used_at=timezone.now() - timedelta(minutes=2))
    client.get(PROJECTS)
    assert ApiToken.objects.get().last_used_at > first
