"""How far a project and a person are."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Least

from labeling.models import Assignment, Project, Ranking


@dataclass(frozen=True, slots=True)
class Progress:
    """prompts: all of them.  finished: those with a ranking in every slot.  slots: rankings wanted in all.

    filled: slots with a ranking.  rankings: all that were made; a prompt may have more than are wanted now.
    """

    prompts: int
    finished: int
    rankings: int
    slots: int
    filled: int


def project_progress(project: Project) -> Progress:
    submitted = Count("assignments", filter=Q(assignments__status=Assignment.Status.SUBMITTED))
    totals = project.prompts.annotate(submitted=submitted).aggregate(
        prompts=Count("pk"),
        finished=Count("pk", filter=Q(submitted__gte=F("slots"))),
        rankings=Sum("submitted", default=0),
        slots=Sum("slots", default=0),
        filled=Sum(Least("submitted", "slots"), default=0),
    )
    return Progress(**totals)


def my_rankings(user: User, project: Project | None = None, *, limit: int = 20) -> QuerySet[Ranking]:
    rankings = Ranking.objects.current().filter(annotator=user).select_related("prompt__project").order_by("-pk")
    if project is not None:
        rankings = rankings.filter(prompt__project=project)
    return rankings[:limit]
