"""The people of a project, with the figures by which a manager knows how far to trust each one's rankings."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from statistics import median
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from labeling.models import (
    NOT_DATA,
    AnnotatorReliability,
    Exclusion,
    Membership,
    Project,
    Ranking,
    RankingFacts,
)
from labeling.selectors.admission import EntryTest, entry_tests
from labeling.selectors.agreement import Agreement, agreement_of
from labeling.selectors.habits import Habits, habits_of
from labeling.selectors.people import pseudonyms
from labeling.selectors.work import PACE_OVER
from labeling.statistics.signals import Signal

# SQLite takes no more than 1,000 alternatives in a condition.
PEOPLE_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Annotator:
    """One person of a project.

    member: still is one.  cohort: their tags.  rankings: work that counts.  set_aside: rankings that do not, because
    the person is excluded.  last_active: when the last of either was made.  pace: median active seconds of the last.
    agreement: with all others.  gold, consistency: shares of pairs as gold orders have them, and as in the person's own
    first ranking of the same prompt.  reliability: None where there is no evidence and a ranking weighs 1.  entry_test:
    None where there is none or it is none of theirs; admitted: a manager lets them work whatever it says.
    """

    id: int
    name: str
    pseudonym: str
    member: bool
    manages: bool
    cohort: list[str]
    rankings: int
    set_aside: int
    last_active: datetime | None
    pace: float | None
    agreement: Agreement | None
    gold: Agreement | None
    consistency: Agreement | None
    reliability: AnnotatorReliability | None
    signals: list[Signal]
    excluded: bool
    entry_test: EntryTest | None
    admitted: bool

    @property
    def qualified(self) -> bool:
        """Whether no entry test stands in their way."""
        return self.admitted or self.entry_test is None or self.entry_test.passed

    @property
    def state(self) -> str:
        """What keeps them from work: "excluded", "not-qualified", "left" (no member any more); "" for nothing."""
        if self.excluded:
            return "excluded"
        if not self.member:
            return "left"
        return "" if self.qualified else "not-qualified"


def _share(agreement: Agreement | None) -> float | None:
    return agreement.share if agreement else None


# What the table can be sorted by. Who has no such figure comes last either way.
SORTS: dict[str, Callable[[Annotator], Any]] = {
    "name": lambda one: one.name.casefold(),
    "rankings": lambda one: one.rankings,
    "active": lambda one: one.last_active,
    "pace": lambda one: one.pace,
    "agreement": lambda one: _share(one.agreement),
    "gold": lambda one: _share(one.gold),
    "self": lambda one: _share(one.consistency),
    "reliability": lambda one: one.reliability and one.reliability.reliability,
    "signals": lambda one: len(one.signals),
}
# Whom to look at first.
FIRST = "-signals"


def annotators_of(project: Project) -> QuerySet[User]:
    """Everybody who is a member, has ranked here, or was ever excluded."""
    here = {"project": project, "annotator": OuterRef("pk")}
    return User.objects.filter(
        Exists(Membership.objects.filter(project=project, user=OuterRef("pk")))
        | Exists(RankingFacts.objects.filter(**here))
        | Exists(Exclusion.objects.filter(**here))
    )


def annotators_table(project: Project, *, sort: str = FIRST) -> list[Annotator]:
    """All of them; `sort` is one of `SORTS`, behind a minus from high to low; anything else sorts as `FIRST` does."""
    everybody = describe_annotators(project, list(annotators_of(project).order_by("username")), habits_of(project))
    # Sorting is stable: who is equal in this stands by name.
    return sorted_annotators(everybody, sort if sort.removeprefix("-") in SORTS else FIRST)


def sorted_annotators(everybody: Collection[Annotator], sort: str) -> list[Annotator]:
    figure = SORTS[sort.removeprefix("-")]
    known = [one for one in everybody if figure(one) is not None]
    unknown = [one for one in everybody if figure(one) is None]
    return sorted(known, key=figure, reverse=sort.startswith("-")) + unknown


def describe_annotators(project: Project, users: Sequence[User], habits: Habits) -> list[Annotator]:
    """These people, in the order given."""
    ids = [user.pk for user in users]
    members = {membership.user_id: membership for membership in project.memberships.filter(user__in=ids)}
    managers = _managing(project, users)
    excluded = set(project.exclusions.active().filter(annotator__in=ids).values_list("annotator_id", flat=True))
    aside = _set_aside(project, excluded)
    found = AnnotatorReliability.objects.filter(project=project, annotator__in=ids)
    reliabilities = {reliability.annotator_id: reliability for reliability in found}
    names, paces = pseudonyms(ids), _paces(project, ids)
    tests = entry_tests(project, members.keys() - managers) if project.qualification else {}
    return [
        Annotator(
            id=user.pk,
            name=user.get_username(),
            pseudonym=names[user.pk],
            member=user.pk in members or user.pk in managers,
            manages=user.pk in managers,
            cohort=members[user.pk].cohort if user.pk in members else [],
            rankings=habits.rankings.get(user.pk, 0),
            set_aside=aside.get(user.pk, (0, None))[0],
            last_active=habits.last.get(user.pk) or aside.get(user.pk, (0, None))[1],
            pace=paces.get(user.pk),
            agreement=agreement_of(habits.of(user.pk).agreement),
            gold=agreement_of(habits.of(user.pk).gold),
            consistency=agreement_of(habits.of(user.pk).repeats),
            reliability=reliabilities.get(user.pk),
            signals=habits.signals_of(user.pk),
            excluded=user.pk in excluded,
            entry_test=tests.get(user.pk),
            admitted=user.pk in members and members[user.pk].admitted,
        )
        for user in users
    ]


def members_table(project: Project) -> list[tuple[Membership, EntryTest | None]]:
    """The members, managers last, each with the entry test that stands before them; None where there is none."""
    members = list(project.memberships.select_related("user").order_by("role", "user__username"))
    tested = {member.user_id for member in members} - _managing(project, [member.user for member in members])
    tests = entry_tests(project, tested) if project.qualification else {}
    return [(member, tests.get(member.user_id)) for member in members]


def _managing(project: Project, users: Collection[User]) -> set[int]:
    """Those of them who manage the project; `can_manage` says it of one."""
    ids = [user.pk for user in users]
    managers = project.memberships.filter(role=Membership.Role.MANAGER, user__in=ids).values_list("user_id", flat=True)
    return {user.pk for user in users if user.is_superuser or user.pk == project.created_by_id} | set(managers)


def _set_aside(project: Project, excluded: Collection[int]) -> dict[int, tuple[int, datetime | None]]:
    """How many rankings of each excluded person wait, and when the last was made."""
    rankings = Ranking.objects.current().filter(annotator__in=excluded, prompt__project=project)
    rows = rankings.exclude(kind__in=NOT_DATA).order_by().values("annotator")
    return {row["annotator"]: (row["n"], row["last"]) for row in rows.annotate(n=Count("pk"), last=Max("created_at"))}


def _paces(project: Project, users: Sequence[int]) -> dict[int, float]:
    """`own_pace` of each of these people, a batch of them in two queries: the id from which on, then the seconds."""
    seconds: dict[int, list[float]] = defaultdict(list)
    timed = Ranking.objects.filter(supersedes=None, active_seconds__isnull=False)
    own = timed.filter(annotator=OuterRef("pk"), prompt__project=project).order_by("-pk").values("pk")
    for start in range(0, len(users), PEOPLE_AT_ONCE):
        people = User.objects.filter(pk__in=users[start : start + PEOPLE_AT_ONCE])
        # Who has fewer than that has them all looked at.
        since = people.annotate(since=Subquery(own[PACE_OVER - 1 : PACE_OVER])).values_list("pk", "since")
        last = reduce(or_, (Q(annotator=user, pk__gte=first or 0) for user, first in since))
        # Asked for the project's alone, SQLite would go through all of its prompts first.
        found = timed.filter(last).order_by().values_list("annotator_id", "active_seconds", "prompt__project")
        for annotator, active, where in found:
            if where == project.pk:
                seconds[annotator].append(active or 0.0)
    return {annotator: median(times) for annotator, times in seconds.items()}
