"""Keeping a project's statistics up with its rankings, at the cost of what has changed.

A ranking is untallied when it is made, and again when it is to be counted otherwise (its annotator is excluded, or in
another cohort). Tallying takes the prompts of untallied rankings, takes back what each has put into the totals, and
adds what it has to add now.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models.functions import Length
from django.utils import timezone

from labeling.models import (
    AssignmentKind,
    CheckResult,
    Exclusion,
    GoldOrder,
    Project,
    ProjectAnalysis,
    Ranking,
    RankingFacts,
    Response,
)
from labeling.ranking import Tiers
from labeling.services.agreement_tallies import TalliedPrompt, store_agreement
from labeling.statistics.agreement import compare_rankings
from labeling.statistics.facts import RankingFacts as Facts
from labeling.statistics.facts import ranking_facts
from labeling.statistics.practice import score_attempt

CHUNK = 500


def refresh_tallies(*, project: Project, most: int | None = None) -> int:
    """Tally all prompts with untallied rankings, or so many of them; how many it were. One transaction a chunk."""
    done = 0
    while most is None or done < most:
        chunk = _tally(project, CHUNK if most is None else min(CHUNK, most - done))
        done += chunk
        if not chunk:
            break
    return done


def lock_tallies(project: Project) -> ProjectAnalysis:
    """Hold the project's tallies for the rest of the transaction: what is counted does not change under somebody."""
    ProjectAnalysis.objects.get_or_create(project=project)
    return ProjectAnalysis.objects.select_for_update(of=("self",)).get(project=project)


def forget_tallies(*, project: Project, annotator: User) -> None:
    """Have the person's rankings tallied again. Runs inside the caller's transaction."""
    lock_tallies(project)
    Ranking.objects.current().filter(annotator=annotator, prompt__project=project).update(tallied=False)


@transaction.atomic
def _tally(project: Project, size: int) -> int:
    analysis = lock_tallies(project)
    untallied = Ranking.objects.filter(tallied=False, prompt__project=project).order_by("prompt_id")
    ids = list(untallied.values_list("prompt_id", flat=True).distinct()[:size])
    if ids:
        _count(project, analysis, ids)
    return len(ids)


def recount_prompts(*, project: Project, prompts: Sequence[int]) -> None:
    """Count these prompts anew, whose rankings may be gone. Runs inside the caller's transaction."""
    _count(project, lock_tallies(project), prompts)


def _count(project: Project, analysis: ProjectAnalysis, ids: Sequence[int]) -> None:
    rankings = list(Ranking.objects.filter(prompt__in=ids).select_related("prompt").order_by("pk"))
    excluded = set(Exclusion.objects.active().filter(project=project).values_list("annotator_id", flat=True))
    current = [r for r in rankings if r.superseded_at is None and r.annotator_id not in excluded]
    prompts = _prompts(ids, current)
    _store_facts(project, ids, prompts)
    _store_checks(project, ids, prompts)
    store_agreement(project, ids, prompts)
    # Those that were read and no others: what has come since is the next round's.
    Ranking.objects.filter(pk__in=[ranking.pk for ranking in rankings]).update(tallied=True)
    analysis.tallied_at, analysis.stale = timezone.now(), True
    analysis.save(update_fields=["tallied_at", "stale"])


def _prompts(ids: Sequence[int], rankings: Iterable[Ranking]) -> list[TalliedPrompt]:
    lengths: dict[int, dict[str, int]] = defaultdict(dict)
    sized = Response.objects.filter(prompt__in=ids).annotate(characters=Length("content"))
    for prompt, key, characters in sized.values_list("prompt_id", "key", "characters"):
        lengths[prompt][key] = characters
    by_prompt: dict[int, list[Ranking]] = defaultdict(list)
    for ranking in rankings:
        by_prompt[ranking.prompt_id].append(ranking)
    return [
        TalliedPrompt(
            pk=pk,
            lengths=lengths[pk],
            characters=sum(len(message["content"]) for message in by_prompt[pk][0].prompt.messages)
            if by_prompt[pk]
            else 0,
            rankings=by_prompt[pk],
        )
        for pk in ids
    ]


def _store_facts(project: Project, ids: Sequence[int], prompts: Iterable[TalliedPrompt]) -> None:
    RankingFacts.objects.filter(ranking__prompt__in=ids).delete()
    RankingFacts.objects.bulk_create(
        RankingFacts(
            ranking=ranking,
            project=project,
            annotator_id=ranking.annotator_id,
            **asdict(_facts(prompt, ranking)),
        )
        for prompt in prompts
        for ranking in prompt.of_kind(AssignmentKind.WORK)
    )


def _facts(prompt: TalliedPrompt, ranking: Ranking) -> Facts:
    facts = ranking_facts(
        ranking.tiers,
        ranking.display_order,
        prompt.lengths,
        ranking.active_seconds,
        prompt_characters=prompt.characters,
    )
    # What was judged elsewhere was shown there, in an order that nobody here knows.
    return facts if ranking.source == Ranking.Source.HUMAN else replace(facts, first_slot=None, as_shown=False)


def _store_checks(project: Project, ids: Sequence[int], prompts: Iterable[TalliedPrompt]) -> None:
    CheckResult.objects.filter(ranking__prompt__in=ids).delete()
    golds = {gold.prompt_id: gold.tiers for gold in GoldOrder.objects.filter(prompt__in=ids)}
    results = []
    for prompt in prompts:
        first = {ranking.annotator_id: ranking.tiers for ranking in prompt.of_kind(AssignmentKind.WORK)}
        for ranking in prompt.of_kind(AssignmentKind.GOLD, AssignmentKind.REPEAT):
            if ranking.kind == AssignmentKind.GOLD and prompt.pk in golds:
                counts = _against_gold(ranking.tiers, golds[prompt.pk])
            elif ranking.kind == AssignmentKind.REPEAT and ranking.annotator_id in first:
                counts = _against_first(ranking.tiers, first[ranking.annotator_id])
            else:
                continue
            results.append(CheckResult(ranking=ranking, project=project, annotator_id=ranking.annotator_id, **counts))
    CheckResult.objects.bulk_create(results)


def _against_gold(tiers: Tiers, expected: Tiers) -> dict[str, int]:
    ranked = {response for tier in tiers for response in tier}
    known = [[response for response in tier if response in ranked] for tier in expected]
    score = score_attempt(tiers, expected=known)
    return {"agreed": len(score.agreed), "reversed": len(score.reversed), "tied": len(score.tied)}


def _against_first(tiers: Tiers, first: Tiers) -> dict[str, int]:
    comparison = compare_rankings(first, tiers)
    return {
        "agreed": comparison.concordant,
        "reversed": comparison.discordant,
        "tied": comparison.tied_by_one + comparison.tied_by_other,
        "tied_twice": comparison.tied_by_both,
    }
