"""The leaderboard of the models that wrote a project's responses, as it was last fitted."""

from collections.abc import Sequence
from dataclasses import dataclass

from labeling.models import Project, ProjectAnalysis, Response
from labeling.statistics.leaderboard import Standing


@dataclass(frozen=True, slots=True)
class Cell:
    """Of the comparisons of one model with another: the share that it won, a tie counting half. None: there is none."""

    opponent: str
    share: float | None
    comparisons: int


@dataclass(frozen=True, slots=True)
class Row:
    model: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Board:
    """Models that comparisons join, best first.  lowest, highest: ends of a scale that holds all their intervals."""

    standings: list[Standing]
    rows: list[Row]
    lowest: float
    highest: float
    comparisons: int


def boards(project: Project) -> list[Board]:
    """The lists of the last fit, the one with most comparisons first; none where there was nothing to compare."""
    found = ProjectAnalysis.objects.filter(project=project).values_list("leaderboard", flat=True).first()
    return [
        _board([Standing(**standing) for standing in one["standings"]], one["shares"], one["counts"])
        for one in found or []
    ]


def has_unnamed_models(project: Project) -> bool:
    """Whether some responses do not say which model wrote them."""
    return Response.objects.filter(prompt__project=project, model="").exists()


def _board(
    standings: list[Standing], shares: Sequence[Sequence[float | None]], counts: Sequence[Sequence[int]]
) -> Board:
    names = [standing.model for standing in standings]
    return Board(
        standings=standings,
        rows=[
            Row(name, [Cell(*cell) for cell in zip(names, row, numbers, strict=True)])
            for name, row, numbers in zip(names, shares, counts, strict=True)
        ],
        lowest=min(standing.low for standing in standings),
        highest=max(standing.high for standing in standings),
        comparisons=sum(map(sum, counts)) // 2,
    )
