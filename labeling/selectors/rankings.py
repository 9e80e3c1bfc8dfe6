"""Which rankings there are, which of them count, and how many people have made."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Max, QuerySet
from django.utils import timezone

from labeling.exceptions import InvalidInput
from labeling.models import HIDDEN_CHECKS, NOT_DATA, AssignmentKind, Exclusion, Project, Ranking


def rankings_for(
    project: Project, *, include_superseded: bool = False, include_checks: bool = False
) -> QuerySet[Ranking]:
    """What was judged in the project, also by people whose rankings are set aside; hidden checks where asked for."""
    rankings = Ranking.objects.filter(prompt__project=project)
    if not include_checks:
        rankings = rankings.exclude(kind__in=NOT_DATA)
    return rankings if include_superseded else rankings.current()


def revisable_ranking(user: User, project: Project, ranking_id: int) -> Ranking | None:
    """That ranking when it is the person's own and no newer one has taken its place."""
    own = Ranking.objects.current().filter(annotator=user, prompt__project=project)
    return own.select_related("assignment", "prompt").filter(pk=ranking_id).first()


def prompt_id(project: Project, external_id: str) -> int:
    """The row of the prompt that the import gave this id; raises `InvalidInput` when there is none."""
    pk = project.prompts.filter(external_id=external_id).values_list("pk", flat=True).first()
    if pk is None:
        raise InvalidInput(f"after must be the id of a prompt of this project; got {external_id!r}")
    return pk


def last_ranking_id(project: Project) -> int:
    everything = rankings_for(project, include_superseded=True, include_checks=True)
    return everything.aggregate(last=Max("pk"))["last"] or 0


def human_rankings_since(project: Project, ranking_id: int) -> int:
    """How many rankings that count people made after that one; demo data and imports do not."""
    # By name and not by a subquery on every row: pages ask this of all that a project has.
    human = rankings_for(project).filter(pk__gt=ranking_id, source=Ranking.Source.HUMAN)
    return human.exclude(annotator__in=excluded_annotators(project)).count()


def human_rankings_per_day(project: Project, *, since: datetime) -> float:
    """The pace at which people have ranked since then; 0 when nobody has."""
    made = rankings_for(project).filter(created_at__gte=since, source=Ranking.Source.HUMAN).count()
    days = (timezone.now() - max(since, project.created_at)).total_seconds() / 86400
    return made / max(days, 1 / 24)


def counting_rankings(project: Project) -> QuerySet[Ranking]:
    """The ones that are data: exported, learned from, and in the statistics."""
    return Ranking.objects.counting().filter(prompt__project=project)


def left_out_rankings(project: Project) -> dict[str, int]:
    """How many rankings the data leaves out, by why; of two reasons the first one counts."""
    everything = rankings_for(project, include_superseded=True, include_checks=True)
    checks = everything.filter(kind__in=HIDDEN_CHECKS).count()
    current, all_of_work = rankings_for(project).count(), rankings_for(project, include_superseded=True).count()
    excluded = rankings_for(project).filter(annotator__in=excluded_annotators(project)).count()
    return {
        "hidden_checks": checks,
        "judges": everything.filter(kind=AssignmentKind.JUDGE).count(),
        "superseded": all_of_work - current,
        "excluded": excluded,
        "adjudicated_since": current - excluded - counting_rankings(project).count(),
    }


def excluded_annotators(project: Project) -> list[int]:
    """The ids of those whose rankings are set aside now."""
    return list(Exclusion.objects.active().filter(project=project).values_list("annotator_id", flat=True))
