"""How far a project's annotators agree: a few dozen rows of totals, however many rankings there are."""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Avg, Count, Q, QuerySet, Sum

from labeling.models import AgreementTotal, CoincidenceTotal, Project, PromptStatistics
from labeling.statistics.agreement import AgreementSums
from labeling.statistics.alpha import ordinal_alpha

Group = AgreementTotal.Group
# Named apart from the columns they are made of: an annotation may not have a column's name.
SUMS = {f"all_{field.name}": Sum(field.name) for field in fields(AgreementSums)}


@dataclass(frozen=True, slots=True)
class Agreement:
    """share: of the pairs of responses that two annotators ordered, those ordered the same way.

    low, high: its 95 % interval.  pairs: how many, once for each two annotators; prompts: on how many.  tau_b: the mean
    over pairs of rankings.
    """

    share: float
    low: float
    high: float
    pairs: int
    prompts: int
    tau_b: float | None


@dataclass(frozen=True, slots=True)
class Week:
    monday: date
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Dimension:
    """agreement: on the order that the ratings make.  alpha: Krippendorff's, ordinal, on the ratings themselves."""

    name: str
    agreement: Agreement | None
    alpha: float | None


@dataclass(frozen=True, slots=True)
class Cohort:
    name: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Annotator:
    """agreement: with all others."""

    id: int
    name: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """overall: None while no two annotators have ordered the same pair.  alpha: Krippendorff's, ordinal, of the order.

    kendalls_w: mean over the prompts for which it is defined.  compared: prompts with two rankings or more; alone: with
    one.  weeks: oldest first.  annotators: those who agree least first.
    """

    overall: Agreement | None
    alpha: float | None
    kendalls_w: float | None
    compared: int
    alone: int
    weeks: list[Week]
    dimensions: list[Dimension]
    cohorts: list[Cohort]
    annotators: list[Annotator]


def agreement_report(project: Project) -> AgreementReport:
    order = AgreementTotal.objects.filter(project=project, dimension="")
    groups = {(row["group"], row["name"]): _agreement(row) for row in _summed(order, "group", "name")}
    weeks = _summed(order.filter(group=Group.EVERYBODY), "week").order_by("week")
    alphas = _alphas(project)
    prompts = PromptStatistics.objects.filter(project=project).aggregate(
        kendalls_w=Avg("kendalls_w"),
        compared=Count("pk", filter=Q(rankings__gte=2)),
        alone=Count("pk", filter=Q(rankings=1)),
    )
    return AgreementReport(
        overall=groups.get((Group.EVERYBODY, "")),
        alpha=alphas.get(""),
        weeks=[Week(row["week"], found) for row in weeks if (found := _agreement(row))],
        dimensions=_dimensions(project, alphas),
        cohorts=[
            Cohort(name, found) for (group, name), found in sorted(groups.items()) if found and group == Group.COHORT
        ],
        annotators=_annotators(
            {int(name): found for (group, name), found in groups.items() if found and group == Group.ANNOTATOR}
        ),
        **prompts,
    )


def project_agreement(project: Project) -> Agreement | None:
    """Of everybody with everybody; None while no two annotators have ordered the same pair."""
    everybody = AgreementTotal.objects.filter(project=project, dimension="", group=Group.EVERYBODY, name="")
    return _agreement(everybody.aggregate(**SUMS))


def agreement_around(project: Project, week: date) -> tuple[Agreement | None, Agreement | None]:
    """Of everybody with everybody: on prompts last ranked before that week, and from it on."""
    everybody = AgreementTotal.objects.filter(project=project, dimension="", group=Group.EVERYBODY, name="")
    before, since = everybody.filter(week__lt=week), everybody.filter(week__gte=week)
    return _agreement(before.aggregate(**SUMS)), _agreement(since.aggregate(**SUMS))


def agreement_of(sums: AgreementSums) -> Agreement | None:
    """None without a pair."""
    share, interval = sums.share, sums.interval()
    if share is None or interval is None:
        return None
    return Agreement(share, *interval, sums.pairs, sums.prompts, sums.tau_b)


def _summed(totals: QuerySet[AgreementTotal], *by: str) -> QuerySet[AgreementTotal, dict[str, Any]]:
    summed: QuerySet[AgreementTotal, dict[str, Any]] = totals.order_by().values(*by).annotate(**SUMS)
    return summed


def _agreement(row: dict[str, Any]) -> Agreement | None:
    return agreement_of(AgreementSums(**{name.removeprefix("all_"): row[name] or 0 for name in SUMS}))


def _alphas(project: Project) -> dict[str, float | None]:
    """By dimension; the order itself is the dimension without a name."""
    tables: dict[str, dict[tuple[float, float], float]] = defaultdict(dict)
    for total in CoincidenceTotal.objects.filter(project=project):
        tables[total.dimension][total.lower, total.higher] = total.weight
    return {dimension: ordinal_alpha(table) for dimension, table in tables.items()}


def _dimensions(project: Project, alphas: dict[str, float | None]) -> list[Dimension]:
    """Those that two annotators have rated, in the project's order, then what it asked for earlier."""
    rated = AgreementTotal.objects.filter(project=project, dimension__in=alphas, group=Group.EVERYBODY)
    found = {row["dimension"]: _agreement(row) for row in _summed(rated.exclude(dimension=""), "dimension")}
    names = [*(name for name in project.dimensions if name in found), *sorted(found.keys() - set(project.dimensions))]
    dimensions = [Dimension(name, found[name], alphas.get(name)) for name in names]
    return [one for one in dimensions if one.agreement or one.alpha is not None]


def _annotators(found: dict[int, Agreement]) -> list[Annotator]:
    names = dict(User.objects.filter(pk__in=found).values_list("pk", "username"))
    people = [Annotator(pk, names[pk], agreement) for pk, agreement in found.items() if pk in names]
    return sorted(people, key=lambda person: (person.agreement.share, person.name))
