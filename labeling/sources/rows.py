"""One prompt row: the import format of DESIGN section 4, checked field by field. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from labeling.exceptions import printable
from labeling.ranking import Tiers
from labeling.sources.decoding import MOST_NESTED, nested_too_deeply

ROLES = ("system", "user", "assistant")
FIELDS = ("id", "prompt", "responses", "metadata", "split_key")
FEWEST_RESPONSES, MOST_RESPONSES = 2, 26
LONGEST_TEXT = 262_144
LONGEST_ID = 255
SURROGATE = re.compile("[\ud800-\udfff]")


class InvalidRow(ValueError):
    """A row breaks the format. `field` says where, as a path; the message says what was expected and what came."""

    def __init__(self, field_path: str, detail: str) -> None:
        self.field = printable(field_path)
        self.detail = printable(detail)
        super().__init__(f"{self.field}: {self.detail}" if field_path else self.detail)


@dataclass(frozen=True, slots=True)
class ResponseRow:
    id: str
    content: str
    model: str = ""


@dataclass(frozen=True, slots=True)
class JudgementRow:
    """A ranking that the data holds already, in response ids; annotator: their name there, None = whoever imports.

    acceptable and ratings: as in `labeling.judgements.Judgement`.
    """

    annotator: str | None
    tiers: Tiers
    acceptable: list[str] | None = None
    ratings: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptRow:
    """A prompt as it is imported.

    judgements: set by recipes whose data holds any, at most one of each annotator.  split: the one that it was in where
    the data comes from; empty = the data does not say.
    """

    id: str
    messages: list[dict[str, str]]
    responses: list[ResponseRow]
    metadata: dict[str, Any] = field(default_factory=dict)
    split_key: str = ""
    judgements: tuple[JudgementRow, ...] = ()
    split: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the row's content; equal for the same row imported again.

        People's judgements are part of it, so that one more of them is never passed over as nothing new.
        """
        content: list[Any] = [
            self.messages,
            [[response.id, response.content, response.model] for response in self.responses],
            self.metadata,
            self.split_key,
        ]
        if people := [asdict(judgement) for judgement in self.judgements if judgement.annotator is not None]:
            content.append(people)
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


Parsed = tuple[int, PromptRow | InvalidRow]


def parse_unanswered(raw: object) -> PromptRow:
    """The same for a prompt that is yet to be answered: none or some responses, and an id by its content if none."""
    if isinstance(raw, Mapping) and raw.get("id") is None:
        raw = {**raw, "id": id_by_content(raw.get("prompt"), raw.get("responses") or [])}
    return parse_row(raw, fewest=0)


def parse_row(raw: object, *, fewest: int = FEWEST_RESPONSES) -> PromptRow:
    """A checked row from decoded JSON or Parquet, of `fewest` responses at least; raises `InvalidRow`."""
    if not isinstance(raw, Mapping):
        raise InvalidRow("", f"expected an object with {', '.join(FIELDS)}; got {_kind(raw)}")
    if unknown := sorted(set(map(str, raw)) - set(FIELDS)):
        raise InvalidRow(
            unknown[0], f"unknown field; the fields are {', '.join(FIELDS)} (anything else goes into metadata)"
        )
    return PromptRow(
        id=_id(raw.get("id"), "id"),
        messages=parse_messages(raw.get("prompt"), "prompt"),
        responses=parse_responses(raw.get("responses", None if fewest else []), "responses", fewest=fewest),
        metadata=_metadata(raw.get("metadata")),
        split_key=_text(raw["split_key"], "split_key") if raw.get("split_key") is not None else "",
    )


def parse_messages(value: object, path: str) -> list[dict[str, str]]:
    """A prompt: text (one user message) or a list of {"role", "content"}."""
    if isinstance(value, str):
        return [{"role": "user", "content": _text(value, path)}]
    if not isinstance(value, list) or not value:
        raise InvalidRow(path, f"expected text or a list of messages; got {_kind(value)}")
    return [_message(item, f"{path}[{index}]") for index, item in enumerate(value)]


def parse_responses(value: object, path: str, *, fewest: int = FEWEST_RESPONSES) -> list[ResponseRow]:
    """Responses as texts or as {"id", "content", "model"}; those without an id are called r1, r2, …"""
    if not isinstance(value, list):
        raise InvalidRow(path, f"expected a list of {fewest} to {MOST_RESPONSES} responses; got {_kind(value)}")
    if not fewest <= len(value) <= MOST_RESPONSES:
        raise InvalidRow(path, f"expected {fewest} to {MOST_RESPONSES} responses; got {len(value)}")
    responses = [_response(item, f"{path}[{index}]", default_id=f"r{index + 1}") for index, item in enumerate(value)]
    seen: set[str] = set()
    for index, response in enumerate(responses):
        if response.id in seen:
            raise InvalidRow(f"{path}[{index}].id", f"the id {response.id!r} stands twice in this row")
        seen.add(response.id)
    return responses


def id_by_content(prompt: object, responses: object) -> str:
    """The id of a row that names none: the same one is the same prompt whenever it comes."""
    content = json.dumps([prompt, responses], sort_keys=True, ensure_ascii=False, default=str)
    return f"row-{hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:16]}"


def parse_annotator(value: object, path: str) -> str:
    """The name under which somebody's judgements stand in the data: text, or a whole number."""
    return _id(value, path)


def _message(value: object, path: str) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise InvalidRow(path, f'expected {{"role", "content"}}; got {_kind(value)}')
    role = value.get("role")
    if role not in ROLES:
        raise InvalidRow(f"{path}.role", f"expected one of {', '.join(ROLES)}; got {role!r}")
    if unknown := sorted(set(map(str, value)) - {"role", "content"}):
        raise InvalidRow(f"{path}.{unknown[0]}", "unknown field; a message holds role and content")
    return {"role": str(role), "content": _text(value.get("content"), f"{path}.content")}


def _response(value: object, path: str, *, default_id: str) -> ResponseRow:
    if isinstance(value, str):
        return ResponseRow(default_id, _text(value, path))
    if not isinstance(value, Mapping):
        raise InvalidRow(path, f'expected text or {{"id", "content", "model"}}; got {_kind(value)}')
    if unknown := sorted(set(map(str, value)) - {"id", "content", "model"}):
        raise InvalidRow(f"{path}.{unknown[0]}", "unknown field; a response holds id, content and model")
    return ResponseRow(
        id=default_id if value.get("id") is None else _id(value["id"], f"{path}.id"),
        content=_text(value.get("content"), f"{path}.content"),
        model=""
        if value.get("model") is None
        else _text(value["model"], f"{path}.model", longest=LONGEST_ID, empty=True),
    )


def _id(value: object, path: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return _text(value, path, longest=LONGEST_ID)


def _metadata(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRow("metadata", f"expected an object; got {_kind(value)}")
    if nested_too_deeply(value):
        raise InvalidRow("metadata", f"nested too deeply; at most {MOST_NESTED} levels")
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        raise InvalidRow("metadata", "expected what JSON can hold: text, finite numbers, true, false, null") from None
    check_characters(value, "metadata")
    return dict(value)


def _text(value: object, path: str, *, longest: int = LONGEST_TEXT, empty: bool = False) -> str:
    if not isinstance(value, str):
        raise InvalidRow(path, f"expected text; got {_kind(value)}")
    if not empty and not value.strip():
        raise InvalidRow(path, "expected text; got an empty one")
    if len(value) > longest:
        raise InvalidRow(path, f"expected at most {longest:,} characters; got {len(value):,}")
    check_characters(value, path)
    return value


def check_characters(value: object, path: str) -> None:
    """Raise `InvalidRow` where any text in decoded JSON holds what no database can store and no encoding can write."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            check_characters(key, path)
            check_characters(item, f"{path}.{key!s}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_characters(item, f"{path}[{index}]")
    elif isinstance(value, str):
        if "\0" in value:
            raise InvalidRow(path, "holds a NUL character, which a database cannot store; remove it")
        if SURROGATE.search(value):
            raise InvalidRow(path, "holds half of a surrogate pair, which is no character; repair the encoding")


def _kind(value: object) -> str:
    names = {"NoneType": "nothing", "str": "text", "dict": "an object", "list": "a list", "bool": "true or false"}
    if value == [] and isinstance(value, list):
        return "an empty list"
    return names.get(
        type(value).__name__, f"a number ({value})" if isinstance(value, int | float) else type(value).__name__
    )
