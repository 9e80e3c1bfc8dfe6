"""A person's own work: how much, how fast, and how it compares with that of others."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from labeling.models import AssignmentKind, Project, Ranking
from labeling.ranking import Tiers
from labeling.statistics.agreement import PairAgreement, pair_agreement

# Enough to even out a hard prompt, few enough to be today's pace and not last month's.
PACE_OVER = 20
# A page must not read years of rankings to say how somebody agrees with others now.
AGREEMENT_OVER = 500


@dataclass(frozen=True, slots=True)
class OwnCounts:
    """Current rankings: made since midnight, since Monday (both by the server's clock), and in all.

    What was imported or seeded under the person's name is no work of today.
    """

    today: int
    week: int
    total: int


@dataclass(frozen=True, slots=True)
class OwnAgreement:
    """With everybody else who ranked the same prompts; `prompts`: how many such prompts there are."""

    pairs: PairAgreement
    prompts: int

    @property
    def percent(self) -> int | None:
        return None if self.pairs.share is None else round(100 * self.pairs.share)


def own_counts(user: User, project: Project | None = None) -> OwnCounts:
    midnight = _midnight()
    monday = midnight - timedelta(days=midnight.weekday())
    counts = _own(user, project).aggregate(
        today=Count("pk", filter=Q(created_at__gte=midnight, source=Ranking.Source.HUMAN)),
        week=Count("pk", filter=Q(created_at__gte=monday, source=Ranking.Source.HUMAN)),
        total=Count("pk"),
    )
    return OwnCounts(**counts)


def own_pace(user: User, project: Project | None = None) -> float | None:
    """The median active seconds of the person's last rankings; None while none was timed.

    Revisions are left out: they are quicker than judging a prompt for the first time.
    """
    timed = Ranking.objects.filter(annotator=user, supersedes=None, active_seconds__isnull=False)
    if project is not None:
        timed = timed.filter(prompt__project=project)
    seconds = [ranking.active_seconds or 0.0 for ranking in timed.only("active_seconds").order_by("-pk")[:PACE_OVER]]
    return median(seconds) if seconds else None


def own_agreement(user: User, project: Project) -> OwnAgreement:
    """How the person's last rankings in the project agree with those of others, pair by pair."""
    work = _own(user, project).filter(kind=AssignmentKind.WORK)
    own: dict[int, Tiers] = dict(work.order_by("-pk").values_list("prompt_id", "tiers")[:AGREEMENT_OVER])
    others: dict[int, list[Tiers]] = defaultdict(list)
    counting = Ranking.objects.counting().filter(kind=AssignmentKind.WORK)
    theirs = counting.filter(prompt__in=list(own)).exclude(annotator=user)
    for prompt, tiers in theirs.values_list("prompt_id", "tiers"):
        others[prompt].append(tiers)
    compared = [pair_agreement(own[prompt], tiers) for prompt, rankings in others.items() for tiers in rankings]
    return OwnAgreement(pairs=sum(compared, PairAgreement()), prompts=len(others))


def _own(user: User, project: Project | None) -> QuerySet[Ranking]:
    own = Ranking.objects.current().filter(annotator=user)
    return own if project is None else own.filter(prompt__project=project)


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
