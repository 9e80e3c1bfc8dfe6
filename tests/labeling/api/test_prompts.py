"""Importing over the API: a JSON list, NDJSON, Parquet or a form's file; long ones become jobs."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from labeling.models import Job, Prompt
from labeling.services import jobs
from labeling.services.jobs import run_import_job
from tests.factories import api, row, to_jsonl

PROMPTS = "/api/v1/projects/support/prompts/"
ROWS = [row("p-1"), row("p-2")]


def parquet(rows: list[dict]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def send(user, content: bytes, content_type: str = "application/x-ndjson", query: str = ""):
    return api(user).post(PROMPTS + query, content, content_type=content_type)


BODIES = {
    "a JSON list": (json.dumps(ROWS).encode(), "application/json"),
    "a JSON list with a charset": (json.dumps(ROWS).encode(), "application/json; charset=utf-8"),
    "NDJSON": (to_jsonl(*ROWS), "application/x-ndjson"),
    "JSON lines": (to_jsonl(*ROWS), "application/jsonl"),
    "Parquet": (parquet(ROWS), "application/vnd.apache.parquet"),
}


@pytest.mark.parametrize(("content", "content_type"), BODIES.values(), ids=BODIES)
def test_rows_come_in_many_kinds_of_body(project, max, content, content_type):
    answer = send(max, content, content_type)

    assert (answer.status_code, answer.json()) == (201, {"created": 2, "unchanged": 0, "skipped": 0})
    assert list(project.prompts.values_list("external_id", flat=True)) == ["p-1", "p-2"]
    assert send(max, content, content_type).json() == {"created": 0, "unchanged": 2, "skipped": 0}


@pytest.mark.parametrize(
    ("name", "content"),
    [("rows.jsonl", to_jsonl(*ROWS)), ("rows.JSON", json.dumps(ROWS).encode()), ("rows.parquet", parquet(ROWS))],
)
def test_a_form_brings_a_file_of_any_known_name(project, max, name, content):
    answer = api(max).post(PROMPTS, {"file": SimpleUploadedFile(name, content)}, format="multipart")

    assert (answer.status_code, answer.json()["created"]) == (201, 2)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "expected one file in the form"),
        ({"file": "no file"}, "expected one file in the form"),
        ({"file": ("rows.xlsx", b"a,b")}, "known endings are .jsonl"),
        ({"a": ("a.jsonl", b"{}"), "b": ("b.jsonl", b"{}")}, "expected one file in the form"),
    ],
)
def test_a_form_without_one_usable_file_is_refused(project, max, form, said):
    fields = {name: SimpleUploadedFile(*value) if isinstance(value, tuple) else value for name, value in form.items()}

    answer = api(max).post(PROMPTS, fields, format="multipart")

    assert answer.status_code == 400
    assert said in answer.json()["detail"]
    assert not Prompt.objects.exists()


def test_a_bad_row_is_named_and_nothing_is_imported(project, max):
    answer = send(max, to_jsonl(row("p-1"), row("p-2", responses=["One."])))

    assert (answer.status_code, answer.json()["type"]) == (400, "invalid-import")
    assert answer.json()["errors"] == [
        {"line": 2, "id": None, "field": "responses", "detail": "expected 2 to 26 responses; got 1"}
    ]
    assert not Prompt.objects.exists()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"", "application/json"),
        (b"{}", "application/json"),
        (b'{"id": "p-1"}', "application/json"),
        (b"[1, 2]", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"[" * 100_000, "application/x-ndjson"),
        (b'["\\ud800"]', "application/json"),
        (b'{"\\ud800": 1}', "application/x-ndjson"),
        ("[]".encode("utf-16"), "application/json"),
        (b"PAR1 nonsense PAR1", "application/vnd.apache.parquet"),
        (b"\x00", "application/x-ndjson"),
        (b"--x", "multipart/form-data; boundary=x"),
        (b"--x", "multipart/form-data"),
    ],
)
def test_a_body_that_cannot_be_read_is_400(project, max, content, content_type):
    answer = send(max, content, content_type)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not Prompt.objects.exists()


def test_an_empty_list_imports_nothing(project, max):
    assert send(max, b"[]", "application/json").json() == {"created": 0, "unchanged": 0, "skipped": 0}


def test_another_content_type_is_415(project, max):
    answer = send(max, b"id,prompt", "text/csv")

    assert (answer.status_code, answer.json()["type"]) == (415, "unsupported-media-type")


def test_skip_invalid_imports_the_rest_and_says_what_it_left_out(project, max):
    content = to_jsonl(row("p-1"), row("p-2", responses=["One."]))

    answer = send(max, content, query="?skip_invalid=1")

    assert answer.status_code == 201
    assert (answer.json()["created"], answer.json()["skipped"]) == (1, 1)
    assert answer.json()["errors"][0]["line"] == 2
    assert send(max, content, query="?skip_invalid=perhaps").status_code == 400


def test_a_long_import_becomes_a_job_that_can_be_followed(project, max, sent):
    content = to_jsonl(*(row(f"p-{number}", responses=["a", "b"]) for number in range(1001)))

    answer = send(max, content)

    assert (answer.status_code, set(answer.json())) == (202, {"job"})
    path = f"/api/v1/jobs/{answer.json()['job']}/"
    assert api(max).get(path).json() == {
        "id": answer.json()["job"],
        "kind": "import",
        "status": "queued",
        "done": 0,
        "total": None,
        "errors": [],
        "result": None,
    }

    run_import_job(job_id=answer.json()["job"])

    ended = api(max).get(path).json()
    assert (ended["status"], ended["done"], ended["total"]) == ("succeeded", 1001, 1001)
    assert ended["result"] == {"created": 1001, "unchanged": 0, "skipped": 0}
    assert project.prompts.count() == 1001
    assert api(max).post(f"{path}cancel/").status_code == 409


def test_a_job_can_be_cancelled(project, max, ada, olga, sent, monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", 1)
    path = f"/api/v1/jobs/{send(max, to_jsonl(*ROWS)).json()['job']}/"

    assert api(olga).post(f"{path}cancel/").status_code == 404
    assert api(ada).post(f"{path}cancel/").status_code == 403
    assert Job.objects.get().status == "queued"
    cancelled = api(max).post(f"{path}cancel/")

    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert not Prompt.objects.exists()
