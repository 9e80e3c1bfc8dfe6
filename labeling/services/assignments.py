"""Lending prompts to annotators, and taking them back."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from labeling.exceptions import AssignmentClosed, InvalidInput, LeaseLost
from labeling.models import Assignment, AssignmentKind, Project, Prompt
from labeling.prepared import Prepared
from labeling.selectors.admission import check_admitted
from labeling.services.lending import LeasesOverdue, lend_next, lend_outside, lock_prompt

# The one in front of the annotator, and the next one fetched ahead.
MOST_OPEN = 2
LONGEST_SKIP_REASON = 2000

_lock_person = Prepared(
    lambda id: User.objects.select_for_update(no_key=True).filter(pk=id).only("pk").order_by(), id=int
)
_held = Prepared(
    lambda annotator, project: (
        Assignment.objects.open()
        .filter(annotator=annotator, prompt__project=project)
        .exclude(kind=AssignmentKind.ADJUDICATION)
        .order_by("pk")
    ),
    annotator=int,
    project=int,
)


def next_assignment(*, project: Project, annotator: User, after: int | None = None) -> Assignment | None:
    """The annotator's open assignment, else the next prompt lent to them; None when nothing is left for them.

    With `after` (the id of the assignment they are at) the one that follows it: an open one they already hold, else
    one more lent ahead. Leases that have run out are reclaimed first, so no timer has to run for work to flow.
    Raises `NotQualified` and `SetAside` for those who are lent no work.
    """
    now = timezone.now()
    try:
        return _next(project, annotator, after=after, now=now)
    except LeasesOverdue:
        # In transactions of their own: who waits for a prompt to lend must not hold those it has just given back.
        reclaim_leases(project=project, now=now)
        return _next(project, annotator, after=after, now=now, reclaimed=True)


@transaction.atomic
def adjudicate_prompt(*, prompt: Prompt, manager: User) -> Assignment:
    """Lend a prompt to a manager who decides on it, beside its slots; the one they have already, if any.

    What comes of it is a ranking like all others, and more: it settles the dispute. A submitted adjudication comes back
    as it is, to be revised.
    """
    _lock_person.first(id=manager.pk)
    kind = AssignmentKind.ADJUDICATION
    earlier = Assignment.objects.filter(prompt=prompt, annotator=manager, kind=kind).first()
    if earlier is not None and earlier.status == Assignment.Status.SUBMITTED:
        return earlier
    return lend_outside(prompt=prompt, annotator=manager, kind=kind, now=timezone.now())


def reclaim_leases(*, project: Project, now: datetime) -> int:
    """Free the slots of assignments whose lease has run out; how many. Drafts stay with their assignments.

    One short transaction each: nobody waits for a prompt while holding another.
    """
    overdue = Assignment.objects.overdue(now).filter(prompt__project=project).only("prompt", "kind").order_by("pk")
    return sum(_release(assignment, to=Assignment.Status.EXPIRED, overdue_at=now) for assignment in overdue)


@transaction.atomic
def renew_lease(*, assignment: Assignment) -> Assignment:
    """Extend an open assignment's lease from now.

    Raises `LeaseLost` when it ran out and the prompt has gone back, `AssignmentClosed` when it is submitted or skipped.
    """
    if not _renew(assignment, now=timezone.now(), minutes=assignment.prompt.project.lease_minutes):
        raise _not_open(assignment)
    return assignment


def save_draft(*, assignment: Assignment, draft: dict[str, Any]) -> None:
    """Keep what the annotator has so far. An expired assignment still takes a draft: it may be opened again."""
    kept = Assignment.objects.filter(
        pk=assignment.pk, status__in=(Assignment.Status.OPEN, Assignment.Status.EXPIRED)
    ).update(draft=draft)
    if not kept:
        raise _not_open(assignment)


@transaction.atomic
def skip_assignment(*, assignment: Assignment, reason: str) -> None:
    """Give the prompt back for someone else, with the reason; the same person is not lent it again."""
    if not reason.strip() or len(reason) > LONGEST_SKIP_REASON:
        raise InvalidInput(f"a skip needs a reason of 1 to {LONGEST_SKIP_REASON} characters; got {len(reason)}")
    if not _release(assignment, to=Assignment.Status.SKIPPED, skip_reason=reason):
        raise _not_open(assignment)


@transaction.atomic
def _next(
    project: Project, annotator: User, *, after: int | None, now: datetime, reclaimed: bool = False
) -> Assignment | None:
    # The person's row is the queue for what they ask for: two windows at once must not be lent two prompts each.
    _lock_person.first(id=annotator.pk)
    held = _held.all(annotator=annotator.pk, project=project.pk)
    following = next((assignment for assignment in held if assignment.pk != after), None)
    if following is not None:
        _renew(following, now=now, minutes=project.lease_minutes)
        return following
    if len(held) >= MOST_OPEN:
        return None
    if project.qualification:
        check_admitted(annotator, project)
    lent = lend_next(project=project, annotator=annotator, now=now, reclaimed=reclaimed)
    if lent is None:
        # Whoever is excluded is lent nothing; they are told why.
        check_admitted(annotator, project)
    return lent


def _renew(assignment: Assignment, *, now: datetime, minutes: int) -> bool:
    expires = now + timedelta(minutes=minutes)
    renewed = Assignment.objects.open().filter(pk=assignment.pk).update(lease_expires_at=expires)
    if renewed:
        assignment.lease_expires_at = expires
    return bool(renewed)


@transaction.atomic
def _release(
    assignment: Assignment, *, to: Assignment.Status, skip_reason: str = "", overdue_at: datetime | None = None
) -> int:
    """Take an open assignment back, with `overdue_at` only if it is overdue still: somebody may have renewed it."""
    lock_prompt(assignment)
    held = Assignment.objects.open() if overdue_at is None else Assignment.objects.overdue(overdue_at)
    released = held.filter(pk=assignment.pk).update(status=to, slot=None, skip_reason=skip_reason)
    if released and assignment.holds_slot:
        Prompt.objects.filter(pk=assignment.prompt_id).update(slots_taken=F("slots_taken") - 1)
    return released


def _not_open(assignment: Assignment) -> AssignmentClosed | LeaseLost:
    assignment.refresh_from_db(fields=["status"])
    if assignment.status == Assignment.Status.EXPIRED:
        return LeaseLost(
            f"the lease of assignment {assignment.pk} ran out and the prompt went back to the others; "
            "ask for the next assignment"
        )
    return AssignmentClosed(f"assignment {assignment.pk} is {assignment.status}; ask for the next assignment")
