"""The recipe `groups` reads Podium's own export, and importing it brings back what was exported."""

import json

import pytest

from labeling.models import Ranking
from labeling.selectors.exports import Choices, export_pieces
from labeling.services.projects import create_project
from labeling.sources.recipes import RECIPES
from labeling.sources.rows import InvalidRow, JudgementRow
from tests.factories import exported_lines, import_file, make_prompts, rank, to_jsonl


def group(**fields):
    return {
        "id": "p-1",
        "prompt": [{"role": "user", "content": "Where?"}],
        "metadata": {"n": 1},
        "responses": [{"id": name, "content": f"{name}.", "model": ""} for name in ("r1", "r2", "r3")],
        "rankings": [ranking()],
        **fields,
    }


def ranking(annotator="a-1", tiers=(("r2",), ("r1", "r3")), **fields):
    said = {"annotator": annotator, "cohort": [], "tiers": [list(tier) for tier in tiers], "acceptable": None}
    return {**said, "ratings": {}, "weight": 1.0, **fields}


def groups(*values):
    return list(RECIPES["groups"](enumerate(values, start=1)))


def export(project):
    return [json.loads(line) for line in exported_lines(project, shape="groups")]


def test_a_group_becomes_a_prompt_with_its_rankings():
    said = ranking("a-2", [["r1"], ["r2"], ["r3"]], acceptable=["r1"], ratings={"r1": {"coherence": 4}}, weight=0.5)
    ((_, row),) = groups(group(rankings=[ranking(), said]))

    assert row.judgements == (
        JudgementRow("a-1", [["r2"], ["r1", "r3"]]),
        JudgementRow("a-2", [["r1"], ["r2"], ["r3"]], ["r1"], {"r1": {"coherence": 4}}),
    )


def test_a_ranking_may_leave_responses_out():
    ((_, row),) = groups(group(rankings=[ranking(tiers=[["r3"], ["r1"]])]))

    assert row.judgements == (JudgementRow("a-1", [["r3"], ["r1"]]),)


@pytest.mark.parametrize(
    ("fields", "field", "detail"),
    [
        ({"rankings": {}}, "rankings", "expected a list of rankings"),
        ({"rankings": ["r1"]}, "rankings[0]", "expected an object"),
        ({"rankings": [ranking(), ranking()]}, "rankings[1].annotator", "'a-1' has ranked this prompt already"),
        ({"rankings": [ranking(annotator=None)]}, "rankings[0].annotator", "expected text; got nothing"),
        ({"rankings": [ranking() | {"tiers": ["r1"]}]}, "rankings[0]", "tiers must be a list of lists"),
        ({"rankings": [ranking(tiers=[["r1"], ["r9"]])]}, "rankings[0]", "not among this prompt's responses: r9"),
        ({"rankings": [ranking(tiers=[["r1"], ["r1"]])]}, "rankings[0]", "repeated: r1"),
        ({"rankings": [ranking(tiers=[])]}, "rankings[0].tiers", "expected one ranked response at least"),
        ({"rankings": [ranking(acceptable=["r9"])]}, "rankings[0]", "acceptable: not among"),
        ({"rankings": [ranking(ratings={"r1": {"coherence": 9}})]}, "rankings[0]", "coherence"),
        ({"rankings": [ranking(ratings={"r1": {"a\0": 1}})]}, "rankings[0].ratings.r1", "NUL character"),
        ({"rankings": [ranking(mood="good")]}, "rankings[0].mood", "unknown field"),
        ({"split": "dev"}, "split", "expected one of train, validation, test; got 'dev'"),
        ({"responses": ["x"]}, "responses", "expected 2 to 26"),
    ],
)
def test_a_bad_group_is_told_by_line(fields, field, detail):
    ((line, error),) = groups(group(**fields))

    assert isinstance(error, InvalidRow)
    assert (line, error.field) == (1, field)
    assert detail in error.detail


def test_an_export_imported_again_is_the_same_export_but_for_the_pseudonyms(project, admin, ada, max):
    project.overlap = 2
    project.save()
    first, second, _ = make_prompts(project, "p-1", "p-2", "p-3")
    rank(ada, first, "r2 > r1 = r3", acceptable=[first.responses.get(external_id="r2").key])
    rank(max, first, "r1 > r2 > r3")
    rank(ada, second, "r3 > r2 > r1")
    before = export(project)
    copy = create_project(creator=admin, slug="copy", name="Copy")

    report = import_file(copy, to_jsonl(*before), recipe="groups")
    after = export(copy)

    assert report.as_dict() == {"created": 2, "unchanged": 0, "skipped": 0}
    assert [without_names(one) for one in after] == [without_names(one) for one in before]
    # The same person is the same person in both prompts, and nobody else.
    assert after[0]["rankings"][0]["annotator"] == after[1]["rankings"][0]["annotator"]
    assert after[0]["rankings"][1]["annotator"] != after[0]["rankings"][0]["annotator"]
    assert set(Ranking.objects.filter(prompt__project=copy).values_list("source", flat=True)) == {"import"}


def without_names(exported):
    return {**exported, "rankings": [{**one, "annotator": None} for one in exported["rankings"]]}


def test_a_prompt_that_would_move_to_another_split_is_refused(project):
    (prompt,) = make_prompts(project, "p-1", split_key="ticket-991")
    other = next(name for name in ("train", "validation", "test") if name != prompt.split)
    row = {"id": "p-2", "prompt": "What about p-1?", "responses": ["One.", "Two."], "split_key": "ticket-991"}

    report = import_file(project, to_jsonl({**row, "split": other}), recipe="groups", skip_invalid=True)
    again = import_file(project, to_jsonl({**row, "split": prompt.split}), recipe="groups")

    (error,) = report.errors
    assert (error["line"], error["id"], error["field"]) == (1, "p-2", "split")
    assert f"was in '{other}' and would be in '{prompt.split}' here" in error["detail"]
    assert again.created == 1


def test_a_parquet_export_comes_back_with_ratings_and_metadata(project, ada, max, admin):
    (prompt,) = make_prompts(project, "p-1", metadata={"topic": "tea", "n": [1, 2]})
    keys = dict(prompt.responses.values_list("external_id", "key"))
    rank(ada, prompt, "r2 > r1 = r3", ratings={keys["r1"]: {"coherence": 4}}, acceptable=[keys["r2"]])
    content = b"".join(export_pieces(project, Choices(shape="groups", format="parquet")))
    other = create_project(creator=admin, slug="other", name="Other")
    report = import_file(other, content, format="parquet", recipe="groups")

    assert report.created == 1
    assert other.prompts.get().metadata == {"topic": "tea", "n": [1, 2]}
    stored = Ranking.objects.get(prompt__project=other)
    names = dict(other.prompts.get().responses.values_list("key", "external_id"))
    assert {names[key]: rated for key, rated in stored.ratings.items()} == {"r1": {"coherence": 4}}
    assert [names[key] for key in stored.acceptable] == ["r2"]
