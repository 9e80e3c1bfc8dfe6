"""Which column of somebody's table is what. Pure.

A mapping turns a row of any columns into a row of the import format; what it does not name is left out.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.sources.readers import Decoded
from labeling.sources.rows import InvalidRow, Parsed, id_by_content, parse_row, parse_unanswered

PROMPTS = ("prompt", "question", "instruction", "query", "input", "messages", "conversation", "提示", "问题")
RESPONSES = ("response", "answer", "completion", "output", "chosen", "rejected", "reply", "回复", "回答")
IDS = ("id", "prompt_id", "uid", "uuid", "key", "row_id")
SYSTEMS = ("system", "system_prompt")


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """prompt: its column.  responses: a column each, or one that holds a list; none = they are to come.
    id: empty = named by the content.  system: of a system message before the prompt.  metadata: columns that are kept
    beside it.  named: the columns of the responses are called after the models that wrote them."""

    prompt: str
    responses: tuple[str, ...]
    id: str = ""
    system: str = ""
    split_key: str = ""
    metadata: tuple[str, ...] = ()
    named: bool = False


def suggested(columns: Sequence[str]) -> ColumnMapping:
    """What the columns' names let one guess; a person looks at it before anything is made of it."""
    lowered = {name.strip().lower(): name for name in columns}

    def first(wanted: Sequence[str]) -> str:
        return next((lowered[name] for name in wanted if name in lowered), "")

    prompt = first(PROMPTS)
    found = [
        name
        for low, name in lowered.items()
        if name != prompt
        and any(low == word or low.startswith((f"{word}_", f"{word}s", word + " ")) for word in RESPONSES)
    ]
    rest = {prompt, first(IDS), first(SYSTEMS), first(("split_key",)), *found}
    return ColumnMapping(
        prompt=prompt,
        responses=tuple(found),
        id=first(IDS),
        system=first(SYSTEMS),
        split_key=first(("split_key",)),
        metadata=tuple(name for name in columns if name and name not in rest),
    )


def columns_of(rows: Iterable[Any]) -> list[str]:
    """Every column of these rows, in the order in which they come up."""
    return list(dict.fromkeys(str(name) for row in rows if isinstance(row, Mapping) for name in row))


def mapped(decoded: Iterable[Decoded], mapping: ColumnMapping) -> Iterator[Parsed]:
    for line, value in decoded:
        try:
            # Where no column holds responses, LLMs are asked for them later.
            parse = parse_row if mapping.responses else parse_unanswered
            yield line, parse(_mapped(value, mapping))
        except InvalidRow as error:
            yield line, error


def _mapped(value: object, mapping: ColumnMapping) -> dict[str, Any]:
    if isinstance(value, InvalidRow):
        raise value
    if not isinstance(value, Mapping):
        raise InvalidRow("", "expected a row of columns")
    prompt = value.get(mapping.prompt)
    if prompt in (None, ""):
        raise InvalidRow(mapping.prompt, "the column of the prompt is empty here")
    prompt = _decoded(prompt)
    if system := value.get(mapping.system) if mapping.system else None:
        turns = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
        prompt = [{"role": "system", "content": str(system)}, *turns]
    responses = _responses(value, mapping)
    row: dict[str, Any] = {"prompt": prompt, "responses": responses}
    given = value.get(mapping.id) if mapping.id else None
    row["id"] = id_by_content(prompt, responses) if given in (None, "") else given
    if mapping.split_key and value.get(mapping.split_key):
        row["split_key"] = str(value[mapping.split_key])
    if kept := {name: value[name] for name in mapping.metadata if value.get(name) is not None}:
        row["metadata"] = kept
    return row


def _responses(value: Mapping[str, Any], mapping: ColumnMapping) -> list[Any]:
    found: list[Any] = []
    for name in mapping.responses:
        held = _decoded(value.get(name))
        if held in (None, ""):
            continue
        if isinstance(held, list):
            found += held
        elif mapping.named:
            found.append({"content": held, "model": name})
        else:
            found.append(held)
    return found


def _decoded(value: Any) -> Any:
    """A list that stands in a cell as JSON; anything else as it is."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            decoded = json.loads(value)
        except (ValueError, RecursionError):
            return value
        return decoded if isinstance(decoded, list) and decoded else value
    return value
