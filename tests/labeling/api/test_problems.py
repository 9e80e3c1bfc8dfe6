"""Every refusal has one shape, whatever refuses."""

import base64

import pytest

from tests.factories import api

PROJECTS = "/api/v1/projects/"
SUPPORT = "/api/v1/projects/support/"


def refused(answer, status: int, code: str) -> dict:
    body = answer.json()
    assert answer.status_code == status, body
    assert answer["Content-Type"] == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert (body["type"], body["status"]) == (code, status)
    assert body["title"]
    assert body["detail"]
    return body


def test_400_names_the_fields(max, db):
    body = refused(api(max).post(PROJECTS, {"slug": "a b"}), 400, "invalid")

    assert {error["field"] for error in body["errors"]} == {"slug", "name"}
    assert "name: This field is required." in body["detail"]


def test_401_403_404_405_409_415_and_422_look_alike(project, ada, max, olga):
    refused(api(None).get(SUPPORT), 401, "not-authenticated")
    refused(api(ada).patch(SUPPORT, {}), 403, "permission-denied")
    refused(api(olga).get(SUPPORT), 404, "not-found")
    refused(api(max).put(SUPPORT, {}), 405, "method-not-allowed")
    refused(api(max).post(PROJECTS, {"slug": "support", "name": "x"}), 409, "conflict")
    refused(api(max).post(PROJECTS, b"<a/>", content_type="text/xml"), 415, "unsupported-media-type")
    refused(api(max).post(f"{SUPPORT}training-runs/"), 422, "nothing-to-train-on")


def test_a_call_that_does_not_exist_is_a_problem_too(max, db):
    body = refused(api(max).get("/api/v1/nonsense/"), 404, "about:blank")

    assert "/api/v1/nonsense/" in body["detail"]


@pytest.mark.parametrize(
    ("content", "content_type", "said"),
    [
        (b"{", "application/json", "at character 2"),
        (b"\xff", "application/json", "expected UTF-8"),
        (b"[" * 100_000, "application/json", "nested too deeply"),
        (b'{"overlap": NaN}', "application/json", "NaN"),
        (b'{"overlap": 1e999}', "application/json", "too large"),
        (b'{"overlap": ' + b"9" * 5000 + b"}", "application/json", "too many digits"),
        (b"{", "application/json; charset=hex", "at character 2"),
        (b"{", "application/json; charset=utf-16", "at character 2"),
    ],
)
def test_a_body_that_is_no_json_is_400(max, content, content_type, said, db):
    body = refused(api(max).post(PROJECTS, content, content_type=content_type), 400, "parse-error")

    assert said in body["detail"]


@pytest.mark.parametrize(
    "position", ["p=abc", "p=1%00", "p=" + "9" * 40, "p=", "o=x", "r=x", "p=1.5", "p=%ED%A0%80", "o=-1", "x"]
)
def test_a_page_that_does_not_exist_is_no_crash(project, max, position):
    cursor = base64.b64encode(position.encode()).decode()

    for path in (PROJECTS, f"{SUPPORT}members/", f"{SUPPORT}rankings/", f"{SUPPORT}training-runs/"):
        assert api(max).get(path, {"cursor": cursor}).status_code in {200, 404}


@pytest.mark.parametrize("cursor", ["", "x", "é", "\0", "%%%", "=" * 5000])
def test_a_cursor_that_is_none_is_no_crash(project, max, cursor):
    assert api(max).get(PROJECTS, {"cursor": cursor}).status_code in {200, 404}


@pytest.mark.parametrize("size", ["0", "-1", "x", "1" * 30, "\0", "1000000"])
def test_an_odd_page_size_is_no_crash(project, max, size):
    assert api(max).get(PROJECTS, {"page_size": size}).status_code == 200
