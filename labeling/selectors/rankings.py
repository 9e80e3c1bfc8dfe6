"""Rankings as training and the export read them: groups of a prompt, its responses and all that was said of them."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max, Prefetch, QuerySet

from labeling.formats.groups import GroupRanking, RankingGroup
from labeling.models import Project, Prompt, Ranking, Response
from labeling.selectors.people import pseudonyms

# How many prompts are in memory at a time while a project is read through.
CHUNK = 500


def rankings_for(project: Project, *, include_superseded: bool = False) -> QuerySet[Ranking]:
    rankings = Ranking.objects.filter(prompt__project=project)
    return rankings if include_superseded else rankings.current()


def revisable_ranking(user: User, project: Project, ranking_id: int) -> Ranking | None:
    """That ranking when it is the person's own and no newer one has taken its place."""
    own = Ranking.objects.current().filter(annotator=user, prompt__project=project)
    return own.select_related("assignment", "prompt").filter(pk=ranking_id).first()


def ranking_groups(project: Project, *, split: str = "", only_ranked: bool = True) -> Iterator[RankingGroup]:
    """The project's prompts with their responses and current rankings, in the order they were imported.

    Memory does not grow with the project. Prompts are read chunk by chunk and no transaction is held open, so a
    ranking that arrives meanwhile may or may not be in; each prompt is consistent in itself.
    """
    last = 0
    while prompts := _chunk(project, after=last, split=split, only_ranked=only_ranked):
        names = pseudonyms({ranking.annotator_id for prompt in prompts for ranking in prompt.current_rankings})
        cohorts = _cohorts(project, set(names))
        for prompt in prompts:
            yield _group(prompt, prompt.current_rankings, names, cohorts)
        last = prompts[-1].pk


def groups_by_ranking(project: Project, *, split: str = "") -> Iterator[RankingGroup]:
    """One group for each current ranking, holding that ranking alone, in the order the rankings were made."""
    last = 0
    while rankings := _ranking_chunk(project, after=last, split=split):
        names = pseudonyms({ranking.annotator_id for ranking in rankings})
        cohorts = _cohorts(project, set(names))
        for ranking in rankings:
            yield _group(ranking.prompt, [ranking], names, cohorts)
        last = rankings[-1].pk


def last_ranking_id(project: Project) -> int:
    return rankings_for(project, include_superseded=True).aggregate(last=Max("pk"))["last"] or 0


def human_rankings_since(project: Project, ranking_id: int) -> int:
    """How many rankings people made after that one; demo data and imports do not count."""
    return rankings_for(project).filter(pk__gt=ranking_id, source=Ranking.Source.HUMAN).count()


def _ranking_chunk(project: Project, *, after: int, split: str) -> list[Ranking]:
    rankings = rankings_for(project).filter(pk__gt=after).order_by("pk").select_related("prompt")
    if split:
        rankings = rankings.filter(prompt__split=split)
    return list(rankings.prefetch_related(Prefetch("prompt__responses", Response.objects.order_by("position")))[:CHUNK])


def _chunk(project: Project, *, after: int, split: str, only_ranked: bool) -> list[Any]:
    prompts = project.prompts.filter(pk__gt=after).order_by("pk")
    if split:
        prompts = prompts.filter(split=split)
    if only_ranked:
        prompts = prompts.filter(rankings__superseded_at=None, rankings__isnull=False).distinct()
    current = Prefetch("rankings", Ranking.objects.current().order_by("pk"), to_attr="current_rankings")
    responses = Prefetch("responses", Response.objects.order_by("position"))
    return list(prompts.prefetch_related(current, responses)[:CHUNK])


def _cohorts(project: Project, users: set[int]) -> dict[int, list[str]]:
    return dict(project.memberships.filter(user__in=users).values_list("user_id", "cohort"))


def _group(
    prompt: Prompt, rankings: list[Ranking], names: dict[int, str], cohorts: dict[int, list[str]]
) -> RankingGroup:
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
                annotator=names[ranking.annotator_id],
                cohort=cohorts.get(ranking.annotator_id, []),
                tiers=[[external[key] for key in tier] for tier in ranking.tiers],
                acceptable=None if ranking.acceptable is None else [external[key] for key in ranking.acceptable],
                ratings={external[key]: rated for key, rated in ranking.ratings.items()},
            )
            for ranking in rankings
        ],
        split=prompt.split,
    )
