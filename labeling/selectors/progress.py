"""How far a project and a person are."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Least

from labeling.models import Assignment, AssignmentKind, GoldOrder, Project, Ranking


@dataclass(frozen=True, slots=True)
class Progress:
    """prompts: all but those for practice.  finished: those with a ranking in every slot.

    slots: rankings wanted in all.  filled: slots with a ranking.  rankings: all that were made; a prompt may have more
    than are wanted now.
    """

    prompts: int
    finished: int
    rankings: int
    slots: int
    filled: int


def project_progress(project: Project) -> Progress:
    """Counted from the prompts' own counters of slots that are lent or ranked, less those that are only lent.

    One statement, so that no ranking is made between the two; and no look at an assignment that is not open.
    """
    none = Value(0, output_field=IntegerField())
    columns = ("open", "all_slots", "taken", "prompts", "finished", "filled")
    totals = (
        project.prompts.exclude(pk__in=GoldOrder.objects.filter(prompt__project=project).values("prompt"))
        .order_by()
        .annotate(open=none)
        .values("open")
        .annotate(
            all_slots=Sum("slots", default=0),
            taken=Sum("slots_taken", default=0),
            prompts=Count("pk"),
            finished=Count("pk", filter=Q(slots_taken__gte=F("slots"), awaits_responses=False)),
            filled=Sum(Least("slots_taken", "slots", output_field=IntegerField()), default=0),
        )
        .values_list(*columns)
    )
    lent = Assignment.objects.open().filter(kind=AssignmentKind.WORK).order_by()
    held = lent.filter(prompt=OuterRef("pk")).values("prompt").annotate(number=Count("pk")).values("number")
    by_prompt = (
        # Not joined with the open assignments: SQLite would read all prompts to find them.
        project.prompts.filter(pk__in=lent.values("prompt"))
        .order_by()
        .annotate(
            open=Subquery(held, output_field=IntegerField()),
            all_slots=F("slots"),
            taken=F("slots_taken"),
            prompts=none,
            finished=none,
            filled=none,
        )
        .values_list(*columns)
    )
    rows = list(totals.union(by_prompt, all=True))
    slots, taken, prompts, finished, filled = next(counts for open_, *counts in rows if not open_)
    only_lent = [(open_, slots, taken) for open_, slots, taken, *_ in rows if open_]
    return Progress(
        prompts=prompts,
        finished=finished - sum(taken >= slots > taken - open_ for open_, slots, taken in only_lent),
        rankings=taken - sum(open_ for open_, *_ in only_lent),
        slots=slots,
        filled=filled - sum(min(taken, slots) - min(taken - open_, slots) for open_, slots, taken in only_lent),
    )


def my_rankings(user: User, project: Project | None = None, *, limit: int = 20) -> QuerySet[Ranking]:
    rankings = Ranking.objects.current().filter(annotator=user).select_related("prompt__project").order_by("-pk")
    if project is not None:
        rankings = rankings.filter(prompt__project=project)
    return rankings[:limit]
