"""The recipe `groups`: Podium's own export, ranking groups with everybody's rankings, imported again. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from labeling.exceptions import InvalidRanking
from labeling.judgements import parse_judgement
from labeling.ranking import parse_tiers
from labeling.sources.decoding import NotJson, decode_json
from labeling.sources.readers import Decoded
from labeling.sources.rows import (
    InvalidRow,
    JudgementRow,
    Parsed,
    PromptRow,
    check_characters,
    parse_annotator,
    parse_row,
)

SPLITS = ("train", "validation", "test")
# What a ranking of the export holds beside these follows from other things: its weight from all rankings, its cohort
# from the project's members.
RANKING_FIELDS = ("annotator", "tiers", "acceptable", "ratings", "cohort", "weight")


def groups(decoded: Iterable[Decoded]) -> Iterator[Parsed]:
    """Rows of the import format with `rankings` and `split`, as the export `groups` writes them.

    A ranking may leave responses out. `split`, where it is given, has to be the one that the prompt gets here; a
    `split_key`, which the export does not hold, may be added to see to that.
    """
    for line, value in decoded:
        try:
            yield line, _group(value)
        except InvalidRow as error:
            yield line, error


def _group(value: object) -> PromptRow:
    if isinstance(value, InvalidRow):
        raise value
    if not isinstance(value, Mapping):
        return parse_row(value)
    said = {name: item for name, item in value.items() if name not in ("rankings", "split")}
    row = parse_row({**said, **({"metadata": _object(said["metadata"])} if "metadata" in said else {})})
    rankings = value.get("rankings", [])
    if not isinstance(rankings, list):
        raise InvalidRow("rankings", "expected a list of rankings")
    responses = [response.id for response in row.responses]
    judgements = tuple(_judgement(item, f"rankings[{index}]", responses) for index, item in enumerate(rankings))
    seen: set[str | None] = set()
    for index, judgement in enumerate(judgements):
        if judgement.annotator in seen:
            raise InvalidRow(f"rankings[{index}].annotator", f"{judgement.annotator!r} has ranked this prompt already")
        seen.add(judgement.annotator)
    return replace(row, judgements=judgements, split=_split(value.get("split")))


def _split(value: object) -> str:
    if value is None:
        return ""
    if value not in SPLITS:
        raise InvalidRow("split", f"expected one of {', '.join(SPLITS)}; got {value!r}")
    return str(value)


def _judgement(value: object, path: str, responses: Collection[str]) -> JudgementRow:
    if not isinstance(value, Mapping):
        raise InvalidRow(path, f"expected an object with {', '.join(RANKING_FIELDS)}")
    if unknown := sorted(set(map(str, value)) - set(RANKING_FIELDS)):
        raise InvalidRow(f"{path}.{unknown[0]}", f"unknown field; a ranking holds {', '.join(RANKING_FIELDS)}")
    check_characters(value, path)
    annotator = parse_annotator(value.get("annotator"), f"{path}.annotator")
    said = {
        "tiers": value.get("tiers"),
        "acceptable": value.get("acceptable"),
        "ratings": _object(value.get("ratings")),
    }
    try:
        ranked = {item for tier in parse_tiers(said["tiers"]) for item in tier}
        known = [item for item in responses if item in ranked]
        judgement = parse_judgement(said, responses=known, dimensions=_dimensions(said["ratings"]), allow_ties=True)
    except InvalidRanking as error:
        raise InvalidRow(path, str(error)) from None
    if not known:
        raise InvalidRow(f"{path}.tiers", "expected one ranked response at least")
    return JudgementRow(annotator, judgement.tiers, judgement.acceptable, judgement.ratings)


def _object(value: object) -> object:
    """Objects of free keys have no columns, so Parquet holds them as JSON; whatever else comes as it is."""
    if not isinstance(value, str):
        return value
    try:
        return decode_json(value.encode("utf-8", "surrogatepass"))
    except NotJson:
        return value


def _dimensions(ratings: object) -> set[str]:
    """What was rated, whatever it was: the project that it comes from had its own dimensions."""
    rated = ratings.values() if isinstance(ratings, Mapping) else ()
    return {str(dimension) for one in rated if isinstance(one, Mapping) for dimension in one}
