"""One row of the import format, checked field by field."""

import pytest

from labeling.sources.rows import InvalidRow, PromptRow, ResponseRow, parse_responses, parse_row
from tests.factories import row

FULL = {
    "id": "p-17",
    "prompt": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": " Why?\r\n"}],
    "responses": ["Because.", {"id": "b", "content": "\u2028 é e\u0301 ", "model": "gpt-x"}, {"content": "No."}],
    "metadata": {"source": "mail", "deep": [{"n": 1.5, "none": None}]},
    "split_key": " Key ",
}


def test_a_full_row_is_kept_code_point_for_code_point():
    assert parse_row(FULL) == PromptRow(
        id="p-17",
        messages=[{"role": "system", "content": "Be kind."}, {"role": "user", "content": " Why?\r\n"}],
        responses=[
            ResponseRow("r1", "Because."),
            ResponseRow("b", "\u2028 é e\u0301 ", "gpt-x"),
            ResponseRow("r3", "No."),
        ],
        metadata={"source": "mail", "deep": [{"n": 1.5, "none": None}]},
        split_key=" Key ",
    )


def test_text_is_one_user_message_and_a_number_may_be_an_id():
    parsed = parse_row({"id": 17, "prompt": "Why?", "responses": ["a", "b"]})

    assert parsed.id == "17"
    assert parsed.messages == [{"role": "user", "content": "Why?"}]


@pytest.mark.parametrize("count", [2, 26])
def test_2_to_26_responses_pass(count):
    assert len(parse_row(row(responses=["same"] * count)).responses) == count


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"id": None}, "id", "expected text; got nothing"),
        ({"id": ""}, "id", "got an empty one"),
        ({"id": "x" * 256}, "id", "at most 255 characters; got 256"),
        ({"id": True}, "id", "expected text; got true or false"),
        ({"id": 1.5}, "id", "expected text; got a number (1.5)"),
        ({"id": "a\0b"}, "id", "NUL character"),
        ({"prompt": None}, "prompt", "expected text or a list of messages; got nothing"),
        ({"prompt": []}, "prompt", "got an empty list"),
        ({"prompt": " \n"}, "prompt", "got an empty one"),
        ({"prompt": {"role": "user", "content": "Why?"}}, "prompt", "got an object"),
        ({"prompt": ["Why?"]}, "prompt[0]", 'expected {"role", "content"}; got text'),
        ({"prompt": [{"role": "human", "content": "Why?"}]}, "prompt[0].role", "system, user, assistant; got 'human'"),
        ({"prompt": [{"role": ["user"], "content": "Why?"}]}, "prompt[0].role", "expected one of"),
        ({"prompt": [{"role": "user", "content": ""}]}, "prompt[0].content", "got an empty one"),
        ({"prompt": [{"role": "user", "content": "x", "name": "y"}]}, "prompt[0].name", "unknown field"),
        ({"responses": None}, "responses", "a list of 2 to 26 responses; got nothing"),
        ({"responses": "One."}, "responses", "got text"),
        ({"responses": ["One."]}, "responses", "expected 2 to 26 responses; got 1"),
        ({"responses": ["One."] * 27}, "responses", "expected 2 to 26 responses; got 27"),
        ({"responses": ["One.", 2]}, "responses[1]", 'expected text or {"id", "content", "model"}; got a number (2)'),
        ({"responses": ["One.", ""]}, "responses[1]", "got an empty one"),
        ({"responses": ["One.", "x" * 2**20]}, "responses[1]", "at most 262,144 characters; got 1,048,576"),
        ({"responses": ["One.", "a\0b"]}, "responses[1]", "NUL character"),
        ({"responses": ["One.", "\udcff"]}, "responses[1]", "half of a surrogate pair"),
        ({"responses": ["One.", {"id": "x"}]}, "responses[1].content", "expected text; got nothing"),
        ({"responses": ["One.", {"content": "x", "score": 1}]}, "responses[1].score", "unknown field"),
        (
            {"responses": ["One.", {"content": "x", "model": 4}]},
            "responses[1].model",
            "expected text; got a number (4)",
        ),
        ({"responses": ["One.", {"content": "x", "id": "r1"}]}, "responses[1].id", "'r1' stands twice"),
        ({"metadata": []}, "metadata", "expected an object; got an empty list"),
        ({"metadata": {"n": float("nan")}}, "metadata", "finite numbers"),
        ({"metadata": {"b": b"x"}}, "metadata", "what JSON can hold"),
        ({"metadata": {"a": ["x\0"]}}, "metadata.a[0]", "NUL character"),
        ({"metadata": {"\ud800": 1}}, "metadata", "surrogate"),
        ({"split_key": 4}, "split_key", "expected text; got a number (4)"),
        ({"split_key": ""}, "split_key", "got an empty one"),
        ({"answers": []}, "answers", "unknown field; the fields are id, prompt, responses, metadata, split_key"),
    ],
)
def test_a_malformed_field_is_named_with_what_was_expected(changes, field, said):
    with pytest.raises(InvalidRow) as refusal:
        parse_row({**row(), **changes})

    assert refusal.value.field == field
    assert said in refusal.value.detail


@pytest.mark.parametrize("value", [None, [], "p-1", 4])
def test_what_is_no_object_is_no_row(value):
    with pytest.raises(InvalidRow, match="expected an object with id, prompt, responses"):
        parse_row(value)


def test_metadata_nested_without_end_is_refused():
    deep: dict[str, object] = {}
    for _ in range(500):
        deep = {"deeper": deep}

    with pytest.raises(InvalidRow, match="nested"):
        parse_row(row(metadata=deep))


def test_scoring_takes_a_single_response():
    assert parse_responses(["One."], "responses", fewest=1) == [ResponseRow("r1", "One.")]


def test_the_digest_is_of_the_content_and_not_of_the_id():
    digest = parse_row(FULL).digest

    assert parse_row({**FULL, "id": "p-18"}).digest == digest
    for changes in ({"prompt": "Why?"}, {"responses": ["a", "b"]}, {"metadata": {}}, {"split_key": "Key"}):
        assert parse_row({**FULL, **changes}).digest != digest
    renamed = [FULL["responses"][0], {**FULL["responses"][1], "model": "gpt-y"}, FULL["responses"][2]]
    assert parse_row({**FULL, "responses": renamed}).digest != digest
