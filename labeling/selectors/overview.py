"""A project at a glance, for those who manage it: what is made a day, when it will be done, what asks for attention."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Prefetch, QuerySet, Value, When
from django.utils import timezone

from labeling.models import Assignment, AssignmentKind, Project, Prompt, Ranking, Response
from labeling.selectors.disputes import letter
from labeling.selectors.progress import Progress
from labeling.statistics.forecast import Forecast, forecast

DAYS, A_WEEK = 14, 7
# Enough people and prompts to even out, few enough to be today's pace.
PACE_OVER = 100
# So many assignments and rankings are looked through for skips and flags, the newest first: where there are none, a
# project must not be read as a whole to say so.
AMONG = 2000
SKIPPED_SHOWN, FLAGGED_SHOWN = 10, 10


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    rankings: int


@dataclass(frozen=True, slots=True)
class Work:
    """days: rankings made on each of the last days, oldest first, today last; revisions and hidden checks left out.

    active: how many people made them in the last seven days.  seconds: the median active time of the last ones, None
    while none was timed.  forecast: None while nothing was made lately.
    """

    days: list[Day]
    active: int
    seconds: float | None
    forecast: Forecast | None


@dataclass(frozen=True, slots=True)
class Skip:
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class SkippedPrompt:
    """skips: newest first, one a person."""

    prompt: Prompt
    skips: list[Skip]


@dataclass(frozen=True, slots=True)
class FlaggedRanking:
    """responses: (letter by the place in the import, its flags)."""

    prompt: Prompt
    name: str
    made_at: datetime
    rationale: str
    responses: list[tuple[str, list[str]]]


def work_lately(project: Project, progress: Progress) -> Work:
    made = Ranking.objects.filter(
        prompt__project=project, kind=AssignmentKind.WORK, supersedes=None, source=Ranking.Source.HUMAN
    ).order_by()
    midnights = _midnights()
    counted = _counted(made, midnights)
    days = [Day(midnight.date(), sum(counted[number].values())) for number, midnight in enumerate(midnights)]
    return Work(
        days=days,
        active=len({annotator for day in range(DAYS - A_WEEK, DAYS) for annotator in counted[day]}),
        seconds=_pace(made),
        forecast=forecast(progress.slots - progress.filled, _since_the_first(made, days), days[-1].date),
    )


def skipped_prompts(project: Project) -> list[SkippedPrompt]:
    """Prompts skipped lately, those first that most people have skipped."""
    newest = Assignment.objects.filter(_within(project)).order_by("-pk").values_list("pk", "status")[:AMONG]
    skipped = [pk for pk, status in newest if status == Assignment.Status.SKIPPED]
    by_prompt: dict[int, list[Assignment]] = defaultdict(list)
    for assignment in Assignment.objects.filter(pk__in=skipped).select_related("prompt", "annotator").order_by("-pk"):
        by_prompt[assignment.prompt_id].append(assignment)
    most = sorted(by_prompt.values(), key=lambda skips: (-len(skips), -skips[0].pk))[:SKIPPED_SHOWN]
    return [
        SkippedPrompt(
            prompt=skips[0].prompt,
            skips=[Skip(skip.annotator.get_username(), skip.skip_reason) for skip in skips],
        )
        for skips in most
    ]


def flagged_rankings(project: Project) -> list[FlaggedRanking]:
    """Rankings that count and in which a response was flagged, newest first."""
    newest = Ranking.objects.filter(_within(project)).order_by("-pk").values_list("pk", "flags")[:AMONG]
    flagged = Ranking.objects.counting().filter(pk__in=[pk for pk, flags in newest if flags])
    responses = Prefetch("prompt__responses", Response.objects.only("key", "position", "prompt"))
    return [
        FlaggedRanking(
            prompt=ranking.prompt,
            name=ranking.annotator.get_username(),
            made_at=ranking.created_at,
            rationale=ranking.rationale,
            responses=sorted(
                (letter(response.position), ranking.flags[response.key])
                for response in ranking.prompt.responses.all()
                if ranking.flags.get(response.key)
            ),
        )
        for ranking in flagged.select_related("prompt", "annotator")
        .prefetch_related(responses)
        .order_by("-pk")[:FLAGGED_SHOWN]
    ]


def _within(project: Project) -> Exists:
    """Of a prompt in the project; joined with the prompts instead, SQLite would read and sort all of them first."""
    return Exists(Prompt.objects.filter(pk=OuterRef("prompt"), project=project))


def _midnights() -> list[datetime]:
    """When each of the last days began by the server's clock, oldest first."""
    today = timezone.localtime().date()
    zone = timezone.get_current_timezone()
    days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    return [datetime(day.year, day.month, day.day, tzinfo=zone) for day in days]


def _counted(made: QuerySet[Ranking], midnights: Sequence[datetime]) -> list[dict[int, int]]:
    """For each day how many rankings each annotator made."""
    # Compared with the days' beginnings, newest first: cutting each moment to its day costs SQLite a call of Python.
    beginnings = [When(created_at__gte=midnights[day], then=Value(day)) for day in reversed(range(DAYS))]
    day = Case(*beginnings, output_field=IntegerField())
    rows = made.filter(created_at__gte=midnights[0]).annotate(day=day).values_list("day", "annotator")
    counted: list[dict[int, int]] = [{} for _ in midnights]
    for number, annotator, rankings in rows.annotate(rankings=Count("pk")):
        counted[number][annotator] = rankings
    return counted


def _pace(made: QuerySet[Ranking]) -> float | None:
    timed = made.filter(active_seconds__isnull=False).order_by("-pk").values_list("active_seconds", flat=True)
    seconds = [one for one in timed[:PACE_OVER] if one is not None]
    return median(seconds) if seconds else None


def _since_the_first(made: QuerySet[Ranking], days: Sequence[Day]) -> list[int]:
    """The days' rankings without those days on which the work had not begun yet."""
    first = made.order_by("pk").values_list("created_at", flat=True).first()
    begun = timezone.localtime(first).date() if first else days[-1].date
    return [day.rankings for day in days if day.date >= begun]
