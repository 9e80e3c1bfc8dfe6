"""Gold prompts: setting the order that is expected of one, and recording attempts at it."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from labeling.exceptions import Conflict, InvalidRanking
from labeling.models import Assignment, GoldOrder, PracticeAttempt, Project, Prompt
from labeling.ranking import Tiers, check_tiers, expand_ranking
from labeling.selectors.practice import practice_responses
from labeling.services.tallies import lock_tallies
from labeling.statistics.practice import PracticeScore, score_attempt


@transaction.atomic
def mark_practice(*, prompt: Prompt, tiers: Tiers, explanation: str, user: User, in_round: bool = True) -> GoldOrder:
    """Make `prompt` a gold prompt of that expected order, or change the order of one.

    `tiers` may leave responses out. `in_round`: people practise on it; else it is kept for hidden checks. Nobody is
    lent the prompt as work any more. Raises `Conflict` when somebody has ranked it or is ranking it, `InvalidRanking`
    for an order that decides nothing.
    """
    # Before any other lock: whoever tallies holds this one when it meets the rows of the project and its prompts.
    lock_tallies(prompt.project)
    # A new overlap opens slots on every prompt that is none for practice; it must not be counting them meanwhile.
    Project.objects.select_for_update(of=("self",)).get(pk=prompt.project_id)
    locked = Prompt.objects.select_for_update(of=("self",)).get(pk=prompt.pk)
    _check_expected(tiers, responses=list(locked.responses.offered().values_list("key", flat=True)))
    gold = GoldOrder.objects.filter(prompt=locked).first()
    if gold is None:
        _check_free(locked)
        gold = GoldOrder(prompt=locked, created_by=user)
        Prompt.objects.filter(pk=locked.pk).update(slots=0)
    gold.tiers = tiers
    gold.explanation = explanation
    gold.in_round = in_round
    gold.save()
    # Hidden checks on it are measured against the order that is expected now.
    locked.rankings.update(tallied=False)
    return gold


@transaction.atomic
def unmark_practice(*, gold: GoldOrder) -> None:
    """Make the prompt work again, for as many annotators as every other; attempts and results of checks on it go."""
    lock_tallies(gold.prompt.project)
    project = Project.objects.select_for_update(of=("self",)).get(pk=gold.prompt.project_id)
    Prompt.objects.filter(pk=gold.prompt_id).update(slots=gold.prompt.own_overlap or project.overlap)
    gold.prompt.rankings.update(tallied=False)
    gold.delete()


@transaction.atomic
def attempt_practice(*, gold: GoldOrder, annotator: User, tiers: Tiers) -> PracticeScore:
    """Record how somebody practised on a gold prompt, and say how that compares. Raises `InvalidRanking`."""
    responses = [response.key for response in practice_responses(gold, annotator)]
    check_tiers(tiers, expected=responses, allow_ties=gold.prompt.project.allow_ties)
    score = score_attempt(tiers, expected=gold.tiers)
    PracticeAttempt.objects.create(
        gold=gold, annotator=annotator, tiers=tiers, agreed=len(score.agreed), pairs=score.pairs
    )
    return score


def _check_expected(tiers: Tiers, *, responses: Collection[str]) -> None:
    named = [response for tier in tiers for response in tier]
    check_tiers(tiers, expected=[response for response in responses if response in named])
    if not expand_ranking(tiers):
        raise InvalidRanking(_("an expected order places at least one response above another, as in B > A"))


def _check_free(prompt: Prompt) -> None:
    if prompt.rankings.exists():
        raise Conflict(
            _("prompt %(prompt)s has been ranked, so it cannot become a gold prompt") % {"prompt": prompt.external_id}
        )
    if prompt.assignments.filter(status=Assignment.Status.OPEN).exists():
        raise Conflict(
            _("somebody is ranking prompt %(prompt)s just now; choose another one, or try again when they are done")
            % {"prompt": prompt.external_id}
        )
