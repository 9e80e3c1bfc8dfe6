"""One person of a project: what stands behind their row in the table of annotators."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404

from labeling.models import AssignmentKind, CheckResult, Exclusion, GoldOrder, Project, Prompt, Ranking
from labeling.ranking import Tiers
from labeling.selectors.annotators import Annotator, annotators_of, describe_annotators
from labeling.selectors.disputes import letter
from labeling.selectors.habits import habits_of
from labeling.selectors.rankings import counting_rankings
from labeling.statistics.bias import SlotRate, position_bias
from labeling.statistics.practice import score_attempt

LAST_RANKINGS = LAST_CHECKS = 20


@dataclass(frozen=True, slots=True)
class Check:
    """A hidden check as it went, in the letters of the prompt's page.

    own: the order given; expected: the gold one, or the person's own of the first time.  turned: pairs (better, worse)
    of the expected order that the other one has the other way round; tied: those that it ties.
    """

    prompt: Prompt
    is_gold: bool
    made_at: datetime
    own: Tiers
    expected: Tiers
    turned: list[tuple[str, str]]
    tied: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class AnnotatorReport:
    """slots: where the response that they ranked first stood.

    rankings, checks: the last ones, newest first.  exclusions: newest first; active: the one in force.  counting: their
    rankings that leave the next snapshot when they are excluded.
    """

    annotator: Annotator
    slots: list[SlotRate]
    rankings: list[Ranking]
    checks: list[Check]
    exclusions: list[Exclusion]
    active: Exclusion | None
    counting: int


def annotator_of(project: Project, user_id: int) -> User:
    """That person of the project; `Http404` for anybody else."""
    # Who has left may have rankings that the statistics do not know of yet.
    here = Exists(Ranking.objects.filter(annotator=OuterRef("pk"), prompt__project=project))
    user = (annotators_of(project) | User.objects.filter(here)).filter(pk=user_id).first()
    if user is None:
        raise Http404(f"nobody of {project.slug!r} has the id {user_id}")
    return user


def annotator_report(project: Project, user: User) -> AnnotatorReport:
    habits = habits_of(project)
    own = Ranking.objects.current().filter(annotator=user, prompt__project=project)
    work = own.filter(kind__in=(AssignmentKind.WORK, AssignmentKind.ADJUDICATION))
    exclusions = list(
        project.exclusions.filter(annotator=user).select_related("annotator", "project", "created_by", "lifted_by")
    )
    return AnnotatorReport(
        annotator=describe_annotators(project, [user], habits)[0],
        slots=position_bias(habits.of(user.pk).first_slots),
        rankings=list(work.select_related("prompt").order_by("-pk")[:LAST_RANKINGS]),
        checks=list(_checks(project, user, own)),
        exclusions=exclusions,
        active=next((exclusion for exclusion in exclusions if exclusion.lifted_at is None), None),
        counting=counting_rankings(project).filter(annotator=user).count(),
    )


def _checks(project: Project, user: User, own: QuerySet[Ranking]) -> Iterable[Check]:
    results = CheckResult.objects.filter(project=project, annotator=user).select_related("ranking__prompt")
    rankings = [
        result.ranking
        for result in results.prefetch_related("ranking__prompt__responses").order_by("-pk")[:LAST_CHECKS]
    ]
    prompts = [ranking.prompt_id for ranking in rankings]
    golds = dict(GoldOrder.objects.filter(prompt__in=prompts).values_list("prompt_id", "tiers"))
    first = dict(own.filter(kind=AssignmentKind.WORK, prompt__in=prompts).values_list("prompt_id", "tiers"))
    for ranking in rankings:
        is_gold = ranking.kind == AssignmentKind.GOLD
        expected = (golds if is_gold else first).get(ranking.prompt_id)
        # The gold order may have been removed since the check was counted.
        if expected is not None:
            yield _check(ranking, expected, is_gold=is_gold)


def _check(ranking: Ranking, expected: Tiers, *, is_gold: bool) -> Check:
    letters = {response.key: letter(response.position) for response in ranking.prompt.responses.all()}
    ranked = {key for tier in ranking.tiers for key in tier}
    shared = [kept for tier in expected if (kept := [key for key in tier if key in ranked])]
    score = score_attempt(ranking.tiers, expected=shared)
    return Check(
        prompt=ranking.prompt,
        is_gold=is_gold,
        made_at=ranking.created_at,
        own=_named(ranking.tiers, letters),
        expected=_named(shared, letters),
        turned=[(letters[better], letters[worse]) for better, worse in score.reversed],
        tied=[(letters[better], letters[worse]) for better, worse in score.tied],
    )


def _named(tiers: Tiers, letters: dict[str, str]) -> Tiers:
    return [[letters[key] for key in tier] for tier in tiers]
