"""The recipe `argilla`: records as Argilla 2 writes them to JSON, with a ranking or a label question. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labeling.sources.adopted import Ranked, adopted, first_of, object_of, tiers_of_ranks
from labeling.sources.mapping import PROMPTS, RESPONSES
from labeling.sources.readers import Decoded
from labeling.sources.rows import InvalidRow, Parsed, PromptRow

TIES = ("tie", "equal", "both")


def argilla(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """`fields` hold the prompt and the responses, `responses` what each person said to each question.

    A ranking question gives an order, as a list or as {"value", "rank"}, in which equal ranks are ties; a label
    question gives the best one. Options are fields' names, whether they are written with - or with _.
    """
    for line, value in decoded:
        try:
            yield line, _record(object_of(value, "id", "fields"))
        except InvalidRow as error:
            yield line, error


def _record(record: Mapping[str, Any]) -> PromptRow:
    fields = object_of(record["fields"], path="fields")
    prompt = first_of(fields, PROMPTS, "fields")
    responses = [
        {"id": name, "content": content}
        for name, content in fields.items()
        if content not in (None, "") and name.lower().startswith(RESPONSES) and content is not prompt
    ]
    options = {_plain(response["id"]): response["id"] for response in responses}
    rankings = [
        Ranked(None if said.get("user_id") is None else str(said["user_id"]), tiers)
        for question, given in object_of(record.get("responses") or {}, path="responses").items()
        for said in (given if isinstance(given, list) else [])
        if isinstance(said, Mapping) and said.get("status", "submitted") == "submitted"
        if (tiers := _tiers(said.get("value"), options, question)) is not None
    ]
    return adopted(record["id"], prompt, responses, rankings, metadata=record.get("metadata"))


def _tiers(value: Any, options: Mapping[str, str], question: str) -> list[list[str]] | None:
    """None for an answer to a question that is about something else."""
    if isinstance(value, list) and value:
        if all(isinstance(item, str) for item in value):
            return [[_option(item, options, question)] for item in value] if _plain(value[0]) in options else None
        if all(isinstance(item, Mapping) and {"value", "rank"} <= set(item) for item in value):
            return tiers_of_ranks({_option(item["value"], options, question): item["rank"] for item in value}, question)
    if isinstance(value, str) and _plain(value) in options:
        best = options[_plain(value)]
        return [[best], [name for name in options.values() if name != best]]
    if isinstance(value, str) and value.lower() in TIES:
        return [list(options.values())]
    return None


def _option(name: Any, options: Mapping[str, str], question: str) -> str:
    if _plain(name) not in options:
        raise InvalidRow(f"responses.{question}", f"ranks {name!r}; the fields are {', '.join(options.values())}")
    return options[_plain(name)]


def _plain(name: Any) -> str:
    return str(name).lower().replace("-", "_")
