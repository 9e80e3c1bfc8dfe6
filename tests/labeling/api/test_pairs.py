"""The export over the API: for managers, streamed, in the format that the query asks for."""

import pytest

from tests.factories import api, exported_lines, rank

PAIRS = "/api/v1/projects/support/pairs/"


@pytest.fixture
def ranked(ada, prompt) -> None:
    rank(ada, prompt, "r2 > r1 = r3")


def test_the_export_is_what_the_command_writes(project, max, ranked):
    answer = api(max).get(PAIRS)

    assert answer.status_code == 200
    assert answer.streaming
    assert answer["Content-Type"] == "application/x-ndjson"
    assert answer["Content-Disposition"] == 'attachment; filename="support-trl.jsonl"'
    assert answer.getvalue() == b"".join(exported_lines(project))


@pytest.mark.parametrize("accept", ["text/html", "application/json", "image/png", "nonsense", "*/*", ""])
def test_accept_is_ignored(project, max, ranked, accept):
    answer = api(max).get(PAIRS, headers={"Accept": accept})

    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/x-ndjson"


def test_shape_split_and_ties_are_the_querys(project, max, ranked, prompt):
    groups = api(max).get(PAIRS, {"shape": "groups", "format": "jsonl", "split": prompt.split})
    ties = api(max).get(PAIRS, {"include_ties": "1"})
    other = api(max).get(PAIRS, {"split": "test"})

    assert groups.getvalue() == b"".join(exported_lines(project, shape="groups"))
    assert ties.getvalue() == b"".join(exported_lines(project, include_ties=True))
    assert other.getvalue() == b""


@pytest.mark.parametrize(
    "query",
    [
        {"shape": "parquet"},
        {"shape": ""},
        {"format": "xml"},
        {"format": "json"},
        {"format": ""},
        {"split": "dev"},
        {"split": "\0"},
        {"include_ties": "some"},
        {"snapshot": "x"},
        {"snapshot": "-1"},
        {"snapshot": "²"},
        {"snapshot": ""},
    ],
)
def test_an_unknown_value_is_400(project, max, ranked, query):
    answer = api(max).get(PAIRS, query)

    assert (answer.status_code, answer.json()["type"]) == (400, "invalid")


@pytest.mark.parametrize("number", ["999", "9" * 40])
def test_an_unknown_snapshot_is_404(project, max, ranked, number):
    assert api(max).get(PAIRS, {"snapshot": number}).status_code == 404
