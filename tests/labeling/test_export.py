"""The export: every judgement that counts, in an order and in bytes that do not change."""

import json

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labeling.exceptions import InvalidInput
from labeling.judgements import Judgement
from labeling.models import PromptStatistics, Pseudonym
from labeling.selectors import groups as selector
from labeling.selectors.exports import Choices, export_pieces
from labeling.services.analysis import refresh_statistics
from labeling.services.members import add_member
from labeling.services.projects import create_project, update_project
from labeling.services.rankings import revise_ranking
from tests.factories import exported_lines, import_file, make_prompts, rank, row, tiers_of, to_jsonl


def records(project, **choices) -> list[dict]:
    return [json.loads(line) for line in exported_lines(project, **choices)]


@pytest.fixture
def annotated(project, ada, max):
    """Two prompts, one with an umlaut; Ada ranked both and Max the first, which is the last ranking of the three."""
    update_project(project=project, overlap=2)
    add_member(project=project, user=ada, role="annotator", cohort=["de"])
    import_file(
        project,
        to_jsonl(
            row("p-1", responses=[{"content": "Grün.", "model": "gpt-x"}, "Two.\u2028", "Three."], metadata={"n": 1}),
            {**row("p-2", responses=["One.", "Two."]), "prompt": "May I return it?"},
        ),
    )
    first, second = project.prompts.all()
    keys = dict(first.responses.values_list("external_id", "key"))
    said = {"acceptable": [keys["r2"]], "ratings": {keys["r1"]: {"coherence": 4}}}
    rankings = [
        rank(ada, first, "r2 > r1 = r3", **said),
        rank(ada, second, "r1 > r2"),
        rank(max, first, "r1 > r3 > r2"),
    ]
    Pseudonym.objects.create(user=ada, name="a-ada0")
    Pseudonym.objects.create(user=max, name="a-max0")
    return rankings


def test_trl_is_these_bytes(project, annotated):
    one, two, three = (ranking.pk for ranking in annotated)
    p1 = '{"prompt":[{"role":"user","content":"What about p-1?"}],'
    p2 = '{"prompt":[{"role":"user","content":"May I return it?"}],'
    green = '[{"role":"assistant","content":"Grün."}]'
    second = '[{"role":"assistant","content":"Two.\u2028"}]'
    third = '[{"role":"assistant","content":"Three."}]'
    ada = '"annotator":"a-ada0",'
    max = '"annotator":"a-max0",'
    train, validation = '"split":"train"}\n', '"split":"validation"}\n'
    from_x, to_x = '"chosen_model":"gpt-x","rejected_model":"",', '"chosen_model":"","rejected_model":"gpt-x",'
    plain = '"chosen_model":"","rejected_model":"",'
    expected = [
        f'{p1}"chosen":{second},"rejected":{green},"margin":1,"weight":0.5,"prompt_id":"p-1",'
        f'"ranking_id":{one},{ada}{to_x}{train}',
        f'{p1}"chosen":{second},"rejected":{third},"margin":1,"weight":0.5,"prompt_id":"p-1",'
        f'"ranking_id":{one},{ada}{plain}{train}',
        f'{p2}"chosen":[{{"role":"assistant","content":"One."}}],'
        f'"rejected":[{{"role":"assistant","content":"Two."}}],"margin":1,"weight":1.0,"prompt_id":"p-2",'
        f'"ranking_id":{two},{ada}{plain}{validation}',
        f'{p1}"chosen":{green},"rejected":{second},"margin":2,"weight":{1 / 3},"prompt_id":"p-1",'
        f'"ranking_id":{three},{max}{from_x}{train}',
        f'{p1}"chosen":{green},"rejected":{third},"margin":1,"weight":{1 / 3},"prompt_id":"p-1",'
        f'"ranking_id":{three},{max}{from_x}{train}',
        f'{p1}"chosen":{third},"rejected":{second},"margin":1,"weight":{1 / 3},"prompt_id":"p-1",'
        f'"ranking_id":{three},{max}{plain}{train}',
    ]

    assert b"".join(exported_lines(project)).decode() == "".join(expected)


def test_groups_are_these_bytes(project, annotated):
    expected = (
        '{"id":"p-1","prompt":[{"role":"user","content":"What about p-1?"}],"metadata":{"n":1},'
        '"responses":[{"id":"r1","content":"Grün.","model":"gpt-x"},'
        '{"id":"r2","content":"Two.\u2028","model":""},{"id":"r3","content":"Three.","model":""}],'
        '"rankings":[{"annotator":"a-ada0","cohort":["de"],"tiers":[["r2"],["r1","r3"]],'
        '"acceptable":["r2"],"ratings":{"r1":{"coherence":4}},"weight":1.0},'
        '{"annotator":"a-max0","cohort":[],"tiers":[["r1"],["r3"],["r2"]],'
        '"acceptable":null,"ratings":{},"weight":1.0}],"split":"train"}\n'
        '{"id":"p-2","prompt":[{"role":"user","content":"May I return it?"}],"metadata":{},'
        '"responses":[{"id":"r1","content":"One.","model":""},{"id":"r2","content":"Two.","model":""}],'
        '"rankings":[{"annotator":"a-ada0","cohort":["de"],"tiers":[["r1"],["r2"]],'
        '"acceptable":null,"ratings":{},"weight":1.0}],"split":"validation"}\n'
    )

    assert b"".join(exported_lines(project, shape="groups")).decode() == expected


def test_numbers_of_metadata_come_out_as_they_went_in(project, ada):
    metadata = {"id": 2**70, "negative": -(2**64), "share": 0.1}
    [prompt] = make_prompts(project, "p-1", metadata=metadata)
    rank(ada, prompt, "r1 > r2 > r3")

    for export_format in ("jsonl", "csv"):
        written = b"".join(export_pieces(project, Choices(shape="groups", format=export_format))).decode()
        assert str(2**70) in written
    [record] = records(project, shape="groups")
    assert record["metadata"] == metadata


def test_small_chunks_give_the_same_bytes(project, annotated, monkeypatch):
    whole = {shape: b"".join(exported_lines(project, shape=shape)) for shape in ("trl", "groups")}
    monkeypatch.setattr(selector, "CHUNK", 1)

    assert {shape: b"".join(exported_lines(project, shape=shape)) for shape in ("trl", "groups")} == whole


def test_ties_come_marked_when_asked_for(project, annotated):
    pairs = [pair for pair in records(project, include_ties=True) if pair["ranking_id"] == annotated[0].pk]

    assert [(pair["margin"], pair["tie"], pair["weight"]) for pair in pairs] == [
        (0, True, 1 / 3),
        (1, False, 1 / 3),
        (1, False, 1 / 3),
    ]
    assert all("tie" not in pair for pair in records(project))


def test_the_weights_of_every_ranking_add_up_to_one(project, annotated):
    weights: dict[int, float] = {}
    for pair in records(project):
        weights[pair["ranking_id"]] = weights.get(pair["ranking_id"], 0) + pair["weight"]

    assert weights == {ranking.pk: pytest.approx(1) for ranking in annotated}


@pytest.mark.parametrize("shape", ["trl", "groups"])
def test_a_split_holds_its_prompts_alone(project, annotated, shape):
    by_split = {split: records(project, shape=shape, split=split) for split in ("train", "validation", "test")}

    assert {split: {record["split"] for record in found} for split, found in by_split.items()} == {
        "train": {"train"},
        "validation": {"validation"},
        "test": set(),
    }
    assert sum(map(len, by_split.values())) == len(records(project, shape=shape))


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"shape": "csv"}, "shape must be one of trl, dpo, kto, openrlhf, hh, tokenized, groups; got 'csv'"),
        ({"shape": ""}, "shape must be one of"),
        ({"format": "xlsx"}, "format must be one of jsonl, csv, parquet; got 'xlsx'"),
        ({"compression": "rar"}, "compression must be one of gzip, zstd; got 'rar'"),
        ({"compression": "gzip", "format": "parquet"}, "compressed in itself"),
        ({"include_ties": True, "shape": "kto"}, "the shape kto has none"),
        ({"min_agreement": 1.5}, "from 0 to 1; got 1.5"),
        ({"after": "7", "shape": "dpo"}, r"trl \(ranking_id\), groups \(id\); got 'dpo'"),
        ({"after": "p-1"}, "must be the number of a ranking, for this shape; got 'p-1'"),
        ({"after": "gone", "shape": "groups"}, "the id of a prompt of this project; got 'gone'"),
        ({"split": "dev"}, "split must be one of train, validation, test; got 'dev'"),
    ],
)
def test_an_unknown_choice_is_refused_before_the_first_line(project, choice, said):
    with pytest.raises(InvalidInput, match=said):
        export_pieces(project, Choices(**choice))


def test_names_never_leave(project, annotated, ada, max):
    Pseudonym.objects.all().delete()

    for shape in ("trl", "groups"):
        exported = b"".join(exported_lines(project, shape=shape)).decode()
        assert '"ada"' not in exported
        assert '"max"' not in exported
    names = {record["annotator"] for record in records(project)}
    assert names == set(Pseudonym.objects.values_list("name", flat=True))
    assert {record["annotator"] for record in records(project)} == names, "a pseudonym is stable"


@pytest.mark.parametrize("shape", ["trl", "groups"])
def test_a_superseded_ranking_does_not_count(project, annotated, shape):
    first = annotated[0]
    revise_ranking(
        ranking=first, judgement=Judgement(tiers=tiers_of(first.prompt, "r3 > r1 > r2")), idempotency_key="again"
    )

    exported = records(project, shape=shape)

    if shape == "trl":
        assert [pair["ranking_id"] for pair in exported] == sorted(pair["ranking_id"] for pair in exported)
        assert first.pk not in {pair["ranking_id"] for pair in exported}
    else:
        tiers = [ranking["tiers"] for ranking in exported[0]["rankings"]]
        assert tiers == [[["r1"], ["r3"], ["r2"]], [["r3"], ["r1"], ["r2"]]]


def test_a_prompt_nobody_ranked_is_in_no_export(project, prompt):
    assert records(project, shape="groups") == []
    assert records(project) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip))
def test_text_comes_back_code_point_for_code_point(project, ada, text):
    with transaction.atomic():
        import_file(project, to_jsonl({**row("p-1", responses=[text, "Two."]), "prompt": text}))
        rank(ada, project.prompts.get(), "r1 > r2")
        (pair,) = records(project)
        transaction.set_rollback(True)

    assert pair["prompt"] == [{"role": "user", "content": text}]
    assert pair["chosen"] == [{"role": "assistant", "content": text}]


def test_another_project_is_not_in_it(project, annotated, max):
    other = create_project(creator=max, slug="other", name="Other")
    rank(max, make_prompts(other, "p-1")[0], "r1 > r2 > r3")

    assert len(records(other)) == 3
    assert len(records(project)) == 6


class TestChoices:
    def test_moments_take_the_first_and_leave_the_last(self, project, annotated):
        _one, two, three = annotated
        span = {"since": two.created_at, "until": three.created_at}
        assert {pair["ranking_id"] for pair in records(project, **span)} == {two.pk}
        assert [group["id"] for group in records(project, shape="groups", **span)] == ["p-2"]
        assert {pair["ranking_id"] for pair in records(project, since=two.created_at)} == {two.pk, three.pk}

    def test_an_export_goes_on_where_another_ended(self, project, annotated):
        whole = exported_lines(project)
        last = json.loads(whole[1])["ranking_id"]
        assert whole == whole[:2] + exported_lines(project, after=str(last))
        groups = exported_lines(project, shape="groups")
        assert groups == groups[:1] + exported_lines(project, shape="groups", after="p-1")

    def test_only_prompts_on_which_people_agree(self, project, annotated):
        refresh_statistics()
        # Ada and Max differ on p-1; p-2 has one annotator, who agrees with nobody.
        agreement = PromptStatistics.objects.get(prompt__external_id="p-1").agreement
        assert {pair["prompt_id"] for pair in records(project, min_agreement=agreement)} == {"p-1"}
        assert records(project, min_agreement=min(agreement + 0.01, 1)) == []
        assert records(project, shape="groups", min_agreement=min(agreement + 0.01, 1)) == []

    def test_one_annotator_one_cohort(self, project, annotated):
        assert {pair["annotator"] for pair in records(project, annotator="a-max0")} == {"a-max0"}
        assert {pair["annotator"] for pair in records(project, cohort="de")} == {"a-ada0"}
        assert records(project, annotator="a-nobody") == []
