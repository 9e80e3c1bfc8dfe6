"""Preferences that somebody else has collected: pairs, as TRL's data sets hold them, and scored responses. Pure.

Each row becomes a prompt with its ranking. A row without an `id` is named by its content, so that the same one is the
same prompt whenever it comes.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labeling.formats.hh import turns_of
from labeling.sources.readers import Decoded
from labeling.sources.rows import InvalidRow, JudgementRow, Parsed, PromptRow, id_by_content, parse_annotator, parse_row


def pairs(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """`prompt`, `chosen`, `rejected`: texts or messages. Without a prompt, chosen and rejected are whole conversations,
    as messages or as transcripts of Human and Assistant, and the prompt is what they begin with alike."""
    for line, value in decoded:
        try:
            yield line, _pair(value)
        except InvalidRow as error:
            yield line, error


def scored(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """`prompt`, `responses` and `scores`, a number each: higher is better, equal ones are tied."""
    for line, value in decoded:
        try:
            yield line, _scored(value)
        except InvalidRow as error:
            yield line, error


def _pair(value: object) -> PromptRow:
    row = _object(value, "chosen", "rejected")
    chosen, rejected = row["chosen"], row["rejected"]
    prompt = row.get("prompt")
    if prompt is None:
        chosen, rejected = _conversation(chosen, "chosen"), _conversation(rejected, "rejected")
        if chosen[:-1] != rejected[:-1] or len(chosen) < 2:
            raise InvalidRow(
                "chosen", "without a prompt, chosen and rejected must be one conversation but for its last turn"
            )
        prompt = chosen[:-1]
    texts = [_last(chosen, "chosen"), _last(rejected, "rejected")]
    if texts[0] == texts[1]:
        raise InvalidRow("rejected", "chosen and rejected are the same text, which prefers nothing")
    return _row(row, prompt, texts, [["r1"], ["r2"]])


def _scored(value: object) -> PromptRow:
    row = _object(value, "prompt", "responses", "scores")
    responses, scores = row["responses"], row["scores"]
    if not isinstance(responses, list) or not isinstance(scores, list) or len(responses) != len(scores):
        raise InvalidRow("scores", "expected a list with a number for each response")
    if any(isinstance(score, bool) or not isinstance(score, int | float) for score in scores):
        raise InvalidRow("scores", "expected numbers")
    parsed = _row(row, row["prompt"], responses, [])
    levels = sorted(set(scores), reverse=True)
    tiers = [[one.id for one, own in zip(parsed.responses, scores, strict=True) if own == level] for level in levels]
    return _with_ranking(parsed, row, tiers)


def _row(row: Mapping[str, Any], prompt: object, responses: list[Any], tiers: list[list[str]]) -> PromptRow:
    named = row.get("id", id_by_content(prompt, responses))
    told = {"id": named, "prompt": prompt, "responses": responses}
    parsed = parse_row({**told, **{name: row[name] for name in ("metadata", "split_key") if name in row}})
    return _with_ranking(parsed, row, tiers) if tiers else parsed


def _with_ranking(parsed: PromptRow, row: Mapping[str, Any], tiers: list[list[str]]) -> PromptRow:
    annotator = parse_annotator(row["annotator"], "annotator") if row.get("annotator") is not None else None
    return PromptRow(
        parsed.id,
        parsed.messages,
        parsed.responses,
        parsed.metadata,
        parsed.split_key,
        judgements=(JudgementRow(annotator, tiers),),
    )


def _object(value: object, *needed: str) -> Mapping[str, Any]:
    if isinstance(value, InvalidRow):
        raise value
    if not isinstance(value, Mapping):
        raise InvalidRow("", f"expected an object with {', '.join(needed)}")
    if missing := [name for name in needed if value.get(name) is None]:
        raise InvalidRow(missing[0], f"expected {', '.join(needed)}; this row has no {missing[0]}")
    return value


def _conversation(value: object, path: str) -> list[dict[str, str]]:
    if isinstance(value, str):
        if (turns := turns_of(value)) is None:
            raise InvalidRow(path, "expected messages, or a transcript of \\n\\nHuman: … and \\n\\nAssistant: …")
        return turns
    if not isinstance(value, list) or not all(isinstance(message, dict) for message in value):
        raise InvalidRow(path, "expected messages or a transcript")
    return value


def _last(value: object, path: str) -> str:
    """The text of a response: itself, or that of the assistant's message that ends a list."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and isinstance(value[-1], dict) and value[-1].get("role") == "assistant":
        return str(value[-1].get("content", ""))
    raise InvalidRow(path, "expected text, or messages that end with the assistant's")
