"""Whether the place on the page, or length, decides what people prefer in a project."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.db.models import BigIntegerField, Count, F, Q, Sum
from django.db.models.functions import Cast

from labeling.models import Project, ProjectAnalysis, Ranking, RankingFacts
from labeling.statistics.bias import (
    SIGNIFICANT,
    LengthPreference,
    LengthSums,
    SlotRate,
    holm,
    length_preference,
    position_bias,
)
from labeling.statistics.shares import ClusterSums, Interval

# {K: [how often the response alone on top stood in slot 1, …, K]}
Slots = dict[int, list[int]]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SlotsOfSize:
    """The slots of rankings of so many responses; rankings: those made here with one response alone on top."""

    responses: int
    rankings: int
    slots: list[SlotRate]


@dataclass(frozen=True, slots=True)
class LongestFirst:
    """How often the longest response stood alone on top: the rate of so many rankings; expected: if drawn at random."""

    rate: float
    interval: Interval
    rankings: int
    expected: float


@dataclass(frozen=True, slots=True)
class AnnotatorBias:
    """slot: the one that most exceeds chance, p corrected for all slots of all annotators; None without a first rank.

    longer: how often the longer response won, one prompt being one cluster; None without pairs of different length.
    """

    id: int
    name: str
    rankings: int
    slot: SlotRate | None
    p: float
    longer: ClusterSums

    @property
    def prefers_slot(self) -> bool:
        return self.p < SIGNIFICANT


@dataclass(frozen=True, slots=True)
class BiasReport:
    """slots: over prompts of all sizes.  sizes: by the number of responses.  annotators: by name."""

    rankings: int
    slots: list[SlotRate]
    sizes: list[SlotsOfSize]
    length: LengthPreference | None
    led_by_longer: int
    led_by_shorter: int
    longest: LongestFirst | None
    annotators: list[AnnotatorBias]

    @property
    def biased_slots(self) -> list[SlotRate]:
        return [slot for slot in self.slots if slot.is_biased]


@dataclass(slots=True)
class _Person:
    """rankings: that count.  sized: by number of responses, those where one response is the only longest."""

    rankings: int = 0
    slots: Slots = field(default_factory=dict)
    sized: Counter[int] = field(default_factory=Counter)
    length: ClusterSums = field(default_factory=ClusterSums)


def bias_report(project: Project) -> BiasReport:
    tallied_at = ProjectAnalysis.objects.filter(project=project).values_list("tallied_at", flat=True).first()
    by_annotator, by_prompt = _counted(project, tallied_at)
    people = _people(by_annotator)
    length = LengthSums(_clusters(by_prompt, "length"), by_prompt["for_longer"], by_prompt["for_shorter"])
    counts = _added(person.slots for person in people.values())
    sized = Counter[int]()
    for person in people.values():
        sized.update(person.sized)
    return BiasReport(
        rankings=sum(sum(slots) for slots in counts.values()),
        slots=position_bias(counts),
        sizes=[
            SlotsOfSize(responses, sum(slots), position_bias({responses: slots}))
            for responses, slots in sorted(counts.items())
        ],
        length=length_preference(length),
        led_by_longer=length.for_longer,
        led_by_shorter=length.for_shorter,
        longest=_longest_first(_clusters(by_prompt, "longest"), sized),
        annotators=_annotators(people),
    )


@lru_cache(maxsize=16)
def _counted(project: Project, tallied_at: datetime | None) -> tuple[list[Row], Row]:
    """What the database counts, by annotator and by prompt, as of that tally.

    Of 100,000 rankings that takes a third of a second; each process keeps it until the tallies change.
    """
    return _by_annotator(project), _by_prompt(project)


def _by_annotator(project: Project) -> list[Row]:
    grouped = RankingFacts.objects.filter(project=project).order_by().values("annotator", "responses", "first_slot")
    # A person ranks a prompt once, so that here each ranking is a cluster of its own.
    own = _cluster_sums("length", "longer_won", "length_pairs")
    rows: Iterable[Any] = grouped.annotate(rankings=Count("pk"), sized=Count("longest_first"), **own)
    return list(rows)


def _by_prompt(project: Project) -> Row:
    """Pairs of different length, and longest responses on top: each prompt is one cluster, whoever ranked it."""
    prompts = (
        # By way of the prompts, through whose index a database finds them faster than through the facts'.
        Ranking.objects.filter(prompt__project=project, facts__isnull=False)
        .order_by()
        .values("prompt")
        .annotate(
            longer=Sum("facts__longer_won"),
            pairs=Sum("facts__length_pairs"),
            longest=Count("pk", filter=Q(facts__longest_first=True)),
            first=Count("facts__longest_first"),
        )
    )
    sums: Row = prompts.aggregate(
        **_cluster_sums("length", "longer", "pairs"),
        **_cluster_sums("longest", "longest", "first"),
        for_longer=Count("pairs", filter=Q(longer__gt=F("pairs") - F("longer"))),
        for_shorter=Count("pairs", filter=Q(longer__lt=F("pairs") - F("longer"))),
    )
    return sums


def _people(rows: Iterable[Row]) -> dict[int, _Person]:
    people: dict[int, _Person] = defaultdict(_Person)
    for row in rows:
        person, responses = people[row["annotator"]], row["responses"]
        person.rankings += row["rankings"]
        person.sized[responses] += row["sized"]
        person.length += _clusters(row, "length")
        if row["first_slot"] is not None:
            person.slots.setdefault(responses, [0] * responses)[row["first_slot"] - 1] += row["rankings"]
    return people


def _added(counts: Iterable[Slots]) -> Slots:
    total: Slots = {}
    for one in counts:
        for responses, slots in one.items():
            known = total.get(responses, [0] * responses)
            total[responses] = [here + there for here, there in zip(known, slots, strict=True)]
    return total


def _cluster_sums(prefix: str, hits: str, trials: str) -> dict[str, Any]:
    """What makes `ClusterSums` of rows that are one cluster each."""
    # As wide as their squares need: those of small integers are small integers in PostgreSQL.
    h, n = Cast(hits, BigIntegerField()), Cast(trials, BigIntegerField())
    return {
        f"{prefix}_clusters": Count(trials, filter=Q(**{f"{trials}__gt": 0})),
        f"{prefix}_hits": Sum(h, default=0),
        f"{prefix}_trials": Sum(n, default=0),
        f"{prefix}_hits_squared": Sum(h * h, default=0),
        f"{prefix}_hits_times_trials": Sum(h * n, default=0),
        f"{prefix}_trials_squared": Sum(n * n, default=0),
    }


def _clusters(sums: Row, prefix: str) -> ClusterSums:
    return ClusterSums(**{column.name: int(sums[f"{prefix}_{column.name}"]) for column in fields(ClusterSums)})


def _longest_first(longest: ClusterSums, sized: Mapping[int, int]) -> LongestFirst | None:
    share, interval = longest.share, longest.interval()
    if share is None or interval is None:
        return None
    expected = sum(times / responses for responses, times in sized.items())
    return LongestFirst(share, interval, longest.trials, expected / longest.trials)


def _annotators(people: Mapping[int, _Person]) -> list[AnnotatorBias]:
    names = dict(User.objects.filter(pk__in=people).values_list("pk", "username"))
    preferred = {annotator: slot for annotator, person in people.items() if (slot := _most_preferred(person.slots))}
    corrected = dict(zip(preferred, holm([slot.p_adjusted for slot in preferred.values()]), strict=True))
    found = [
        AnnotatorBias(
            id=annotator,
            name=names[annotator],
            rankings=person.rankings,
            slot=preferred.get(annotator),
            p=corrected.get(annotator, 1.0),
            longer=person.length,
        )
        for annotator, person in people.items()
    ]
    return sorted(found, key=lambda person: person.name)


def _most_preferred(counts: Slots) -> SlotRate | None:
    """The slot least likely by chance of those chosen more often than that; the first one where there is no such."""
    rates = position_bias(counts)
    above = [rate for rate in rates if rate.hits > rate.expected]
    return min(above or rates, key=lambda rate: (rate.p, rate.slot), default=None)
