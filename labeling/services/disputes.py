"""Prompts whose rankings disagree get more annotators, one at a time, up to the project's limit."""

from itertools import combinations

from django.db.models import Exists, F, OuterRef

from labeling.models import Assignment, AssignmentKind, Project, Prompt
from labeling.statistics.agreement import PairAgreement, pair_agreement


def widen_dispute(*, prompt: Prompt) -> bool:
    """Open one more slot where all of the prompt's are ranked and the rankings disagree; whether it did.

    Runs inside the caller's transaction, after the ranking that may have made the dispute.
    """
    project = prompt.project
    if not project.dispute_raters:
        return False
    # Two rankings that come in at once must not open two slots on the same disagreement.
    locked = Prompt.objects.select_for_update(of=("self",)).get(pk=prompt.pk)
    if locked.extra_slots >= project.dispute_raters:
        return False
    work = locked.assignments.filter(kind=AssignmentKind.WORK, status=Assignment.Status.SUBMITTED)
    if work.count() < locked.slots:
        return False
    rankings = list(locked.rankings.counting().filter(kind=AssignmentKind.WORK).values_list("tiers", flat=True))
    compared = (pair_agreement(one, other) for one, other in combinations(rankings, 2))
    share = sum(compared, PairAgreement()).share
    if share is None or 100 * share >= project.dispute_percent:
        return False
    Prompt.objects.filter(pk=prompt.pk).update(slots=F("slots") + 1, extra_slots=F("extra_slots") + 1)
    return True


def widen_disputes(*, project: Project) -> int:
    """The same for all prompts that the statistics know, when a project's limits have changed; how many got a slot."""
    open_ones = Assignment.objects.open().filter(prompt=OuterRef("pk"), kind=AssignmentKind.WORK)
    disputed = project.prompts.filter(
        ~Exists(open_ones),
        statistics__agreement__lt=project.dispute_percent / 100,
        extra_slots__lt=project.dispute_raters,
        slots_taken__gte=F("slots"),
    )
    return disputed.update(slots=F("slots") + 1, extra_slots=F("extra_slots") + 1)
