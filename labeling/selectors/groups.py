"""Rankings as training and the export read them: groups of a prompt, its responses and all that was said of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import F, Max, QuerySet, TextField
from django.db.models.functions import Cast

from labeling.formats.groups import GroupRanking, RankingGroup
from labeling.formats.jsontext import decode
from labeling.models import AnnotatorReliability, AssignmentKind, Project, Prompt, Ranking, Response
from labeling.models.lookups import AnyOf
from labeling.ranking import Tiers
from labeling.selectors.people import pseudonyms
from labeling.selectors.spans import Span

# How many prompts are in memory at a time while a project is read through.
CHUNK = 500
# Enough to tell people apart, and the same digits on every database.
WEIGHT_DIGITS = 4


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
    return _made(_chunks_by_prompt(project, prompts, only_ranked=only_ranked, span=span, after=after))


def groups_by_ranking(
    project: Project, *, split: str = "", span: Span | None = None, after: int = 0
) -> Iterator[RankingGroup]:
    """One group for each ranking that counts, holding that ranking alone, in the order the rankings were made.

    after: those made after the ranking of that id.
    """
    span = span or Span()
    counting = span.rankings(Ranking.objects.counting(judges=span.judges).filter(prompt__project=project))
    if split or span.agreement is not None:
        counting = counting.filter(prompt__in=_prompts(project, split=split, only_wanted=False, span=span))
    return _made(_chunks_by_ranking(project, counting, after=after))


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What was read at a time. groups: the rows of a prompt's rankings that make a group, by the prompt's row id."""

    prompts: "dict[int, _PromptRow]"
    groups: "list[tuple[int, list[_RankingRow]]]"
    people: "_People"


def _made(chunks: Iterator[_Chunk]) -> Iterator[RankingGroup]:
    for chunk in chunks:
        for pk, rankings in chunk.groups:
            yield _group(chunk.prompts[pk], rankings, chunk.people)


def _chunks_by_prompt(
    project: Project, prompts: QuerySet[Prompt], *, only_ranked: bool, span: Span, after: int
) -> Iterator[_Chunk]:
    people = _People(project)
    # The prompts' ids first and then what there is of them: asked for in one statement, prompts that have a ranking
    # that counts were found by plans that read all rankings for each chunk.
    while chunk := list(prompts.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        after = chunk[-1]
        rows = span.rankings(Ranking.objects.counting(judges=span.judges).filter(AnyOf("prompt", chunk))).order_by("pk")
        rankings: dict[int, list[_RankingRow]] = {} if only_ranked else {pk: [] for pk in chunk}
        for row in _read_rankings(rows):
            rankings.setdefault(row.prompt, []).append(row)
        people.meet({row.annotator for own in rankings.values() for row in own})
        found = _read_prompts(Prompt.objects.filter(AnyOf("pk", rankings)))
        # After the rankings: one that came meanwhile may be about a response that its author has only just written.
        _read_responses(found)
        yield _Chunk(found, [(pk, rankings[pk]) for pk in found], people)


def _chunks_by_ranking(project: Project, counting: QuerySet[Ranking], *, after: int) -> Iterator[_Chunk]:
    people = _People(project)
    for rows in _in_order(counting, after=after):
        found = _read_prompts(Prompt.objects.filter(AnyOf("pk", {row.prompt for row in rows})))
        _read_responses(found)
        people.meet({row.annotator for row in rows})
        yield _Chunk(found, [(row.prompt, [row]) for row in rows], people)


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
        self.names: dict[int, str] = {}
        self.cohorts: dict[int, list[str]] = {}
        self._weights: dict[int, float] = {}

    def meet(self, users: set[int]) -> None:
        """Read what there is of those who have not come before."""
        if not (new := users - self.names.keys()):
            return
        self.names.update(pseudonyms(new))
        self.cohorts.update(self._project.memberships.filter(user__in=new).values_list("user_id", "cohort"))
        if self._project.weigh_by_reliability:
            found = AnnotatorReliability.objects.filter(project=self._project, annotator__in=new)
            self._weights.update(found.values_list("annotator_id", "reliability"))

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
