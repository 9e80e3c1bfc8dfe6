"""Reliability, consensus and leaderboard of a project, and when its statistics are brought up to date.

Tallies follow each ranking. These three cannot: they are fits over everything, so they are made again as a whole, at
once in a small project and every few minutes in a large one.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from labeling.models import (
    AnnotatorReliability,
    AssignmentKind,
    Project,
    ProjectAnalysis,
    PromptStatistics,
    Ranking,
    Response,
)
from labeling.ranking import Tiers
from labeling.selectors.rankings import counting_rankings
from labeling.services.tallies import lock_tallies, refresh_tallies
from labeling.statistics.consensus import Consensus, consensus
from labeling.statistics.leaderboard import ModelRanking, leaderboards
from labeling.statistics.reliability import FEWEST_COMPARISONS, Reliability, estimate_reliability

# What a page does itself before it is shown; beyond that it shows what the worker has done so far.
PROMPTS_ON_A_PAGE, RANKINGS_ON_A_PAGE = 200, 1000
# Up to so many rankings the fits take a second or two; larger projects get them at these intervals.
SMALL = 5000
INTERVAL = timedelta(minutes=10)
# A worker that died holds its claim no longer than this.
CLAIM_SECONDS = 900
BATCH = 500


def catch_up(*, project: Project) -> None:
    """What a page needs to show the present: all of it where little is new, nothing where that would take a while."""
    untallied = Ranking.objects.filter(tallied=False, prompt__project=project)
    if len(untallied.order_by().values_list("prompt_id").distinct()[: PROMPTS_ON_A_PAGE + 1]) > PROMPTS_ON_A_PAGE:
        return
    refresh_tallies(project=project, most=PROMPTS_ON_A_PAGE)
    if _is_stale(project) and not counting_rankings(project)[RANKINGS_ON_A_PAGE:].exists():
        analyse_project(project=project)


def bring_up_to_date(*, project: Project) -> None:
    """All of it, however long it takes: what is frozen now has the weights that follow from its own rankings."""
    refresh_tallies(project=project)
    if _is_stale(project):
        analyse_project(project=project)


def refresh_statistics() -> list[str]:
    """Bring every project's statistics up that have fallen behind; the slugs of those that had work to do."""
    behind = Project.objects.filter(
        Q(analysis__stale=True) | Q(pk__in=Ranking.objects.filter(tallied=False).values("prompt__project"))
    ).distinct()
    refreshed = []
    for project in behind:
        # Two workers at the same fits would only do them twice.
        claim = f"statistics-of-{project.pk}"
        if not cache.add(claim, True, CLAIM_SECONDS):
            continue
        try:
            tallied = refresh_tallies(project=project)
            due = _is_due(project)
            if due:
                analyse_project(project=project)
            if tallied or due:
                refreshed.append(project.slug)
        finally:
            cache.delete(claim)
    return refreshed


def analyse_project(*, project: Project) -> None:
    """Fit reliability, consensus and leaderboard to the rankings that count, and store them."""
    seen = ProjectAnalysis.objects.get_or_create(project=project)[0].tallied_at
    rankings = counting_rankings(project).order_by("prompt_id", "pk")
    judged: dict[int, list[tuple[int, Tiers]]] = defaultdict(list)
    decided: dict[int, Tiers] = {}
    for prompt, annotator, tiers, kind in rankings.values_list("prompt_id", "annotator_id", "tiers", "kind"):
        # Who adjudicates has seen what the others say: their word stands, and is no evidence of anything.
        if kind == AssignmentKind.ADJUDICATION:
            decided[prompt] = tiers
        else:
            judged[prompt].append((annotator, tiers))
    prompts = list(judged.values())
    fit = estimate_reliability(prompts)
    weights = {name: reliability.value for name, reliability in fit.reliability.items()}
    found = consensus(prompts, ties=fit.ties, reliability=weights)
    _store_reliability(project, fit.reliability)
    _store_consensus(project, dict(zip(judged, found, strict=True)), decided)
    boards = leaderboards(_over_models(project, prompts, weights))
    with transaction.atomic():
        analysis = lock_tallies(project)
        analysis.analysed_at, analysis.leaderboard = timezone.now(), [asdict(board) for board in boards]
        # What was tallied meanwhile is not in it.
        analysis.stale = analysis.tallied_at != seen
        analysis.save(update_fields=["analysed_at", "leaderboard", "stale"])


def _is_stale(project: Project) -> bool:
    return ProjectAnalysis.objects.filter(project=project, stale=True).exists()


def _is_due(project: Project) -> bool:
    if not _is_stale(project):
        return False
    analysed_at = project.analysis.analysed_at
    return (
        analysed_at is None
        or timezone.now() - analysed_at >= INTERVAL
        or not counting_rankings(project)[SMALL:].exists()
    )


@transaction.atomic
def _store_reliability(project: Project, found: dict[Any, Reliability]) -> None:
    AnnotatorReliability.objects.filter(project=project).delete()
    AnnotatorReliability.objects.bulk_create(
        AnnotatorReliability(
            project=project,
            annotator_id=annotator,
            reliability=reliability.value,
            low=reliability.low,
            high=reliability.high,
            rankings=reliability.rankings,
        )
        for annotator, reliability in found.items()
        if reliability.comparisons >= FEWEST_COMPARISONS
    )


def _store_consensus(project: Project, found: dict[int, Consensus], decided: dict[int, Tiers]) -> None:
    """Write what has changed, in short transactions: annotators write meanwhile."""
    changed: list[PromptStatistics] = []
    rows = PromptStatistics.objects.filter(project=project).only("consensus", "confidence", "abstained")
    for row in rows.iterator(chunk_size=BATCH):
        before = (row.consensus, row.confidence, row.abstained)
        if row.pk in decided:
            row.consensus, row.confidence, row.abstained = decided[row.pk], 1.0, ""
        else:
            _take_over(row, found.get(row.pk))
        if (row.consensus, row.confidence, row.abstained) != before:
            changed.append(row)
    for start in range(0, len(changed), BATCH):
        PromptStatistics.objects.bulk_update(
            changed[start : start + BATCH], ["consensus", "confidence", "abstained"], batch_size=BATCH
        )


def _take_over(row: PromptStatistics, found: Consensus | None) -> None:
    row.consensus = row.confidence = None
    row.abstained = ""
    if found is None:
        return
    if found.tiers is None:
        disconnected = PromptStatistics.Abstention.DISCONNECTED
        row.abstained = disconnected if found.reason == disconnected else ""
    else:
        row.consensus, row.confidence = found.tiers, found.confidence


def _over_models(
    project: Project, prompts: Iterable[Sequence[tuple[int, Tiers]]], weights: Mapping[Any, float]
) -> list[list[ModelRanking]]:
    """The same rankings, of the models that wrote the responses; responses of unnamed models are left out."""
    named = Response.objects.filter(prompt__project=project).exclude(model="").values_list("key", "model")
    models = dict(named.iterator())
    return [
        [
            ModelRanking(
                [[models[key] for key in tier if key in models] for tier in tiers], weight=weights.get(annotator, 1.0)
            )
            for annotator, tiers in rankings
        ]
        for rankings in prompts
    ]
