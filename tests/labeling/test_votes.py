"""The recipe `votes` makes prompts of two responses with everybody's choice."""

import pytest

from labeling.sources import votes as recipe
from labeling.sources.recipes import RECIPES
from labeling.sources.rows import InvalidRow, JudgementRow, PromptRow, ResponseRow

A, B, TIE = [["a"], ["b"]], [["b"], ["a"]], [["a", "b"]]


def votes(*values):
    return list(RECIPES["votes"](enumerate(values, start=1)))


def vote(item="q1", winner="a", annotator="w1", **columns):
    texts = {"prompt": f"Prompt of {item}?", "response_a": f"{item} one.", "response_b": f"{item} two."}
    return {"item_id": item, **texts, "winner": winner, "annotator": annotator, "meta": "x", **columns}


def of_ukp(*given, item="t/1_2", **columns):
    """A row that holds all votes on two arguments."""
    return {
        "item_id": item,
        "topic": "t",
        "prompt": "Which argument convinces more?",
        "id_a": "arg1",
        "id_b": "arg2",
        "argument_a": "One.",
        "argument_b": "Two.",
        "votes": [{"annotator": name, "winner": winner, "reason": "So."} for name, winner in given],
        "gold": None,
        **columns,
    }


def test_votes_on_one_item_are_rankings_of_one_prompt():
    ((line, row),) = votes(vote(), vote(winner="b", annotator="w2"), vote(winner="tie", annotator="w3"))

    assert line == 1
    assert row == PromptRow(
        id="q1",
        messages=[{"role": "user", "content": "Prompt of q1?"}],
        responses=[ResponseRow("a", "q1 one."), ResponseRow("b", "q1 two.")],
        judgements=(JudgementRow("w1", A), JudgementRow("w2", B), JudgementRow("w3", TIE)),
    )


def test_models_and_messages_are_kept():
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    ((_, row),) = votes(vote(prompt=messages, model_a="gpt-x", model_b="llama", split_key="turn-1"))

    assert row.messages == messages
    assert [response.model for response in row.responses] == ["gpt-x", "llama"]
    assert row.split_key == "turn-1"


def test_all_votes_of_an_item_may_stand_in_one_row():
    ((_, row),) = votes(of_ukp(("w1", "a"), ("w2", "b"), ("w3", "tie")))

    assert [response.id for response in row.responses] == ["arg1", "arg2"]
    assert row.judgements == (
        JudgementRow("w1", [["arg1"], ["arg2"]]),
        JudgementRow("w2", [["arg2"], ["arg1"]]),
        JudgementRow("w3", [["arg1", "arg2"]]),
    )


def test_votes_of_an_item_may_lie_apart():
    found = votes(vote("q1"), vote("q2"), vote("q1", annotator="w2"))

    assert {row.id: [one.annotator for one in row.judgements] for _, row in found} == {
        "q1": ["w1", "w2"],
        "q2": ["w1"],
    }
    assert {row.id: line for line, row in found} == {"q1": 1, "q2": 2}


def test_votes_that_lie_too_far_apart_are_told_and_not_lost(monkeypatch):
    monkeypatch.setattr(recipe, "HELD_CHARACTERS", 60)
    found = votes(vote("q1"), vote("q2"), vote("q3"), vote("q1", annotator="w2"), vote("q3", annotator="w2"))

    assert [(line, error.field) for line, error in found if isinstance(error, InvalidRow)] == [(4, "item_id")]
    assert {row.id: len(row.judgements) for _, row in found if isinstance(row, PromptRow)} == {
        "q1": 1,
        "q2": 1,
        "q3": 2,
    }


def test_memory_is_held_for_few_items_only(monkeypatch):
    monkeypatch.setattr(recipe, "HELD_CHARACTERS", 60)
    stream = iter(RECIPES["votes"]((number, vote(f"q{number}")) for number in range(1_000_000)))

    assert [next(stream)[1].id for _ in range(3)] == ["q0", "q1", "q2"]


def test_a_vote_without_annotator_is_the_importing_users():
    ((_, row),) = votes(vote(annotator=None))

    assert row.judgements == (JudgementRow(None, A),)


@pytest.mark.parametrize(
    ("row", "field", "detail"),
    [
        (vote(annotator="w1"), "annotator", "'w1' has voted on 'q1' already"),
        (vote(annotator="w2", winner="c"), "winner", "expected one of a, b, tie; got 'c'"),
        (vote(annotator="w2", winner=None), "winner", "got None"),
        (vote(annotator="w2", response_a="Other."), "item_id", "came before with another prompt or other responses"),
        (vote(annotator="w2", response_b=" "), "response_b", "got an empty one"),
        (vote(annotator="w2", model_b=7), "model_b", "expected text"),
        (vote(annotator=["w2"]), "annotator", "expected text"),
        (vote(annotator="w2", prompt=None), "prompt", "expected text or a list of messages"),
        ({"winner": "a", "annotator": "w2"}, "item_id", "expected text; got nothing"),
        (of_ukp(), "votes", "expected a list of votes"),
        (of_ukp(("w1", "a"), ("w1", "b")), "votes[1].annotator", "'w1' has voted on this item already"),
        (of_ukp(("w1", "x")), "votes[0].winner", "expected one of a, b, tie"),
        (of_ukp(("w1", "a"), argument_a=""), "argument_a", "got an empty one"),
        (of_ukp(("w1", "a"), id_b="arg1"), "id_b", "stands twice"),
        ("text", "", "expected an object with item_id"),
        (InvalidRow("", "expected JSON"), "", "expected JSON"),
    ],
)
def test_a_bad_row_is_told_by_line_and_the_others_stand(row, field, detail):
    (line, error), (_, good) = votes(vote(), row)

    assert (line, error.field) == (2, field)
    assert detail in error.detail
    assert good.judgements == (JudgementRow("w1", A),)
