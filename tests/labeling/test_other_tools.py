"""What Label Studio, Argilla, OpenAI's API and Ground Truth write, read as they write it."""

import io
import json

import pytest

from labeling.models import Ranking
from labeling.sources.readers import READERS
from labeling.sources.recipes import RECIPES
from labeling.sources.rows import InvalidRow
from tests.factories import exported_lines, import_file, to_jsonl


def read(recipe: str, *rows, format: str = "json"):
    content = json.dumps(rows).encode() if format == "json" else to_jsonl(*rows)
    return [found for _, found in RECIPES[recipe](READERS[format](io.BytesIO(content)))]


def orders(row) -> dict:
    return {one.annotator: one.tiers for one in row.judgements}


# Label Studio: fields as version 1.23 exports them

RANKER = {
    "id": 31,
    "data": {
        "prompt": "How do I descale it?",
        "answers": [{"id": "r0", "title": "A", "body": "Vinegar."}, {"id": "r1", "body": "Soap."}],
    },
    "annotations": [
        {
            "id": 5,
            "completed_by": 1,
            "was_cancelled": False,
            "updated_at": "2026-11-02T09:00:00Z",
            "result": [
                {"from_name": "rank", "to_name": "answers", "type": "ranker", "value": {"ranker": {"_": ["r1", "r0"]}}}
            ],
        },
        {
            "id": 6,
            "completed_by": {"id": 2, "email": "a@example.org"},
            "result": [{"type": "ranker", "value": {"ranker": {"rank": ["r0", "r1"]}}}],
        },
        {"id": 7, "completed_by": 3, "was_cancelled": True, "result": [{"type": "ranker", "value": {"ranker": {}}}]},
        {"id": 8, "completed_by": 4, "result": []},
    ],
}
PAIRWISE = {
    "id": 32,
    "data": {"question": "Why?", "answer1": "Because.", "answer2": "Ask again."},
    "annotations": [
        {
            "completed_by": 1,
            "updated_at": "2026-11-02",
            "result": [{"type": "pairwise", "from_name": "pw", "value": {"selected": "right"}}],
        },
        {
            "completed_by": 1,
            "updated_at": "2026-11-01",
            "result": [{"type": "pairwise", "from_name": "pw", "value": {"selected": "left"}}],
        },
    ],
}


def test_label_studio_rankings_come_with_their_annotators():
    ranker, pairwise = read("labelstudio", RANKER, PAIRWISE)

    assert ranker.id == "31"
    assert [one.content for one in ranker.responses] == ["Vinegar.", "Soap."]
    assert orders(ranker) == {"1": [["r1"], ["r0"]], "2": [["r0"], ["r1"]]}
    # Of two annotations of one person, the newer one.
    assert orders(pairwise) == {"1": [["answer2"], ["answer1"]]}


def test_an_e_mail_address_in_the_data_is_not_stored(project):
    import_file(project, json.dumps([RANKER]).encode(), format="json", recipe="labelstudio")

    assert Ranking.objects.count() == 2
    (group,) = exported_lines(project, shape="groups")
    assert b"example.org" not in group
    assert not [ranking for ranking in Ranking.objects.all() if "example" in ranking.annotator.username]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"data": {"prompt": "Why?", "a": 1}}, "two fields as answer1 and answer2"),
        ({"data": {"answers": RANKER["data"]["answers"]}}, "prompt"),
        ({"annotations": [{"result": [{"type": "ranker", "value": {"ranker": {"_": ["r9"]}}}]}]}, "'r9'"),
        (
            {"annotations": [{"result": [{"type": "ranker", "value": {"ranker": {"good": ["r0"], "bad": ["r1"]}}}]}]},
            "no order of their own",
        ),
        ({"annotations": [{"result": [{"type": "pairwise", "value": {"selected": "up"}}]}]}, "left or right"),
        ({"annotations": [3]}, "expected an object"),
    ],
)
def test_a_task_that_cannot_be_read_says_why(change, said):
    (found,) = read("labelstudio", {**RANKER, **change})
    assert isinstance(found, InvalidRow)
    assert said in str(found)


# Argilla

RECORD = {
    "id": "7f1e",
    "status": "completed",
    "fields": {"instruction": "Why?", "response_1": "Because.", "response-2": "Ask again."},
    "metadata": {"topic": "x"},
    "responses": {
        "ranking": [
            {"value": ["response-2", "response_1"], "user_id": "u-1", "status": "submitted"},
            {"value": [{"value": "response_1", "rank": 1}, {"value": "response-2", "rank": 1}], "user_id": "u-2"},
            {"value": ["response_1", "response-2"], "user_id": "u-3", "status": "draft"},
        ],
        "comment": [{"value": "Fine.", "user_id": "u-1"}],
    },
}


def test_argilla_rankings_ties_and_labels():
    labelled = {**RECORD, "id": "8", "responses": {"best": [{"value": "response_1", "user_id": "u-1"}]}}
    tied = {**RECORD, "id": "9", "responses": {"best": [{"value": "tie", "user_id": "u-1"}]}}
    ranked, best, tie = read("argilla", RECORD, labelled, tied)

    assert ranked.metadata == {"topic": "x"}
    assert orders(ranked) == {"u-1": [["response-2"], ["response_1"]], "u-2": [["response_1", "response-2"]]}
    assert orders(best) == {"u-1": [["response_1"], ["response-2"]]}
    assert orders(tie) == {"u-1": [["response_1", "response-2"]]}


def test_a_record_without_answers_is_a_prompt_to_rank():
    (found,) = read("argilla", {"id": 1, "fields": RECORD["fields"]})
    assert (found.id, found.judgements) == ("1", ())


def test_an_option_that_is_no_field_is_named():
    (found,) = read("argilla", {**RECORD, "responses": {"r": [{"value": ["response_1", "response_3"]}]}})
    assert "response_3" in str(found)


# OpenAI

ASKED = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]


def test_chat_logs_become_prompts_with_the_responses_they_have():
    tuning = {"messages": [*ASKED, {"role": "assistant", "content": "Because."}]}
    logged = {
        "request": {"model": "m-1", "messages": ASKED},
        "response": {"model": "m-1-2026", "choices": [{"message": {"content": "A."}}, {"message": {"content": "B."}}]},
    }
    batch = {
        "custom_id": "c-1",
        "request": {"body": {"messages": ASKED}},
        "response": {"status_code": 200, "body": {"model": "m", "choices": [{"message": {"content": "C."}}]}},
    }
    parts = {
        "messages": [{"role": "developer", "content": [{"type": "text", "text": "W"}, {"type": "text", "text": "hy"}]}]
    }
    one, two, three, four = read("openai", tuning, logged, batch, parts, format="jsonl")

    assert one.messages == ASKED
    assert [response.content for response in one.responses] == ["Because."]
    assert [(response.content, response.model) for response in two.responses] == [
        ("A.", "m-1-2026"),
        ("B.", "m-1-2026"),
    ]
    assert three.id == "c-1"
    assert four.messages == [{"role": "system", "content": "Why"}]


def test_openai_preferences_are_ranked_pairs():
    row = {
        "input": {"messages": ASKED, "tools": []},
        "preferred_output": [{"role": "assistant", "content": "Because."}],
        "non_preferred_output": [{"role": "assistant", "content": "Who knows."}],
    }
    (found,) = read("openai", row, format="jsonl")
    assert [response.content for response in found.responses] == ["Because.", "Who knows."]
    assert orders(found) == {None: [["r1"], ["r2"]]}


@pytest.mark.parametrize(
    "row",
    [
        {"messages": []},
        {"messages": [{"role": "assistant", "content": "Hi."}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        {"messages": [{"role": "tool", "content": "x"}]},
        {"messages": "Why?"},
        {"preferred_output": [{"role": "user", "content": "x"}]},
        3,
    ],
)
def test_conversations_that_cannot_be_ranked_are_refused(row):
    (found,) = read("openai", row, format="jsonl")
    assert isinstance(found, InvalidRow)


# Ground Truth


def answer(worker: str, content) -> dict:
    return {"workerId": worker, "annotationData": {"content": json.dumps(content)}}


SOURCE = {"prompt": "Why?", "responses": ["Because.", "Ask again.", "No."]}


def test_ground_truth_rankings_ties_and_orders():
    line = {
        "source": json.dumps(SOURCE),
        "rank-job": {
            "annotations": [
                answer("w1", {"ranking": {"response_1": "2", "response_2": "1", "response_3": "2"}}),
                answer("w2", {"order": ["r3", "r1", "r2"]}),
                answer("w3", {"comment": "unsure"}),
            ]
        },
        "rank-job-metadata": {"job-name": "labeling-job/rank", "human-annotated": "yes"},
    }
    # "r1" of the list and "response_1" of the form are the same one.
    (found,) = read("groundtruth", line, format="jsonl")
    assert orders(found) == {"w1": [["r2"], ["r1", "r3"]], "w2": [["r3"], ["r1"], ["r2"]]}


def test_ground_truth_pairs():
    source = {"id": "g-1", "question": "Why?", "response_a": "Because.", "response_b": "Ask again."}
    line = {
        "source": source,
        "pair": [
            answer("w1", {"preference": {"label": "Response B"}}),
            answer("w2", {"choice": "tie"}),
            answer("w3", {"winner": "a"}),
        ],
    }
    (found,) = read("groundtruth", line, format="jsonl")
    assert found.id == "g-1"
    assert orders(found) == {
        "w1": [["response_b"], ["response_a"]],
        "w2": [["response_a", "response_b"]],
        "w3": [["response_a"], ["response_b"]],
    }


def test_a_manifest_that_only_refers_says_what_to_do():
    (found,) = read("groundtruth", {"source-ref": "s3://b/1.json", "pair": []}, format="jsonl")
    assert "put what lies there into `source`" in str(found)


NONSENSE = (None, 3, "x", [], {}, {"id": [], "data": 1, "fields": [], "messages": {}, "source": 3})


@pytest.mark.parametrize("recipe", ["labelstudio", "argilla", "openai", "groundtruth", "unanswered"])
@pytest.mark.parametrize(
    "value", [None, 3, "x", [], {}, {"id": [], "data": 1, "fields": [], "messages": {}, "source": 3}]
)
def test_nonsense_is_an_error_of_its_row(recipe, value):
    (found,) = read(recipe, value, format="jsonl")
    assert isinstance(found, InvalidRow)
