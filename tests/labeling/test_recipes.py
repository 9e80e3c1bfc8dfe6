"""The recipe `sentiment` makes pairs from labelled texts."""

from labeling.sources.recipes import RECIPES, SENTIMENT_PROMPT
from labeling.sources.rows import InvalidRow, JudgementRow, Parsed, PromptRow


def sentiment(*values: object) -> list[Parsed]:
    return list(RECIPES["sentiment"](enumerate(values, start=1)))


def text(content: str, label: object) -> dict[str, object]:
    return {"text": content, "label": label, "source": "imdb"}


def test_the_nth_positive_text_is_chosen_over_the_nth_negative_one():
    pairs = sentiment(text("Good 1", 1), text("Good 2", 1), text("Bad 1", 0), text("Bad 2", 0))

    assert [line for line, _ in pairs] == [3, 4]
    rows = [row for _, row in pairs if isinstance(row, PromptRow)]
    assert [[response.content for response in row.responses] for row in rows] == [
        ["Good 1", "Bad 1"],
        ["Good 2", "Bad 2"],
    ]
    assert all(row.judgements == (JudgementRow(None, [["positive"], ["negative"]]),) for row in rows)
    assert all(row.messages == [{"role": "user", "content": SENTIMENT_PROMPT}] for row in rows)


def test_every_pair_has_an_id_and_a_split_key_of_its_own():
    rows = [row for _, row in sentiment(*(text(f"T{n}", n % 2) for n in range(10))) if isinstance(row, PromptRow)]

    assert [row.id for row in rows] == [f"sentiment-{number}" for number in range(1, 6)]
    assert [row.split_key for row in rows] == [row.id for row in rows]


def test_labels_may_be_words():
    ((_, row),) = sentiment(text("Good", "Positive"), text("Bad", "neg"))

    assert isinstance(row, PromptRow)


def test_a_text_without_partner_is_told():
    (_, _), (line, error) = sentiment(text("Good", 1), text("Bad", 0), text("Good too", 1))

    assert line == 3
    assert isinstance(error, InvalidRow)
    assert "no text of the other label is left" in error.detail


def test_a_malformed_row_is_told_and_the_others_are_paired():
    decoded = [text("Good", 1), text("Meh", 2), text("", 1), {"label": 1}, "text", InvalidRow("", "x"), text("Bad", 0)]
    outcomes = sentiment(*decoded)

    assert [(line, row.field) for line, row in outcomes if isinstance(row, InvalidRow)] == [
        (2, "label"),
        (3, "text"),
        (4, "text"),
        (5, "text"),
        (6, ""),
    ]
    assert [line for line, row in outcomes if isinstance(row, PromptRow)] == [7]


def test_a_text_that_cannot_be_stored_takes_its_pair_with_it_and_no_other():
    outcomes = sentiment(text("Good\0", 1), text("Bad", 0), text("Good", 1), text("Bad", 0))

    assert [(line, type(row)) for line, row in outcomes] == [(2, InvalidRow), (4, PromptRow)]
    assert "label" not in outcomes[0][1].field


def test_the_plain_recipe_hands_decoding_errors_on():
    (line, error), (_, missing) = RECIPES["prompts"]([(1, InvalidRow("", "expected JSON")), (2, {})])

    assert line == 1
    assert isinstance(error, InvalidRow)
    assert isinstance(missing, InvalidRow)
