"""The export: a project's judgements as lines of a file, streamed."""

import json
from collections.abc import Iterable, Iterator

from labeling.exceptions import InvalidInput
from labeling.formats.groups import RankingGroup, group_records
from labeling.formats.trl import trl_records
from labeling.models import Project, Prompt
from labeling.selectors.rankings import groups_by_ranking, ranking_groups

SHAPES = ("trl", "groups")
FORMATS = {"jsonl": "application/x-ndjson"}


def check_choices(*, shape: str, format: str, split: str) -> None:
    """Raise `InvalidInput` for a shape, format or split that does not exist."""
    known = (
        ("shape", shape, SHAPES),
        ("format", format, tuple(FORMATS)),
        ("split", split, ("", *Prompt.Split.values)),
    )
    for name, value, choices in known:
        if value not in choices:
            raise InvalidInput(f"{name} must be one of {', '.join(filter(None, choices))}; got {value!r}")


def export_lines(
    project: Project, *, shape: str = "trl", format: str = "jsonl", split: str = "", include_ties: bool = False
) -> Iterator[bytes]:
    """Every current judgement of the project as lines, in constant memory.

    Pairs come by ranking id, groups in the order of import. Raises `InvalidInput` at once, not at the first line.
    """
    check_choices(shape=shape, format=format, split=split)
    groups = ranking_groups(project, split=split) if shape == "groups" else groups_by_ranking(project, split=split)
    return lines_of(groups, shape=shape, include_ties=include_ties)


def lines_of(groups: Iterable[RankingGroup], *, shape: str, include_ties: bool = False) -> Iterator[bytes]:
    for group in groups:
        records = group_records(group) if shape == "groups" else trl_records(group, include_ties=include_ties)
        for record in records:
            yield json.dumps(record, ensure_ascii=False).encode() + b"\n"
