"""Rankings as training and the export read them: groups of a prompt, its responses and all that was said of them."""

from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import F, Max, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from labeling.exceptions import InvalidInput
from labeling.formats.groups import GroupRanking, RankingGroup
from labeling.formats.jsontext import decode
from labeling.models import (
    HIDDEN_CHECKS,
    NOT_DATA,
    AnnotatorReliability,
    AssignmentKind,
    Exclusion,
    Project,
    Prompt,
    Ranking,
    Response,
)
from labeling.models.lookups import AnyOf
from labeling.ranking import Tiers
from labeling.selectors.people import pseudonyms
from labeling.selectors.spans import Span

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
        rankings = rankings.exclude(kind__in=NOT_DATA)
    return rankings if include_superseded else rankings.current()


def revisable_ranking(user: User, project: Project, ranking_id: int) -> Ranking | None:
    """That ranking when it is the person's own and no newer one has taken its place."""
    own = Ranking.objects.current().filter(annotator=user, prompt__project=project)
    return own.select_related("assignment", "prompt").filter(pk=ranking_id).first()


def ranking_groups(
    project: Project,
    *,
    split: str = "",
    only_ranked: bool = True,
    only_wanted: bool = False,
    span: Span | None = None,
    after: int = 0,
) -> Iterator[RankingGroup]:
    """The project's prompts with their responses and the rankings that count, in the order they were imported.

    only_wanted: those with a free slot alone.  span: rankings and prompts of that kind alone.  after: prompts of a
    higher row id alone.

    Memory does not grow with the project. Prompts are read chunk by chunk and no transaction is held open, so a
    ranking that arrives meanwhile may or may not be in; each prompt is consistent in itself.
    """
    span = span or Span()
    prompts = _prompts(project, split=split, only_wanted=only_wanted, span=span)
    # The prompts' ids first and then what there is of them: asked for in one statement, prompts that have a ranking
    # that counts were found by plans that read all rankings for each chunk.
    while chunk := list(prompts.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        after = chunk[-1]
        rows = span.rankings(Ranking.objects.counting(judges=span.judges).filter(AnyOf("prompt", chunk))).order_by("pk")
        rankings: dict[int, list[_RankingRow]] = {} if only_ranked else {pk: [] for pk in chunk}
        people = _People(project)
        for row in _read_rankings(rows):
            rankings.setdefault(row.prompt, []).append(row)
            people.know(row.annotator)
        found = _read_prompts(Prompt.objects.filter(AnyOf("pk", rankings)))
        # After the rankings: one that came meanwhile may be about a response that its author has only just written.
        _read_responses(found)
        for pk, prompt in found.items():
            yield _group(prompt, rankings[pk], people)


def groups_by_ranking(
    project: Project, *, split: str = "", span: Span | None = None, after: int = 0
) -> Iterator[RankingGroup]:
    """One group for each ranking that counts, holding that ranking alone, in the order the rankings were made.

    after: those made after the ranking of that id.
    """
    span = span or Span()
    prompts = _prompts(project, split=split, only_wanted=False, span=span)
    counting = span.rankings(Ranking.objects.counting(judges=span.judges).filter(prompt__project=project))
    if split or span.agreement is not None:
        counting = counting.filter(prompt__in=prompts)
    for rows in _in_order(counting, after=after):
        found = _read_prompts(Prompt.objects.filter(AnyOf("pk", {row.prompt for row in rows})))
        _read_responses(found)
        people = _People(project)
        for row in rows:
            people.know(row.annotator)
        for row in rows:
            yield _group(found[row.prompt], [row], people)


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


def _prompts(project: Project, *, split: str, only_wanted: bool, span: Span) -> QuerySet[Prompt]:
    prompts = project.prompts.all()
    if split:
        prompts = prompts.filter(split=split)
    if only_wanted:
        prompts = prompts.filter(slots_taken__lt=F("slots"))
    if span.agreement is not None:
        prompts = prompts.filter(statistics__agreement__gte=span.agreement)
    return prompts


class _PromptRow(NamedTuple):
    id: str
    messages: list[dict[str, str]]
    metadata: dict[str, Any]
    split: str
    # Key, the import's id, content, model, and whether its author has withdrawn it.
    responses: list[tuple[str, str, str, str, bool]]


class _RankingRow(NamedTuple):
    pk: int
    prompt: int
    annotator: int
    kind: str
    tiers: Tiers
    acceptable: list[str] | None
    ratings: dict[str, dict[str, int]]


def _read_prompts(prompts: QuerySet[Prompt]) -> dict[int, _PromptRow]:
    # Tuples and not model instances: an export of a million pairs would spend half its time on building them.
    rows = prompts.order_by("pk").values_list("pk", "external_id", _text("messages"), "metadata", "split")[:CHUNK]
    return {
        pk: _PromptRow(external_id, decode(messages), metadata, split, [])
        for pk, external_id, messages, metadata, split in rows
    }


def _read_responses(found: dict[int, _PromptRow]) -> None:
    responses = Response.objects.filter(AnyOf("prompt", found)).order_by("prompt", "position")
    for prompt, key, external_id, content, model, withdrawn_at in responses.values_list(
        "prompt", "key", "external_id", "content", "model", "withdrawn_at"
    ):
        found[prompt].responses.append((key, external_id, content, model, withdrawn_at is not None))


def _read_rankings(rankings: QuerySet[Ranking]) -> list[_RankingRow]:
    fields = ("pk", "prompt", "annotator", "kind", _text("tiers"), _text("acceptable"), _text("ratings"))
    return [
        _RankingRow._make((*row, decode(tiers), acceptable and decode(acceptable), decode(ratings)))
        for *row, tiers, acceptable, ratings in rankings.values_list(*fields)
    ]


def _text(field: str) -> Cast:
    """A column of JSON as its text, of which the reader makes what it needs faster than the model field does."""
    return Cast(field, TextField())


def _in_order(counting: QuerySet[Ranking], *, after: int) -> Iterator[list[_RankingRow]]:
    """The rankings by id, some at a time."""
    wide = CHUNK
    # Again until nothing is new: a revision has a later id than the ranking whose place it took meanwhile.
    while after < (last := Ranking.objects.aggregate(last=Max("pk"))["last"] or 0):
        while after < last:
            # Bounded on both sides, so that no plan reads and sorts all rankings to find the next few. Where those of
            # other projects lie between, the steps become wider.
            until = min(after + wide, last)
            rows = _read_rankings(counting.filter(pk__gt=after, pk__lte=until).order_by("pk")[:CHUNK])
            if rows:
                yield rows
            after = rows[-1].pk if len(rows) == CHUNK else until
            wide = CHUNK if len(rows) > CHUNK // 2 else 2 * wide


class _People:
    """What an export says of annotators: the name they go by, their cohort, and how much their rankings weigh."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._users: set[int] = set()

    def know(self, user: int) -> None:
        self._users.add(user)

    @cached_property
    def names(self) -> dict[int, str]:
        return pseudonyms(self._users)

    @cached_property
    def cohorts(self) -> dict[int, list[str]]:
        return dict(self._project.memberships.filter(user__in=self._users).values_list("user_id", "cohort"))

    @cached_property
    def _weights(self) -> dict[int, float]:
        if not self._project.weigh_by_reliability:
            return {}
        found = AnnotatorReliability.objects.filter(project=self._project, annotator__in=self._users)
        return dict(found.values_list("annotator_id", "reliability"))

    def weight(self, ranking: _RankingRow) -> float:
        """Whoever adjudicates decides, however reliable they were before."""
        if not self._weights or ranking.kind == AssignmentKind.ADJUDICATION:
            return 1.0
        return round(self._weights.get(ranking.annotator, 1.0), WEIGHT_DIGITS)


def _group(prompt: _PromptRow, rankings: list[_RankingRow], people: _People) -> RankingGroup:
    external = {key: external_id for key, external_id, *_ in prompt.responses}
    return RankingGroup(
        id=prompt.id,
        prompt=prompt.messages,
        metadata=prompt.metadata,
        # What its author has withdrawn is in the data only as far as somebody's ranking still speaks of it.
        responses=[
            {"id": external_id, "content": content, "model": model}
            for key, external_id, content, model, withdrawn in prompt.responses
            if not withdrawn or any(key in tier for ranking in rankings for tier in ranking.tiers)
        ],
        rankings=[
            GroupRanking(
                id=ranking.pk,
                annotator=people.names[ranking.annotator],
                cohort=people.cohorts.get(ranking.annotator, []),
                tiers=[[external[key] for key in tier] for tier in ranking.tiers],
                acceptable=None if ranking.acceptable is None else [external[key] for key in ranking.acceptable],
                ratings={external[key]: rated for key, rated in ranking.ratings.items()},
                weight=people.weight(ranking),
            )
            for ranking in rankings
        ],
        split=prompt.split,
    )
