"""The habits of each annotator: sums over the facts of their rankings, and the signals that follow from them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Max, Q, Sum
from django.db.models.functions import Cast

from labeling.models import AgreementTotal, AssignmentKind, CheckResult, Project, Ranking, RankingFacts
from labeling.selectors.agreement import SUMS
from labeling.statistics.agreement import AgreementSums
from labeling.statistics.signals import AnnotatorSums, ByResponses, Signal, signals

Group = AgreementTotal.Group


@dataclass(frozen=True, slots=True)
class Habits:
    """sums: of each annotator with a ranking that counts or a check.  everybody: of all of them.

    removed: what leaves everybody's agreement when that annotator does.  rankings, last: how many of each annotator's
    count, and when the last one was made.
    """

    sums: dict[int, AnnotatorSums]
    everybody: AnnotatorSums
    removed: dict[int, AgreementSums]
    rankings: dict[int, int]
    last: dict[int, datetime]

    def of(self, annotator: int) -> AnnotatorSums:
        return self.sums.get(annotator, AnnotatorSums())

    def signals_of(self, annotator: int) -> list[Signal]:
        own = self.of(annotator)
        others = AnnotatorSums(
            longest_first=_without(self.everybody.longest_first, own.longest_first),
            all_tied=_without(self.everybody.all_tied, own.all_tied),
            gold=self.everybody.gold - own.gold,
            repeats=self.everybody.repeats - own.repeats,
            agreement=self.everybody.agreement - self.removed.get(annotator, AgreementSums()),
        )
        return signals(own, others)


def habits_of(project: Project) -> Habits:
    """All annotators' habits in a handful of queries, however many rankings there are."""
    sums: dict[int, AnnotatorSums] = defaultdict(AnnotatorSums)
    rankings: dict[int, int] = defaultdict(int)
    newest: dict[int, int] = {}
    for row in _facts(project):
        sums[row.annotator] += row.sums
        rankings[row.annotator] += row.rankings
        newest[row.annotator] = max(row.newest, newest.get(row.annotator, 0))
    agreement = {int(name): found for name, found in _agreement(project, Group.ANNOTATOR).items()}
    gold, repeats = _checks(project, AssignmentKind.GOLD), _checks(project, AssignmentKind.REPEAT)
    for annotator in {*sums, *agreement, *gold, *repeats}:
        sums[annotator] = replace(
            sums[annotator],
            agreement=agreement.get(annotator, AgreementSums()),
            gold=gold.get(annotator, AgreementSums()),
            repeats=repeats.get(annotator, AgreementSums()),
        )
    everybody = sum(sums.values(), AnnotatorSums())
    # Summed over annotators each pair of people would count twice.
    overall = _agreement(project, Group.EVERYBODY).get("", AgreementSums())
    times = dict(Ranking.objects.filter(pk__in=newest.values()).values_list("pk", "created_at"))
    return Habits(
        sums=dict(sums),
        everybody=replace(everybody, agreement=overall),
        removed={int(name): found for name, found in _agreement(project, Group.REMOVED).items()},
        rankings=dict(rankings),
        last={annotator: times[ranking] for annotator, ranking in newest.items() if ranking in times},
    )


def _agreement(project: Project, group: str) -> dict[str, AgreementSums]:
    """Of the order itself, by the name that the group's totals are kept under."""
    totals = AgreementTotal.objects.filter(project=project, dimension="", group=group).order_by()
    return _by("name", totals.values("name").annotate(**SUMS))


def _by(name: str, rows: Iterable[Any]) -> dict[Any, AgreementSums]:
    """The sums in each row, by what stands in the column `name`."""
    return {
        row[name]: AgreementSums(
            **{column.removeprefix("all_"): value for column, value in row.items() if column.startswith("all_")}
        )
        for row in rows
    }


def _checks(project: Project, kind: AssignmentKind) -> dict[int, AgreementSums]:
    """How often each annotator's checks of that kind went as they should, pair by pair.

    A tie where the gold order has none is a miss; between two rankings of the same person it says nothing.
    """
    decided = ("agreed", "reversed", "tied") if kind == AssignmentKind.GOLD else ("agreed", "reversed")
    # As wide as their squares need: those of small integers are small integers in PostgreSQL.
    wide = {name: Cast(name, BigIntegerField()) for name in decided}
    checks = CheckResult.objects.filter(project=project, ranking__kind=kind).annotate(
        a=wide["agreed"], n=sum(list(wide.values())[1:], wide["agreed"])
    )
    rows = (
        checks.order_by()
        .values("annotator")
        .annotate(
            all_prompts=Count("pk", filter=Q(n__gt=0)),
            all_agreed=Sum("a"),
            all_pairs=Sum("n"),
            all_agreed_squared=Sum(F("a") * F("a")),
            all_agreed_times_pairs=Sum(F("a") * F("n")),
            all_pairs_squared=Sum(F("n") * F("n")),
        )
    )
    return _by("annotator", rows)


@dataclass(slots=True)
class _Facts:
    """Of one annotator's rankings of so many responses."""

    annotator: int
    responses: int
    first_slots: list[int]
    rankings: int = 0
    newest: int = 0
    timed: int = 0
    too_fast: int = 0
    sized: int = 0
    longest_first: int = 0
    as_shown: int = 0
    all_tied: int = 0

    @property
    def sums(self) -> AnnotatorSums:
        size = self.responses
        return AnnotatorSums(
            timed=self.timed,
            too_fast=self.too_fast,
            first_slots={size: tuple(self.first_slots)} if any(self.first_slots) else {},
            longest_first={size: (self.longest_first, self.sized)} if self.sized else {},
            as_shown={size: (self.as_shown, self.rankings)},
            all_tied={size: (self.all_tied, self.rankings)},
        )


def _facts(project: Project) -> Iterable[_Facts]:
    """One for each annotator and number of responses. The rankings are gone through once, and by the database."""
    # As a sum no index is in its order: SQLite would follow that one from row to row all over the table, which takes
    # twice the time of reading the table.
    who = ExpressionWrapper(F("annotator_id") + 0, output_field=BigIntegerField())
    facts = RankingFacts.objects.filter(project=project).annotate(who=who).order_by()
    rows: Iterable[Any] = facts.values("who", "responses", "first_slot").annotate(
        n=Count("pk"),
        newest=Max("pk"),
        timed=Count("too_fast"),
        hurried=Count("pk", filter=Q(too_fast=True)),
        sized=Count("longest_first"),
        longest=Count("pk", filter=Q(longest_first=True)),
        unmoved=Count("pk", filter=Q(as_shown=True)),
        tied=Count("pk", filter=Q(all_tied=True)),
    )
    found: dict[tuple[int, int], _Facts] = {}
    for row in rows:
        annotator, size = row["who"], row["responses"]
        one = found.setdefault((annotator, size), _Facts(annotator, size, [0] * size))
        if row["first_slot"] is not None:
            one.first_slots[row["first_slot"] - 1] += row["n"]
        one.rankings += row["n"]
        one.newest = max(one.newest, row["newest"])
        one.timed += row["timed"]
        one.too_fast += row["hurried"]
        one.sized += row["sized"]
        one.longest_first += row["longest"]
        one.as_shown += row["unmoved"]
        one.all_tied += row["tied"]
    return found.values()


def _without(everybody: ByResponses, own: ByResponses) -> ByResponses:
    return {
        responses: tuple(all_ - mine for all_, mine in zip(counts, own.get(responses, (0, 0)), strict=True))
        for responses, counts in everybody.items()
    }
