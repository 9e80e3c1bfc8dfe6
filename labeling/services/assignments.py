"""Lending prompts to annotators, and taking them back."""

import random
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from labeling.exceptions import AssignmentClosed, InvalidInput, LeaseLost
from labeling.models import Assignment, Project, Prompt

# The one in front of the annotator, and the next one fetched ahead.
MOST_OPEN = 2
LONGEST_SKIP_REASON = 2000


def next_assignment(*, project: Project, annotator: User, after: int | None = None) -> Assignment | None:
    """The annotator's open assignment, else the next prompt lent to them; None when nothing is left for them.

    With `after` (the id of the assignment they are at) the one that follows it: an open one they already hold, else
    one more lent ahead. Leases that have run out are reclaimed first, so no timer has to run for work to flow.
    """
    now = timezone.now()
    # A transaction of its own: who waits for a prompt to lend must not hold those it has just given back.
    reclaim_leases(project=project, now=now)
    with transaction.atomic():
        # The person's row is the queue for what they ask for: two windows at once must not be lent two prompts each.
        User.objects.select_for_update(no_key=True).get(pk=annotator.pk)
        held = Assignment.objects.open().filter(annotator=annotator, prompt__project=project).order_by("pk")
        following = next((assignment for assignment in held if assignment.pk != after), None)
        if following is None and len(held) < MOST_OPEN:
            return _lend(project=project, annotator=annotator, now=now)
        if following is not None:
            _renew(following, now=now, minutes=project.lease_minutes)
        return following


@transaction.atomic
def reclaim_leases(*, project: Project, now: datetime) -> int:
    """Free the slots of assignments whose lease has run out; how many. Drafts stay with their assignments."""
    # All locks first, and in one order: two callers that reclaim at once neither deadlock nor count a slot twice, and
    # the second goes on to lend what the first has freed.
    overdue = (
        Assignment.objects.overdue(now)
        .filter(prompt__project=project)
        .select_for_update(of=("self",))
        .order_by("prompt_id", "pk")
    )
    reclaimed = 0
    for assignment in overdue:
        reclaimed += _release(assignment, to=Assignment.Status.EXPIRED)
    return reclaimed


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


def free_slot(prompt: Prompt) -> int:
    """The lowest slot of a locked prompt that nobody holds."""
    taken = set(prompt.assignments.exclude(slot=None).values_list("slot", flat=True))
    return next(slot for slot in range(1, len(taken) + 2) if slot not in taken)


def _lend(*, project: Project, annotator: User, now: datetime) -> Assignment | None:
    prompt = _prompt_to_lend(project, annotator)
    if prompt is None:
        return None
    lease_expires_at = now + timedelta(minutes=project.lease_minutes)
    slot = free_slot(prompt)
    # An expired assignment of the same person is opened again: same order, and the draft they had.
    assignment = prompt.assignments.filter(annotator=annotator).first()
    if assignment is None:
        order = list(prompt.responses.offered().values_list("key", flat=True))
        random.SystemRandom().shuffle(order)
        assignment = Assignment(prompt=prompt, annotator=annotator, display_order=order)
    assignment.slot = slot
    assignment.status = Assignment.Status.OPEN
    assignment.lease_expires_at = lease_expires_at
    assignment.save()
    Prompt.objects.filter(pk=prompt.pk).update(slots_taken=F("slots_taken") + 1)
    return assignment


def _prompt_to_lend(project: Project, annotator: User) -> Prompt | None:
    seen = Assignment.objects.filter(prompt=OuterRef("pk"), annotator=annotator).exclude(
        status=Assignment.Status.EXPIRED
    )
    candidates = Prompt.objects.with_free_slot().filter(~Exists(seen), project=project).order_by("pk")
    # Prompts that others are being lent at this instant are passed over; only if no other is left, wait for them.
    return (
        candidates.select_for_update(skip_locked=True, of=("self",)).first()
        or candidates.select_for_update(of=("self",)).first()
    )


def _renew(assignment: Assignment, *, now: datetime, minutes: int) -> bool:
    expires = now + timedelta(minutes=minutes)
    renewed = Assignment.objects.open().filter(pk=assignment.pk).update(lease_expires_at=expires)
    if renewed:
        assignment.lease_expires_at = expires
    return bool(renewed)


def _release(assignment: Assignment, *, to: Assignment.Status, skip_reason: str = "") -> int:
    released = Assignment.objects.open().filter(pk=assignment.pk).update(status=to, slot=None, skip_reason=skip_reason)
    if released:
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
