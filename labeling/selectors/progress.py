"""How far a project and a person are."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, F, IntegerField, Q, QuerySet, Sum
from django.db.models.functions import Least

from labeling.models import Assignment, AssignmentKind, Project, Ranking


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
    submitted = Count(
        "assignments",
        filter=Q(assignments__status=Assignment.Status.SUBMITTED, assignments__kind=AssignmentKind.WORK),
    )
    # Named apart from the columns they are made of: an aggregate hides a column of its own name.
    totals = (
        project.prompts.filter(gold=None)
        .annotate(submitted=submitted)
        .aggregate(
            all_prompts=Count("pk"),
            all_finished=Count("pk", filter=Q(submitted__gte=F("slots"))),
            all_rankings=Sum("submitted", default=0),
            all_slots=Sum("slots", default=0),
            all_filled=Sum(Least("submitted", "slots", output_field=IntegerField()), default=0),
        )
    )
    return Progress(**{name.removeprefix("all_"): total for name, total in totals.items()})


def my_rankings(user: User, project: Project | None = None, *, limit: int = 20) -> QuerySet[Ranking]:
    rankings = Ranking.objects.current().filter(annotator=user).select_related("prompt__project").order_by("-pk")
    if project is not None:
        rankings = rankings.filter(prompt__project=project)
    return rankings[:limit]
