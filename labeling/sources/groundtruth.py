"""The recipe `groundtruth`: output manifests of SageMaker Ground Truth, of ranking and pairwise templates. Pure.

A manifest has an object a line: what went into the job, and under the job's label attribute what its workers answered,
each a {"workerId", "annotationData": {"content"}} whose content is what the template's form holds, as JSON.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labeling.sources.adopted import Ranked, adopted, first_of, object_of, tiers_of_ranks
from labeling.sources.mapping import PROMPTS
from labeling.sources.readers import Decoded
from labeling.sources.rows import InvalidRow, Parsed, PromptRow, id_by_content

SOURCES = ("source", "taskObject", "task-object")
RESPONSE = re.compile(r"(response|answer|completion|output|option|text|model|r)?[ _-]?(\d{1,2}|[a-z])", re.IGNORECASE)
LISTS = ("responses", "answers", "completions", "outputs")
CHOICES = ("preference", "preferred", "choice", "winner", "selected", "best", "comparison", "label")
TIES = ("tie", "equal", "same", "both", "neither")
DEEPEST = 6


def groundtruth(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """`source` holds the prompt and the responses: as an object, or as JSON in text. An object that a manifest only
    refers to (`source-ref`) has to be put in its place first.

    A worker's form holds a number for each response (1 is the best, equal ones are tied), a list of them in order, or
    the one that was chosen of two.
    """
    for line, value in decoded:
        try:
            yield line, _line(object_of(value))
        except InvalidRow as error:
            yield line, error


def _line(line: Mapping[str, Any]) -> PromptRow:
    if "source-ref" in line and not any(name in line for name in SOURCES):
        raise InvalidRow("source-ref", f"only refers to {line['source-ref']!r}; put what lies there into `source`")
    source = object_of(_decoded(first_of(line, SOURCES, "")), path="source")
    prompt = first_of(source, PROMPTS, "source")
    responses = _responses(source)
    names = {_plain(response["id"]): response["id"] for response in responses}
    rankings = [
        Ranked(str(answer["workerId"]), tiers)
        for attribute, told in line.items()
        if attribute not in SOURCES and not attribute.endswith("-metadata")
        for answer in _answers(told)
        if (tiers := _tiers(_form(answer), names)) is not None
    ]
    texts = [response["content"] for response in responses]
    return adopted(line.get("id") or source.get("id") or id_by_content(prompt, texts), prompt, responses, rankings)


def _responses(source: Mapping[str, Any]) -> list[dict[str, Any]]:
    for name in LISTS:
        if isinstance(found := source.get(name), list):
            return [
                {"id": str(item.get("id", f"r{index}")), "content": item.get("content"), "model": item.get("model")}
                if isinstance(item, Mapping)
                else {"id": f"r{index}", "content": item}
                for index, item in enumerate(found, start=1)
            ]
    found = {name: value for name, value in source.items() if RESPONSE.fullmatch(name) and isinstance(value, str)}
    return [{"id": name, "content": found[name]} for name in sorted(found)]


def _answers(told: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Every worker's answer, however deep a consolidation has put them."""
    if isinstance(told, Mapping) and "workerId" in told and "annotationData" in told:
        yield told
    elif depth < DEEPEST and isinstance(told, Mapping | list):
        for item in told.values() if isinstance(told, Mapping) else told:
            yield from _answers(item, depth + 1)


def _form(answer: Mapping[str, Any]) -> Any:
    data = answer["annotationData"]
    return _decoded(data.get("content") if isinstance(data, Mapping) else data)


def _tiers(form: Any, names: Mapping[str, str], depth: int = 0) -> list[list[str]] | None:
    """The first order that a form holds; None where it holds none."""
    if isinstance(form, list) and form and all(_plain(item) in names for item in form):
        return [[names[_plain(item)]] for item in form]
    if not isinstance(form, Mapping) or depth > DEEPEST:
        return None
    ranks = {names[_plain(name)]: _number(value) for name, value in form.items() if _plain(name) in names}
    if len(ranks) >= 2 and None not in ranks.values():
        return tiers_of_ranks(ranks, "annotationData")
    for name, value in form.items():
        chosen = value.get("label") if isinstance(value, Mapping) and "label" in value else value
        if str(name).lower() in CHOICES and isinstance(chosen, str):
            if _plain(chosen) in names:
                best = names[_plain(chosen)]
                return [[best], [other for other in names.values() if other != best]]
            if _plain(chosen) in TIES:
                return [list(names.values())]
    found = (_tiers(_decoded(value), names, depth + 1) for value in form.values())
    return next((tiers for tiers in found if tiers is not None), None)


def _plain(name: Any) -> str:
    """`Response A`, `response-a`, `response_a` and `a` are one."""
    text = str(name).lower()
    found = RESPONSE.fullmatch(text)
    return found[2] if found else text


def _number(value: Any) -> float | None:
    if isinstance(value, Mapping):
        value = value.get("rank", value.get("label"))
    try:
        return None if isinstance(value, bool) or value is None else float(value)
    except (TypeError, ValueError):
        return None


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value
