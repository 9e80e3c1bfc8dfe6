"""The recipe `labelstudio`: Label Studio's JSON export of tasks with Ranker or Pairwise annotations. Pure.

The export does not hold the labeling configuration, so which field of a task is what follows from names and shapes: the
prompt is called prompt, question, instruction, …; the responses are a list of {"id", "body"}, as Ranker shows them, or
the fields answer1 and answer2, text1 and text2, response_a and response_b, … that Pairwise compares.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from labeling.sources.adopted import Ranked, adopted, first_of, object_of
from labeling.sources.mapping import PROMPTS
from labeling.sources.readers import Decoded
from labeling.sources.rows import InvalidRow, Parsed, PromptRow

BODIES = ("body", "text", "content", "html", "title")
TWO = re.compile(r"(answer|text|response|completion|output|item)[ _-]?(1|2|a|b)", re.IGNORECASE)
SIDES = {"left": 0, "right": 1}


def labelstudio(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """A task becomes a prompt, each annotator's newest annotation that was not cancelled a ranking."""
    for line, value in decoded:
        try:
            yield line, _task(object_of(value, "id", "data"))
        except InvalidRow as error:
            yield line, error


def _task(task: Mapping[str, Any]) -> PromptRow:
    data = object_of(task["data"], path="data")
    prompt = first_of(data, PROMPTS, "data")
    responses = _responses(data)
    ids = [response["id"] for response in responses]
    rankings = []
    annotations = task.get("annotations") or task.get("completions") or []
    for index, annotation in enumerate(sorted(annotations, key=_moment)):
        found = object_of(annotation, path=f"annotations[{index}]")
        if found.get("was_cancelled") or not found.get("result"):
            continue
        for result in found["result"]:
            if (tiers := _tiers(object_of(result, path=f"annotations[{index}].result"), ids)) is not None:
                rankings.append(Ranked(_person(found.get("completed_by")), tiers))
    return adopted(task["id"], prompt, responses, rankings)


def _moment(annotation: Any) -> str:
    return str(annotation.get("updated_at", "")) if isinstance(annotation, Mapping) else ""


def _person(completed_by: Any) -> str | None:
    """Their number there: an e-mail address stays where it is."""
    number = completed_by.get("id") if isinstance(completed_by, Mapping) else completed_by
    return None if number is None else str(number)


def _responses(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    lists = [
        value
        for value in data.values()
        if isinstance(value, list) and value and all(isinstance(item, Mapping) and "id" in item for item in value)
    ]
    if len(lists) == 1:
        return [
            {"id": str(item["id"]), "content": first_of(item, BODIES, f"data[{index}]"), "model": item.get("model")}
            for index, item in enumerate(lists[0])
        ]
    sides = [name for name in data if TWO.fullmatch(name)]
    if not lists and len(sides) == 2:
        return [{"id": name, "content": data[name]} for name in sorted(sides)]
    raise InvalidRow(
        "data",
        f'expected one list of {{"id", "body"}}, or two fields as answer1 and answer2; got {", ".join(data)}',
    )


def _tiers(result: Mapping[str, Any], ids: list[str]) -> list[list[str]] | None:
    """What a result says of the order; None for one that is about something else."""
    value = result.get("value")
    if result.get("type") == "ranker" and isinstance(value, Mapping) and isinstance(value.get("ranker"), Mapping):
        buckets = {name: order for name, order in value["ranker"].items() if order}
        if len(buckets) > 1:
            raise InvalidRow("ranker", f"the buckets {', '.join(buckets)} have no order of their own in the export")
        return [[str(item)] for order in buckets.values() for item in order]
    if result.get("type") == "pairwise" and isinstance(value, Mapping):
        selected = value.get("selected")
        if len(ids) != 2 or selected not in SIDES:
            raise InvalidRow("pairwise", f"expected left or right, of two responses; got {selected!r} of {len(ids)}")
        best = ids[SIDES[selected]]
        return [[best], [one for one in ids if one != best]]
    return None
