"""Recipes: data sets that are not prompts with responses yet, turned into rows. Pure and streaming."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from labeling.sources.argilla import argilla
from labeling.sources.groundtruth import groundtruth
from labeling.sources.groups import groups
from labeling.sources.labelstudio import labelstudio
from labeling.sources.openai import openai
from labeling.sources.preferences import pairs, scored
from labeling.sources.readers import Decoded
from labeling.sources.rows import InvalidRow, JudgementRow, Parsed, PromptRow, parse_row, parse_unanswered
from labeling.sources.votes import votes

# What the reviews of the demonstration are a response to; the data holds no prompt of its own.
SENTIMENT_PROMPT = "Write a review that recommends the film."


def prompts(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """The import format itself: each row is a prompt with its responses."""
    for line, value in decoded:
        if isinstance(value, InvalidRow):
            yield line, value
            continue
        try:
            yield line, parse_row(value)
        except InvalidRow as error:
            yield line, error


def unanswered(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """The import format with no responses or some: LLMs are asked for more before anybody ranks them."""
    for line, value in decoded:
        try:
            if isinstance(value, InvalidRow):
                raise value
            yield line, parse_unanswered(value)
        except InvalidRow as error:
            yield line, error


def sentiment(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """Pairs from texts labelled positive (1) or negative (0): the n-th positive text is chosen over the n-th negative.

    Columns `text` and `label`; others are left alone. The prompt is the same in every row, so each row's split key is
    its own. Texts left without a partner at the end come as errors, for they are in no pair.
    """
    waiting: dict[int, deque[tuple[int, str]]] = {0: deque(), 1: deque()}
    pairs = 0
    for line, value in decoded:
        try:
            text, label = _labelled_text(value)
        except InvalidRow as error:
            yield line, error
            continue
        waiting[label].append((line, text))
        if waiting[0] and waiting[1]:
            pairs += 1
            try:
                yield line, _sentiment_row(pairs, chosen=waiting[1].popleft()[1], rejected=waiting[0].popleft()[1])
            except InvalidRow as error:
                yield line, error
    for label, left in waiting.items():
        for line, _ in left:
            yield line, InvalidRow("label", f"no text of the other label is left to pair this one (label {label}) with")


RECIPES: dict[str, Callable[[Iterable[Decoded]], Iterator[Parsed]]] = {
    "prompts": prompts,
    "unanswered": unanswered,
    "sentiment": sentiment,
    "votes": votes,
    "groups": groups,
    "pairs": pairs,
    "scored": scored,
    "labelstudio": labelstudio,
    "argilla": argilla,
    "openai": openai,
    "groundtruth": groundtruth,
}


def _labelled_text(value: object) -> tuple[str, int]:
    if isinstance(value, InvalidRow):
        raise value
    if not isinstance(value, dict) or not isinstance(value.get("text"), str) or not value["text"].strip():
        raise InvalidRow("text", "expected text; the sentiment recipe reads the columns text and label")
    label = {"positive": 1, "pos": 1, "negative": 0, "neg": 0}.get(str(value.get("label")).lower(), value.get("label"))
    if isinstance(label, bool) or label not in (0, 1):
        raise InvalidRow("label", f"expected 1 or 0 (positive or negative); got {value.get('label')!r}")
    return value["text"], int(label)


def _sentiment_row(number: int, *, chosen: str, rejected: str) -> PromptRow:
    row = parse_row(
        {
            "id": f"sentiment-{number}",
            "prompt": SENTIMENT_PROMPT,
            "responses": [{"id": "positive", "content": chosen}, {"id": "negative", "content": rejected}],
            "split_key": f"sentiment-{number}",
        }
    )
    return replace(row, judgements=(JudgementRow(None, [["positive"], ["negative"]]),))
