"""How far a project and a person are."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, QuerySet, Sum

from labeling.models import Assignment, Project, Ranking


@dataclass(frozen=True, slots=True)
class Progress:
    """prompts: all of them.  finished: those with a ranking in every slot.  slots: rankings wanted in all."""

    prompts: int
    finished: int
    rankings: int
    slots: int

    @property
    def percent(self) -> int:
        return min(100, 100 * self.rankings // self.slots) if self.slots else 0


def project_progress(project: Project) -> Progress:
    totals = project.prompts.aggregate(prompts=Count("pk"), slots=Sum("slots", default=0))
    submitted = Assignment.objects.filter(prompt__project=project, status=Assignment.Status.SUBMITTED)
    finished = (
        project.prompts.annotate(
            submitted=Count("assignments", filter=Q(assignments__status=Assignment.Status.SUBMITTED))
        )
        .filter(submitted__gte=F("slots"))
        .count()
    )
    return Progress(prompts=totals["prompts"], finished=finished, rankings=submitted.count(), slots=totals["slots"])


def my_rankings(user: User, project: Project | None = None, *, limit: int = 20) -> QuerySet[Ranking]:
    rankings = Ranking.objects.current().filter(annotator=user).select_related("prompt__project").order_by("-pk")
    if project is not None:
        rankings = rankings.filter(prompt__project=project)
    return rankings[:limit]
