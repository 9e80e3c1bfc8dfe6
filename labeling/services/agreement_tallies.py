"""What prompts add to a project's agreement, and what they have added before: the totals by deltas."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import date, timedelta

from django.utils import timezone

from labeling.models import AgreementTotal, AssignmentKind, CoincidenceTotal, Project, PromptStatistics, Ranking
from labeling.ranking import Tiers
from labeling.statistics.agreement import AgreementSums, kendalls_w, prompt_agreement, relative_ranks
from labeling.statistics.alpha import coincidences

BATCH = 500
SUMS = tuple(field.name for field in fields(AgreementSums))
TOTAL_KEY = ("project", "dimension", "group", "name", "week")
Group = AgreementTotal.Group
# (dimension, group, name); the week is the prompt's.
Cell = tuple[str, str, str]
# (dimension, lower value, higher value)
Meeting = tuple[str, float, float]


@dataclass(frozen=True, slots=True)
class TalliedPrompt:
    """What one prompt's tally is made of. lengths: characters of each response.  characters: of the prompt itself."""

    pk: int
    lengths: dict[str, int]
    characters: int
    rankings: list[Ranking]

    def of_kind(self, *kinds: str) -> list[Ranking]:
        return [ranking for ranking in self.rankings if ranking.kind in kinds]


def store_agreement(project: Project, ids: Sequence[int], prompts: Iterable[TalliedPrompt]) -> None:
    tags = _cohorts_of(project)
    totals: dict[tuple[str, str, str, date], AgreementSums] = defaultdict(AgreementSums)
    met: dict[Meeting, float] = defaultdict(float)
    for before in PromptStatistics.objects.filter(prompt__in=ids):
        for dimension, group, name, *sums in before.cells:
            totals[dimension, group, name, before.week] -= AgreementSums(*sums)
        for dimension, lower, higher, weight in before.coincidences:
            met[dimension, lower, higher] -= weight
    statistics = []
    for prompt in prompts:
        row, cells, table = _statistics(project, prompt, tags)
        for cell, sums in cells.items():
            totals[(*cell, row.week)] += sums
        for key, weight in table.items():
            met[key] += weight
        statistics.append(row)
    PromptStatistics.objects.bulk_create(
        statistics,
        update_conflicts=True,
        unique_fields=["prompt"],
        update_fields=["week", "rankings", "agreement", "kendalls_w", "adjudicated", "cells", "coincidences"],
    )
    _add_to_totals(project, totals)
    _add_to_coincidences(project, met)


def _statistics(
    project: Project, prompt: TalliedPrompt, tags: dict[int, list[str]]
) -> tuple[PromptStatistics, dict[Cell, AgreementSums], dict[Meeting, float]]:
    work = prompt.of_kind(AssignmentKind.WORK)
    orders = [(ranking.annotator_id, ranking.tiers) for ranking in work]
    cells = _cells("", orders, tags)
    table = {("", *key): weight for key, weight in coincidences(_ranks(prompt, orders)).items()}
    for dimension in {name for ranking in work for rated in ranking.ratings.values() for name in rated}:
        rated = [
            (ranking.annotator_id, {key: said[dimension] for key, said in ranking.ratings.items() if dimension in said})
            for ranking in work
        ]
        cells |= _cells(dimension, [(annotator, _by_rating(ratings)) for annotator, ratings in rated], tags)
        units = [[ratings[key] for _, ratings in rated if key in ratings] for key in prompt.lengths]
        table |= {(dimension, *key): weight for key, weight in coincidences(units).items()}
    overall = cells.get(("", Group.EVERYBODY, ""), AgreementSums())
    latest = max((ranking.created_at for ranking in prompt.rankings), default=timezone.now())
    row = PromptStatistics(
        prompt_id=prompt.pk,
        project=project,
        week=_monday(timezone.localtime(latest).date()),
        rankings=len(work),
        agreement=overall.share,
        kendalls_w=kendalls_w([tiers for _, tiers in orders]),
        adjudicated=bool(prompt.of_kind(AssignmentKind.ADJUDICATION)),
        cells=[[*cell, *astuple(sums)] for cell, sums in cells.items()],
        coincidences=[[*key, weight] for key, weight in table.items()],
    )
    return row, cells, table


def _cells(
    dimension: str, orders: Sequence[tuple[int, Tiers]], tags: dict[int, list[str]]
) -> dict[Cell, AgreementSums]:
    agreement = prompt_agreement(orders)
    cells: dict[Cell, AgreementSums] = {(dimension, Group.EVERYBODY, ""): agreement.overall}
    for group, by_annotator in ((Group.ANNOTATOR, agreement.by_annotator), (Group.REMOVED, agreement.removed)):
        cells |= {(dimension, group, str(annotator)): sums for annotator, sums in by_annotator.items()}
    for tag in {tag for annotator, _ in orders for tag in tags.get(annotator, ())}:
        members = [(annotator, tiers) for annotator, tiers in orders if tag in tags.get(annotator, ())]
        cells[dimension, Group.COHORT, tag] = prompt_agreement(members).overall
    return {cell: sums for cell, sums in cells.items() if sums != AgreementSums()}


def _ranks(prompt: TalliedPrompt, orders: Sequence[tuple[int, Tiers]]) -> list[list[float]]:
    """The relative ranks that each response got."""
    ranks = [relative_ranks(tiers) for _, tiers in orders]
    return [[rank[key] for rank in ranks if key in rank] for key in prompt.lengths]


def _by_rating(ratings: dict[str, int]) -> Tiers:
    """The order that ratings make: equal ones are tied."""
    values = sorted(set(ratings.values()), reverse=True)
    return [[key for key, rating in ratings.items() if rating == value] for value in values]


def _add_to_totals(project: Project, changes: dict[tuple[str, str, str, date], AgreementSums]) -> None:
    weeks = {week for _, _, _, week in changes}
    rows = AgreementTotal.objects.filter(project=project, week__in=weeks)
    there = {(row.dimension, row.group, row.name, row.week): sums_of(row) for row in rows}
    changed: list[AgreementTotal] = []
    for key, change in changes.items():
        dimension, group, name, week = key
        sums = asdict(there.get(key, AgreementSums()) + change)
        changed.append(AgreementTotal(project=project, dimension=dimension, group=group, name=name, week=week, **sums))
    AgreementTotal.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=list(TOTAL_KEY), update_fields=list(SUMS), batch_size=BATCH
    )


def _add_to_coincidences(project: Project, changes: dict[Meeting, float]) -> None:
    rows = CoincidenceTotal.objects.filter(project=project)
    there = {(row.dimension, row.lower, row.higher): row.weight for row in rows}
    CoincidenceTotal.objects.bulk_create(
        (
            CoincidenceTotal(
                project=project,
                dimension=key[0],
                lower=key[1],
                higher=key[2],
                weight=there.get(key, 0.0) + change,
            )
            for key, change in changes.items()
        ),
        update_conflicts=True,
        unique_fields=["project", "dimension", "lower", "higher"],
        update_fields=["weight"],
        batch_size=BATCH,
    )


def sums_of(row: AgreementTotal) -> AgreementSums:
    return AgreementSums(**{field: getattr(row, field) for field in SUMS})


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _cohorts_of(project: Project) -> dict[int, list[str]]:
    """The tags of each member who has any."""
    return {user: tags for user, tags in project.memberships.values_list("user_id", "cohort") if tags}
