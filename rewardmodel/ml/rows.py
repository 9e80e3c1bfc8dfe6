"""One row, as JSON gives it -> `RankingGroup`, checked field by field.

Two shapes. A group: `{"id", "prompt", "responses", "rankings", "split"}`. A pair: `{"prompt", "chosen", "rejected"}`,
a group of two with one ranking; its texts may be messages (TRL's conversational shape, with or without a `prompt`).
`margin` says by how much the chosen response wins.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

from rewardmodel.ml.groups import Message, Ranking, RankingGroup, Rating
from rewardmodel.ml.splitting import SPLITS, assign_split, normalise, split_key

LONGEST_LABEL = 60


class RowError(ValueError):
    """A field of a row is not what it must be."""

    def __init__(self, field: str, expected: str, got: Any) -> None:
        shown = repr(got)
        super().__init__(f"{field}: expected {expected}, got {shown[:120] + '…' if len(shown) > 120 else shown}")


def parse_row(row: Any, *, default_id: str, salt: str) -> RankingGroup:
    """Raises `RowError` for the first field that is wrong."""
    if not isinstance(row, dict):
        raise RowError("row", "an object with `responses`, or with `chosen` and `rejected`", row)
    if "responses" in row:
        return _parse_group(row, default_id, salt)
    if "chosen" in row or "rejected" in row:
        return _parse_pair(row, default_id, salt)
    raise RowError("row", "the field `responses`, or `chosen` and `rejected`", sorted(row))


def _parse_group(row: dict[str, Any], default_id: str, salt: str) -> RankingGroup:
    prompt = messages_of(row.get("prompt", ""), "prompt")
    ids, responses, models = _responses(row["responses"])
    given = row.get("rankings")
    if not isinstance(given, list | None):
        raise RowError("rankings", "a list of rankings", given)
    rankings = tuple(_ranking(ranking, ids, f"rankings[{place}]") for place, ranking in enumerate(given or []))
    split, _ = _split(row, prompt, responses, salt)
    id = _identifier(row.get("id"), "id", default_id)
    return RankingGroup(id, id, prompt, responses, rankings, split, models, _labels(_object(row.get("metadata"))))


def _parse_pair(row: dict[str, Any], default_id: str, salt: str) -> RankingGroup:
    prompt = messages_of(row.get("prompt", ""), "prompt")
    for name in ("chosen", "rejected"):
        if name not in row:
            raise RowError(name, "a text or a list of messages", None)
    if isinstance(row["chosen"], str) and isinstance(row["rejected"], str):
        responses = (row["chosen"], row["rejected"])
    else:
        prompt, responses = _split_conversations(prompt, row)
    margin = None if row.get("margin") is None else _number(row["margin"], "margin")
    ranking = Ranking(((0,), (1,)), _weight(row, "weight"), _annotator(row, "annotator"), margin)
    split, key = _split(row, prompt, responses, salt)
    id = _identifier(row.get("id"), "id", default_id)
    return RankingGroup(
        id,
        _identifier(row.get("prompt_id"), "prompt_id", key),
        prompt,
        responses,
        (ranking,),
        split,
    )


def _split_conversations(
    prompt: tuple[Message, ...], row: dict[str, Any]
) -> tuple[tuple[Message, ...], tuple[str, str]]:
    """Move the messages that `chosen` and `rejected` share into the prompt; one message must remain in each."""
    chosen, rejected = messages_of(row["chosen"], "chosen"), messages_of(row["rejected"], "rejected")
    shared = 0
    # The last message is the response, even where both conversations end alike.
    while shared < min(len(chosen), len(rejected)) - 1 and chosen[shared] == rejected[shared]:
        shared += 1
    for name, messages in (("chosen", chosen), ("rejected", rejected)):
        if len(messages) - shared != 1 or (not isinstance(row[name], str) and messages[-1]["role"] != "assistant"):
            raise RowError(name, "one assistant message after those it shares with the other side", row[name])
    return prompt + chosen[:shared], (chosen[-1]["content"], rejected[-1]["content"])


def messages_of(value: Any, field: str) -> tuple[Message, ...]:
    """A text is one user message; an empty text is no conversation at all."""
    if isinstance(value, str):
        return (Message(role="user", content=value),) if value else ()
    if not isinstance(value, list):
        raise RowError(field, "a text or a list of messages", value)
    for place, message in enumerate(value):
        for name in ("role", "content"):
            if not isinstance(message, dict) or not isinstance(message.get(name), str):
                raise RowError(f"{field}[{place}].{name}", "a text", message)
    return tuple(Message(role=message["role"], content=message["content"]) for message in value)


def _responses(value: Any) -> tuple[dict[str, int], tuple[str, ...], tuple[str, ...]]:
    """Index by id, the texts, and who wrote them. A plain text takes the id r1, r2, … of its place."""
    if not isinstance(value, list) or not value:
        raise RowError("responses", "a list of at least one response", value)
    ids: dict[str, int] = {}
    texts: list[str] = []
    models: list[str] = []
    for place, response in enumerate(value):
        given = {"content": response} if isinstance(response, str) else response
        if not isinstance(given, dict) or not isinstance(given.get("content"), str):
            raise RowError(f"responses[{place}].content", "a text", response)
        id = _identifier(given.get("id"), f"responses[{place}].id", f"r{place + 1}")
        if id in ids:
            raise RowError(f"responses[{place}].id", "an id no other response of the group has", id)
        ids[id] = place
        texts.append(given["content"])
        # One object a name: a hundred thousand responses come from a few models.
        models.append(sys.intern(_identifier(given.get("model"), f"responses[{place}].model", "")))
    return ids, tuple(texts), tuple(models)


def _object(value: Any) -> Any:
    """Objects of free keys have no columns, so Parquet holds them as JSON; whatever else comes as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _labels(metadata: Any) -> tuple[str, ...]:
    """What slices are made by: the short values of a prompt's metadata, each with its name."""
    if not isinstance(metadata, dict):
        return ()
    short = [(name, str(value)) for name, value in metadata.items() if isinstance(value, str | int | bool)]
    return tuple(sys.intern(f"{name}: {value}") for name, value in short if len(value) <= LONGEST_LABEL)


def _ranking(value: Any, ids: dict[str, int], field: str) -> Ranking:
    if not isinstance(value, dict) or not isinstance(value.get("tiers"), list):
        raise RowError(f"{field}.tiers", "a list of lists of response ids, best first", value)
    tiers: list[tuple[int, ...]] = []
    seen: set[int] = set()
    for place, tier in enumerate(value["tiers"]):
        if not isinstance(tier, list):
            raise RowError(f"{field}.tiers[{place}]", "a list of response ids", tier)
        own = tuple(_place(id, ids, f"{field}.tiers[{place}]") for id in tier)
        if len(set(own)) < len(own) or seen.intersection(own):
            raise RowError(f"{field}.tiers[{place}]", "every response once", tier)
        seen.update(own)
        tiers.append(own)
    cohort = value.get("cohort") or []
    if not isinstance(cohort, list) or not all(isinstance(tag, str) for tag in cohort):
        raise RowError(f"{field}.cohort", "a list of texts", cohort)
    return Ranking(
        tuple(tiers),
        _weight(value, f"{field}.weight"),
        _annotator(value, f"{field}.annotator"),
        cohort=tuple(map(sys.intern, cohort)),
        ratings=_ratings(_object(value.get("ratings")), ids, f"{field}.ratings"),
        acceptable=_acceptable(value.get("acceptable"), ids, f"{field}.acceptable"),
    )


def _place(id: Any, ids: dict[str, int], field: str) -> int:
    if not isinstance(id, str) or id not in ids:
        raise RowError(field, f"ids of this group's responses ({', '.join(ids)})", id)
    return ids[id]


def _ratings(value: Any, ids: dict[str, int], field: str) -> tuple[Rating, ...]:
    """{response id: {dimension: number}}; what is null is not rated, as Parquet has every row's fields in every row."""
    if not isinstance(value, dict | None) or not all(isinstance(own, dict | None) for own in (value or {}).values()):
        raise RowError(field, "an object of objects, by response id and dimension", value)
    return tuple(
        Rating(_place(id, ids, field), sys.intern(dimension), _number(number, f"{field}.{id}.{dimension}"))
        for id, own in (value or {}).items()
        for dimension, number in (own or {}).items()
        if number is not None
    )


def _acceptable(value: Any, ids: dict[str, int], field: str) -> tuple[int, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise RowError(field, "a list of response ids, or null", value)
    return tuple(_place(id, ids, field) for id in value)


def _split(row: dict[str, Any], prompt: tuple[Message, ...], responses: tuple[str, ...], salt: str) -> tuple[str, str]:
    """The row's split, and the normalised key that decides it where the row does not say."""
    key = row.get("split_key")
    if key is None:
        key = split_key(prompt, responses)
    elif not isinstance(key, str):
        raise RowError("split_key", "a text", key)
    split = row.get("split")
    if split is None:
        split = assign_split(key, salt)
    elif split not in SPLITS:
        raise RowError("split", "one of " + ", ".join(SPLITS), split)
    return split, normalise(key)


def _identifier(value: Any, field: str, default: str) -> str:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise RowError(field, "a text or a whole number", value)
    return str(value)


def _number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RowError(field, "a finite number", value)
    return float(value)


def _annotator(row: dict[str, Any], field: str) -> str:
    # One object a name: a hundred thousand rankings come from a few people.
    return sys.intern(_identifier(row.get("annotator"), field, ""))


def _weight(row: dict[str, Any], field: str) -> float:
    weight = _number(1.0 if row.get("weight") is None else row["weight"], field)
    if weight < 0:
        raise RowError(field, "a number, 0 or more", weight)
    return weight
