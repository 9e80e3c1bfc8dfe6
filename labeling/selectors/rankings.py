"""Rankings as training and the export read them: groups of a prompt, its responses and all that was said of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, F, Max, OuterRef, Prefetch, QuerySet
from django.utils import timezone

from labeling.formats.groups import GroupRanking, RankingGroup
from labeling.models import (
    HIDDEN_CHECKS,
    AnnotatorReliability,
    AssignmentKind,
    Exclusion,
    Project,
    Prompt,
    Ranking,
    Response,
)
from labeling.selectors.people import pseudonyms

# How many prompts are in memory at a time while a project is read through.
CHUNK = 500
# Enough to tell people apart, and the same digits on every database.
WEIGHT_DIGITS = 4


def rankings_for(
    project: Project, *, include_superseded: bool = False, include_checks: bool = False
) -> QuerySet[Ranking]:
    """What was judged in the project, also by people whose rankings are set aside; hidden checks where asked for."""
    rankings = Ranking.objects.filter(prompt__project=project)
    if not include_checks:
        rankings = rankings.exclude(kind__in=HIDDEN_CHECKS)
    return rankings if include_superseded else rankings.current()


def revisable_ranking(user: User, project: Project, ranking_id: int) -> Ranking | None:
    """That ranking when it is the person's own and no newer one has taken its place."""
    own = Ranking.objects.current().filter(annotator=user, prompt__project=project)
    return own.select_related("assignment", "prompt").filter(pk=ranking_id).first()


def ranking_groups(
    project: Project, *, split: str = "", only_ranked: bool = True, only_wanted: bool = False
) -> Iterator[RankingGroup]:
    """The project's prompts with their responses and the rankings that count, in the order they were imported.

    only_wanted: those with a free slot alone.

    Memory does not grow with the project. Prompts are read chunk by chunk and no transaction is held open, so a
    ranking that arrives meanwhile may or may not be in; each prompt is consistent in itself.
    """
    last = 0
    while prompts := _chunk(project, after=last, split=split, only_ranked=only_ranked, only_wanted=only_wanted):
        people = _People(project, {ranking.annotator_id for prompt in prompts for ranking in prompt.counting_rankings})
        for prompt in prompts:
            yield _group(prompt, prompt.counting_rankings, people)
        last = prompts[-1].pk


def groups_by_ranking(project: Project, *, split: str = "") -> Iterator[RankingGroup]:
    """One group for each ranking that counts, holding that ranking alone, in the order the rankings were made."""
    last = 0
    while rankings := _ranking_chunk(project, after=last, split=split):
        people = _People(project, {ranking.annotator_id for ranking in rankings})
        for ranking in rankings:
            yield _group(ranking.prompt, [ranking], people)
        last = rankings[-1].pk


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
        "superseded": all_of_work - current,
        "excluded": excluded,
        "adjudicated_since": current - excluded - counting_rankings(project).count(),
    }


def excluded_annotators(project: Project) -> list[int]:
    """The ids of those whose rankings are set aside now."""
    return list(Exclusion.objects.active().filter(project=project).values_list("annotator_id", flat=True))


def _ranking_chunk(project: Project, *, after: int, split: str) -> list[Ranking]:
    rankings = counting_rankings(project).filter(pk__gt=after).order_by("pk").select_related("prompt")
    if split:
        rankings = rankings.filter(prompt__split=split)
    return list(rankings.prefetch_related(Prefetch("prompt__responses", Response.objects.order_by("position")))[:CHUNK])


def _chunk(project: Project, *, after: int, split: str, only_ranked: bool, only_wanted: bool) -> list[Any]:
    prompts = project.prompts.filter(pk__gt=after).order_by("pk")
    if split:
        prompts = prompts.filter(split=split)
    if only_wanted:
        prompts = prompts.filter(slots_taken__lt=F("slots"))
    if only_ranked:
        prompts = prompts.filter(Exists(Ranking.objects.counting().filter(prompt=OuterRef("pk"))))
    counting = Prefetch("rankings", Ranking.objects.counting().order_by("pk"), to_attr="counting_rankings")
    responses = Prefetch("responses", Response.objects.order_by("position"))
    return list(prompts.prefetch_related(counting, responses)[:CHUNK])


class _People:
    """What an export says of annotators: the name they go by, their cohort, and how much their rankings weigh."""

    def __init__(self, project: Project, users: set[int]) -> None:
        self.names = pseudonyms(users)
        self.cohorts = dict(project.memberships.filter(user__in=users).values_list("user_id", "cohort"))
        found = AnnotatorReliability.objects.filter(project=project, annotator__in=users)
        self._weights = dict(found.values_list("annotator_id", "reliability")) if project.weigh_by_reliability else {}

    def weight(self, ranking: Ranking) -> float:
        """Whoever adjudicates decides, however reliable they were before."""
        if ranking.kind == AssignmentKind.ADJUDICATION:
            return 1.0
        return round(self._weights.get(ranking.annotator_id, 1.0), WEIGHT_DIGITS)


def _group(prompt: Prompt, rankings: list[Ranking], people: _People) -> RankingGroup:
    everything = list(prompt.responses.all())
    external = {response.key: response.external_id for response in everything}
    ranked = {key for ranking in rankings for tier in ranking.tiers for key in tier}
    # What its author has withdrawn is in the data only as far as somebody's ranking still speaks of it.
    responses = [response for response in everything if response.withdrawn_at is None or response.key in ranked]
    return RankingGroup(
        id=prompt.external_id,
        prompt=prompt.messages,
        metadata=prompt.metadata,
        responses=[
            {"id": response.external_id, "content": response.content, "model": response.model} for response in responses
        ],
        rankings=[
            GroupRanking(
                id=ranking.pk,
                annotator=people.names[ranking.annotator_id],
                cohort=people.cohorts.get(ranking.annotator_id, []),
                tiers=[[external[key] for key in tier] for tier in ranking.tiers],
                acceptable=None if ranking.acceptable is None else [external[key] for key in ranking.acceptable],
                ratings={external[key]: rated for key, rated in ranking.ratings.items()},
                weight=people.weight(ranking),
            )
            for ranking in rankings
        ],
        split=prompt.split,
    )
