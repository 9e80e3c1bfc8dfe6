"""Every call as data: what is sent, and whether it may be sent again. Both clients send the same ones."""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

JSON = Any


@dataclass(frozen=True, slots=True)
class Call:
    """repeatable: sent twice, it does what sent once it does. file: the path of an upload."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    body: JSON = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    file: Path | None = None
    repeatable: bool = True

    @property
    def known_query(self) -> dict[str, Any] | None:
        """Without what was not given; true and false in the words that the API takes. None leaves the path's own."""
        given = {name: value for name, value in self.query.items() if value is not None and value != ""}
        return {name: str(int(value)) if isinstance(value, bool) else value for name, value in given.items()} or None


def get(path: str, **query: Any) -> Call:
    return Call("GET", path, query)


def post(path: str, body: JSON = None, *, repeatable: bool = False, **headers: str) -> Call:
    return Call("POST", path, body={} if body is None else body, headers=headers, repeatable=repeatable)


def patch(path: str, body: JSON) -> Call:
    return Call("PATCH", path, body=body)


def import_rows(project: str, rows: Iterable[Mapping[str, Any]], *, recipe: str, skip_invalid: bool) -> Call:
    # The same rows again are unchanged, so this may be repeated.
    content = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
    headers = {"Content-Type": "application/x-ndjson"}
    path = f"projects/{project}/prompts/"
    return Call("POST", path, {"recipe": recipe, "skip_invalid": skip_invalid}, headers=headers, content=content)


def import_file(project: str, path: Path, *, recipe: str, skip_invalid: bool) -> Call:
    if not path.is_file():
        raise FileNotFoundError(f"no file {path}")
    query = {"recipe": recipe, "skip_invalid": skip_invalid}
    return Call("POST", f"projects/{project}/prompts/", query, file=path)


def import_url(project: str, url: str, said: Mapping[str, Any]) -> Call:
    # Rows that are there already are unchanged, so a second job does no harm.
    return post(f"projects/{project}/imports/", {"url": url, **said}, repeatable=True)


def add_model(project: str, model: str, said: Mapping[str, Any]) -> Call:
    return post(f"projects/{project}/endpoints/", {"model": model, **said})


def generate(project: str, models: Sequence[int], n: int, said: Mapping[str, Any]) -> Call:
    return post(f"projects/{project}/generations/", {"endpoints": list(models), "n": n, **said})


def judge(project: str, model: int, said: Mapping[str, Any]) -> Call:
    return post(f"projects/{project}/judgings/", {"endpoint": model, **said})


def submit(assignment: int, tiers: list[list[str]], key: str | None, said: Mapping[str, Any]) -> Call:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    body = {"tiers": tiers, **said}
    return Call("POST", f"assignments/{assignment}/ranking/", body=body, headers=headers)


def revise(ranking: int, tiers: list[list[str]], key: str | None, said: Mapping[str, Any]) -> Call:
    headers = {"Idempotency-Key": key or uuid.uuid4().hex}
    return Call("POST", f"rankings/{ranking}/revise/", body={"tiers": tiers, **said}, headers=headers)


def score(project: str, inputs: Sequence[Mapping[str, Any]]) -> Call:
    return post(f"projects/{project}/score/", {"inputs": list(inputs)}, repeatable=True)


def decide(project: str, prompt: JSON, response: JSON) -> Call:
    # Each decision is logged; sent again, it stands in the log twice and decides the same.
    return post(f"projects/{project}/decide/", {"prompt": prompt, "response": response}, repeatable=True)


def pairs(project: str, choices: Mapping[str, Any]) -> Call:
    return get(f"projects/{project}/pairs/", **choices)
