"""The `groups` shape, and the records all other shapes are made from. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from labeling.formats.options import EVERYTHING, Options, Record
from labeling.ranking import Tiers


class GroupRanking(NamedTuple):
    """One current ranking of a group, in the import's own response ids. `weight`: the annotator's reliability.

    A tuple, as one is made for each ranking of an export, and a frozen dataclass takes three times as long.
    """

    id: int
    annotator: str
    cohort: list[str]
    tiers: Tiers
    acceptable: list[str] | None
    ratings: dict[str, dict[str, int]]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class RankingGroup:
    """A prompt, its K responses and all its rankings: the unit of training."""

    id: str
    prompt: list[dict[str, str]]
    metadata: dict[str, Any]
    responses: list[dict[str, str]]
    rankings: list[GroupRanking]
    split: str


def group_records(group: RankingGroup, options: Options = EVERYTHING) -> Iterator[Record]:
    """The one record of a group (DESIGN section 4)."""
    if options.model and all(response["model"] != options.model for response in group.responses):
        return
    yield {
        "id": group.id,
        "prompt": group.prompt,
        "metadata": group.metadata,
        "responses": group.responses,
        "rankings": [
            {
                "annotator": ranking.annotator,
                "cohort": ranking.cohort,
                "tiers": ranking.tiers,
                "acceptable": ranking.acceptable,
                "ratings": ranking.ratings,
                "weight": ranking.weight,
            }
            for ranking in group.rankings
        ],
        "split": group.split,
    }
