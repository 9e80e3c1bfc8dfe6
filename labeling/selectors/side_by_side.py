"""All that was said of one prompt, ranking beside ranking, for those who manage the project."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations

from django.contrib.auth.models import User
from django.http import Http404

from labeling.models import (
    NOT_DATA,
    Assignment,
    AssignmentKind,
    Exclusion,
    GoldOrder,
    Project,
    Prompt,
    PromptStatistics,
    Ranking,
    Response,
)
from labeling.ranking import Tiers
from labeling.selectors.disputes import letter, named


@dataclass(frozen=True, slots=True)
class NamedResponse:
    """author: who wrote it where no model did."""

    letter: str
    external_id: str
    model: str
    author: str
    content: str
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What a ranking says of one response beside its place: flags, and ratings as (dimension, 1 to 5)."""

    letter: str
    flags: list[str]
    ratings: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Version:
    """A ranking that was revised later, its tiers in letters."""

    tiers: Tiers
    made_at: datetime


@dataclass(frozen=True, slots=True)
class RankingColumn:
    """One person's ranking as it stands, responses by their letters; `acceptable` is None where that was not asked.

    excluded: the person's rankings are set aside at present, so it counts nowhere.  earlier: newest first.
    """

    ranking_id: int
    annotator: User
    is_adjudication: bool
    excluded: bool
    source: str
    tiers: Tiers
    acceptable: list[str] | None
    said: list[Said]
    confidence: int | None
    rationale: str
    seconds: float | None
    active_seconds: float | None
    made_at: datetime
    earlier: list[Version] = field(default_factory=list)

    @property
    def facts(self) -> set[str]:
        """What it says beside the order, by the names that the page has for it."""
        said = {
            "time": self.seconds is not None or self.active_seconds is not None,
            "confidence": self.confidence is not None,
            "acceptable": self.acceptable is not None,
            "rationale": bool(self.rationale),
            "flags": bool(self.flagged),
            "ratings": bool(self.rated),
            "earlier": bool(self.earlier),
        }
        return {name for name, is_said in said.items() if is_said}

    @property
    def flagged(self) -> list[Said]:
        return [one for one in self.said if one.flags]

    @property
    def rated(self) -> list[Said]:
        return [one for one in self.said if one.ratings]


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two responses that not all put in the same order.

    better: for each column the letter of the one above, "=" for a tie, "" where the ranking does not hold both.
    opposed: whether some put the one above and some the other, and not only some a tie.
    """

    one: str
    other: str
    better: list[str]
    opposed: bool


@dataclass(frozen=True, slots=True)
class Skip:
    annotator: User
    reason: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """pairs: those that differ, opposed ones first.  alike: how many pairs are not among them.

    consensus: its tiers in letters.  gold: the expected order of a practice prompt, in letters.
    """

    prompt: Prompt
    responses: list[NamedResponse]
    columns: list[RankingColumn]
    pairs: list[PairRow]
    alike: int
    statistics: PromptStatistics | None
    consensus: Tiers | None
    gold: Tiers | None
    skips: list[Skip]

    @property
    def facts(self) -> set[str]:
        """What at least one of the rankings says beside the order."""
        return set().union(*(column.facts for column in self.columns))


def side_by_side(project: Project, prompt_id: int) -> SideBySide:
    """The prompt with everything that was said of it; hidden checks are left out. `Http404` when there is none."""
    prompt = project.prompts.filter(pk=prompt_id).first()
    if prompt is None:
        raise Http404(f"no prompt {prompt_id}")
    rankings = list(prompt.rankings.exclude(kind__in=NOT_DATA).select_related("annotator", "supersedes").order_by("pk"))
    current = [ranking for ranking in rankings if ranking.superseded_at is None]
    # Who decided comes after those on whom they decided.
    current.sort(key=lambda ranking: ranking.kind == AssignmentKind.ADJUDICATION)
    ranked = {key for ranking in rankings for tier in ranking.tiers for key in tier}
    everything = prompt.responses.select_related("written_in__annotator").order_by("position")
    responses = [response for response in everything if response.withdrawn_at is None or response.key in ranked]
    letters = {response.key: letter(response.position) for response in responses}
    excluded = set(
        Exclusion.objects.active()
        .filter(project=project, annotator__in=[ranking.annotator_id for ranking in current])
        .values_list("annotator_id", flat=True)
    )
    versions: dict[int, list[Version]] = defaultdict(list)
    for ranking in reversed(rankings):
        if ranking.superseded_at is not None:
            versions[ranking.assignment_id].append(Version(named(ranking.tiers, letters), ranking.created_at))
    columns = [
        _column(ranking, letters, ranking.annotator_id in excluded, versions[ranking.assignment_id])
        for ranking in current
    ]
    pairs = _pairs(columns, list(letters.values()))
    statistics = PromptStatistics.objects.defer("cells", "coincidences").filter(prompt=prompt).first()
    consensus = statistics.consensus if statistics else None
    gold = GoldOrder.objects.filter(prompt=prompt).values_list("tiers", flat=True).first()
    return SideBySide(
        prompt=prompt,
        responses=[_response(response, letters[response.key]) for response in responses],
        columns=columns,
        pairs=pairs,
        alike=len(letters) * (len(letters) - 1) // 2 - len(pairs),
        statistics=statistics,
        consensus=named(consensus, letters) if consensus is not None else None,
        gold=named(gold, letters) if gold is not None else None,
        skips=[
            Skip(assignment.annotator, assignment.skip_reason)
            for assignment in prompt.assignments.filter(status=Assignment.Status.SKIPPED)
            .select_related("annotator")
            .order_by("-pk")
        ],
    )


def own_adjudication(user: User, prompt: Prompt) -> Assignment | None:
    """The one through which this person decides, or has decided, on the prompt."""
    return Assignment.objects.filter(prompt=prompt, annotator=user, kind=AssignmentKind.ADJUDICATION).first()


def _column(ranking: Ranking, letters: dict[str, str], excluded: bool, earlier: list[Version]) -> RankingColumn:
    shown = ranking.acceptable
    return RankingColumn(
        ranking_id=ranking.pk,
        annotator=ranking.annotator,
        is_adjudication=ranking.kind == AssignmentKind.ADJUDICATION,
        excluded=excluded,
        source=ranking.source,
        tiers=named(ranking.tiers, letters),
        acceptable=None if shown is None else [name for key, name in letters.items() if key in shown],
        said=[
            Said(name, ranking.flags.get(key, []), list(ranking.ratings.get(key, {}).items()))
            for key, name in letters.items()
        ],
        confidence=ranking.confidence,
        rationale=ranking.rationale,
        seconds=ranking.seconds,
        active_seconds=ranking.active_seconds,
        made_at=ranking.created_at,
        earlier=earlier,
    )


def _response(response: Response, name: str) -> NamedResponse:
    written = response.written_in
    return NamedResponse(
        letter=name,
        external_id=response.external_id,
        model=response.model,
        author=written.annotator.get_username() if written else "",
        content=response.content,
        withdrawn=response.withdrawn_at is not None,
    )


def _pairs(columns: Sequence[RankingColumn], letters: Sequence[str]) -> list[PairRow]:
    """The pairs on which those annotators whose rankings count, and who did not adjudicate, say different things."""
    compared = [not column.excluded and not column.is_adjudication for column in columns]
    places = [{name: place for place, tier in enumerate(column.tiers) for name in tier} for column in columns]
    rows = []
    for one, other in combinations(letters, 2):
        better = [_better(one, other, place) for place in places]
        said = {word for word, counts in zip(better, compared, strict=True) if counts and word}
        if len(said) > 1:
            rows.append(PairRow(one, other, better, opposed={one, other} <= said))
    return sorted(rows, key=lambda row: not row.opposed)


def _better(one: str, other: str, places: dict[str, int]) -> str:
    if one not in places or other not in places:
        return ""
    if places[one] == places[other]:
        return "="
    return one if places[one] < places[other] else other
