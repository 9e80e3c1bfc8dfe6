"""Importing a file of prompts: checked whole, then written; all of it or nothing."""

import pytest

from labeling.exceptions import InvalidImport
from labeling.models import Assignment, Prompt, Ranking, Response
from labeling.services import imports
from labeling.services.imports import ImportCancelled
from labeling.services.projects import create_project
from tests.factories import import_file, make_prompts, row, to_jsonl

BAD_ROWS = {
    "one response": (row("p-2", responses=["One."]), "responses", "expected 2 to 26 responses; got 1"),
    "27 responses": (row("p-2", responses=["x"] * 27), "responses", "expected 2 to 26 responses; got 27"),
    "empty text": (row("p-2", responses=["One.", " "]), "responses[1]", "got an empty one"),
    "unknown role": ({**row("p-2"), "prompt": [{"role": "bot", "content": "x"}]}, "prompt[0].role", "got 'bot'"),
    "1 MB response": (row("p-2", responses=["One.", "x" * 2**20]), "responses[1]", "at most 262,144 characters"),
    "NUL": (row("p-2", responses=["One.", "a\0b"]), "responses[1]", "NUL character"),
    "no id": ({**row(), "id": None}, "id", "expected text; got nothing"),
    "duplicate response id": (
        row("p-2", responses=[{"id": "a", "content": "x"}] * 2),
        "responses[1].id",
        "stands twice",
    ),
    "duplicate row id": (row("p-1", responses=["Other.", "Content."]), "id", "'p-1' stands in this import already"),
}
BAD_LINES = {
    "no JSON": (b'{"id": ', "", "expected JSON"),
    "wrong encoding": ('{"id": "ä"}'.encode("latin-1"), "", "expected UTF-8; byte 9 is 0xe4"),
    "lone surrogate": (b'{"id": "p-2", "prompt": "\\ud800", "responses": ["a", "b"]}', "prompt", "surrogate"),
    "NUL in a field's name": (b'{"id": "p-2", "\\u0000": 1}', "\\0", "unknown field"),
    "deep nesting": (b'{"id": ' + b"[" * 50_000, "", "nested too deeply"),
    "endless number": (b'{"id": ' + b"9" * 5000 + b"}", "", "too many digits"),
}


def stored() -> tuple[int, int, int]:
    return Prompt.objects.count(), Response.objects.count(), Ranking.objects.count()


def test_a_row_becomes_a_prompt_with_its_responses(project):
    content = to_jsonl(
        row(
            "p-1",
            responses=[" One.\r\n", {"id": "b", "content": "Two\u2028e\u0301", "model": "gpt-x"}],
            metadata={"n": 1},
        )
    )

    report = import_file(project, content)

    assert report.as_dict() == {"created": 1, "unchanged": 0, "skipped": 0}
    prompt = project.prompts.get()
    assert (prompt.external_id, prompt.messages, prompt.metadata, prompt.slots, prompt.slots_taken) == (
        "p-1",
        [{"role": "user", "content": "What about p-1?"}],
        {"n": 1},
        1,
        0,
    )
    assert list(prompt.responses.values_list("external_id", "position", "content", "model")) == [
        ("r1", 0, " One.\r\n", ""),
        ("b", 1, "Two\u2028e\u0301", "gpt-x"),
    ]


def test_every_response_gets_a_random_key_that_says_nothing(prompt):
    keys = list(prompt.responses.values_list("key", flat=True))

    assert len(set(keys)) == 3
    assert all(key.startswith("r-") and len(key) == 18 for key in keys)
    assert not {"r1", "r2", "r3"} & set(keys)


def test_prompts_open_as_many_slots_as_the_project_overlaps(project):
    project.overlap = 3
    project.save()

    assert make_prompts(project, "p-1")[0].slots == 3


def test_copies_of_a_prompt_land_in_one_split(project):
    rows = [{**row(f"p-{n}"), "prompt": text} for n, text in enumerate(["May I return it?", "MAY  I return it?\n"])]
    import_file(project, to_jsonl(*rows))

    assert set(project.prompts.values_list("split", flat=True)) == {"validation"}


def test_the_split_key_decides_before_the_text(project):
    import_file(project, to_jsonl({**row("p-1", split_key="c"), "prompt": "May I return it?"}))

    assert project.prompts.get().split == "test"


def test_the_same_rows_again_are_unchanged(project, prompt):
    before = list(prompt.responses.values_list("key", flat=True))

    report = import_file(project, to_jsonl(row("p-1"), row("p-2"), row("p-2")))

    assert report.as_dict() == {"created": 1, "unchanged": 2, "skipped": 0}
    assert list(prompt.responses.values_list("key", flat=True)) == before


def test_the_same_id_with_other_content_is_an_error_by_row(project, prompt):
    with pytest.raises(InvalidImport) as refusal:
        import_file(project, to_jsonl(row("p-2"), row("p-1", responses=["a", "b"])))

    assert refusal.value.errors == [
        {"line": 2, "id": "p-1", "field": "id", "detail": "'p-1' stands in the project already, with other content"}
    ]
    assert stored() == (1, 3, 0)


def test_the_same_id_in_another_project_is_another_prompt(project, prompt, max):
    make_prompts(create_project(creator=max, slug="other", name="Other"), "p-1")

    assert Prompt.objects.filter(external_id="p-1").count() == 2


@pytest.mark.parametrize(("bad", "field", "said"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_refused_by_line_and_field_and_nothing_is_imported(project, bad, field, said):
    with pytest.raises(InvalidImport) as refusal:
        import_file(project, to_jsonl(row("p-1"), bad, row("p-3")))

    (error,) = refusal.value.errors
    assert (error["line"], error["field"]) == (2, field)
    assert said in error["detail"]
    assert "1 of the rows cannot be imported, so none was" in refusal.value.detail
    assert stored() == (0, 0, 0)


@pytest.mark.parametrize(("line", "field", "said"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_line_that_cannot_be_read_is_refused_and_nothing_is_imported(project, line, field, said):
    with pytest.raises(InvalidImport) as refusal:
        import_file(project, to_jsonl(row("p-1")) + line + b"\n")

    (error,) = refusal.value.errors
    assert (error["line"], error["field"]) == (2, field)
    assert said in error["detail"]
    assert stored() == (0, 0, 0)


@pytest.mark.parametrize(("bad", "field", "said"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_skip_invalid_leaves_the_bad_row_out_and_counts_it(project, bad, field, said):
    report = import_file(project, to_jsonl(row("p-1"), bad, row("p-3")), skip_invalid=True)

    assert (report.created, report.unchanged, report.skipped) == (2, 0, 1)
    assert [error["field"] for error in report.errors] == [field]
    assert set(project.prompts.values_list("external_id", flat=True)) == {"p-1", "p-3"}


def test_only_so_many_errors_are_listed_but_all_are_counted(project, monkeypatch):
    monkeypatch.setattr(imports, "LISTED_ERRORS", 2)
    monkeypatch.setattr(imports, "BATCH", 2)
    content = to_jsonl(row("p-1")) + b"nonsense\n" * 5

    report = import_file(project, content, skip_invalid=True)

    assert report.skipped == 5
    assert [error["line"] for error in report.errors] == [2, 3]


def test_a_long_file_is_checked_whole_before_its_first_row_is_written(project, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)

    with pytest.raises(InvalidImport) as refusal:
        import_file(project, to_jsonl(*(row(f"p-{n}") for n in range(5)), row("p-0", responses=["a", "b"])))

    assert refusal.value.errors[0]["line"] == 6
    assert stored() == (0, 0, 0)


def test_batches_of_a_long_file_know_each_other(project, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    rows = [row("p-1"), row("p-2"), row("p-1"), row("p-1", responses=["a", "b"]), row("p-3")]

    report = import_file(project, to_jsonl(*rows), skip_invalid=True)

    assert (report.created, report.unchanged, report.skipped) == (3, 1, 1)
    assert report.errors[0]["line"] == 4


def test_an_import_that_is_told_to_stop_keeps_the_batches_it_wrote(project, monkeypatch):
    monkeypatch.setattr(imports, "BATCH", 2)
    told: list[int] = []

    def progress(done: int) -> bool:
        told.append(done)
        return done < 2

    with pytest.raises(ImportCancelled):
        import_file(project, to_jsonl(*(row(f"p-{n}") for n in range(5))), progress=progress)

    assert told == [0, 0, 0, 2], "nothing is done while the file is checked, and then a batch"
    assert project.prompts.count() == 2


def test_an_empty_file_imports_nothing(project):
    assert import_file(project, b"").as_dict() == {"created": 0, "unchanged": 0, "skipped": 0}


def test_an_unreadable_file_is_refused(project):
    with pytest.raises(InvalidImport, match="not a readable Parquet file"):
        import_file(project, b"nonsense", format="parquet")
    with pytest.raises(InvalidImport, match="expected a JSON list of rows"):
        import_file(project, b"{}", format="json")


def test_the_sentiment_recipe_stores_its_judgements_as_imported_ones(project, admin):
    texts = [{"text": f"Text {n}", "label": n % 2} for n in range(4)]

    report = import_file(project, to_jsonl(*texts), recipe="sentiment")

    assert report.created == 2
    for ranking in Ranking.objects.select_related("prompt"):
        names = dict(ranking.prompt.responses.values_list("key", "external_id"))
        assert [[names[key] for key in tier] for tier in ranking.tiers] == [["positive"], ["negative"]]
        assert (ranking.source, ranking.annotator) == (Ranking.Source.IMPORT, admin)
    assert Assignment.objects.filter(status="submitted", slot=1).count() == 2
    assert set(project.prompts.values_list("slots_taken", flat=True)) == {1}


def test_imported_judgements_again_are_unchanged(project):
    content = to_jsonl({"text": "Good", "label": 1}, {"text": "Bad", "label": 0})
    import_file(project, content, recipe="sentiment")

    report = import_file(project, content, recipe="sentiment")

    assert report.as_dict() == {"created": 0, "unchanged": 1, "skipped": 0}
    assert Ranking.objects.count() == 1
