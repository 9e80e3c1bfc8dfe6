"""Lending a prompt: as work in one of its slots, or as a check or a repeat that only looks like work."""

import random
from datetime import datetime, timedelta
from typing import TypeVar

from django.contrib.auth.models import User
from django.db.models import Exists, F, OuterRef, QuerySet

from labeling.models import (
    Assignment,
    AssignmentKind,
    GoldOrder,
    Membership,
    PracticeAttempt,
    Project,
    Prompt,
)
from labeling.prepared import Prepared
from labeling.seats import Seats, free_seat, seats_for
from labeling.services.next_prompt import leases_are_overdue, lock_next_prompt

# So much other work lies between a prompt and its repeat, at least; and the repeat is one of so many before that.
APART, REPEATABLE = 10, 200
ATTEMPTS = 5

_draw = random.SystemRandom()

Row = TypeVar("Row", Assignment, GoldOrder)

_lock_prompt = Prepared(
    lambda id: Prompt.objects.select_for_update(no_key=True).filter(pk=id).only("pk").order_by(), id=int
)


class LeasesOverdue(Exception):
    """Somebody's lease has run out: its prompt may be the next one, and has to be taken back first."""


def lend_next(*, project: Project, annotator: User, now: datetime, reclaimed: bool) -> Assignment | None:
    """One more prompt for the annotator; None when no work is left for them. Runs in the caller's transaction.

    The question for a prompt is also the question for leases that have run out: unless these have been `reclaimed`
    just now, any makes it raise `LeasesOverdue`, with nothing lent.

    While work is left, each lending is a hidden gold check or repeat with the project's probabilities, as far as the
    annotator has any left.
    """
    seats = seats_for(project.cohort_quotas, tags_of(annotator, project))
    # A prompt that was waited for may have lost its seat meanwhile; then the next statement sees it as it is.
    for _ in range(ATTEMPTS):
        prompt = lock_next_prompt(project=project, annotator=annotator, seats=seats, now=now)
        if not reclaimed and leases_are_overdue(prompt, project=project, now=now):
            raise LeasesOverdue
        if prompt is None:
            return None
        assignment = (
            _hidden_check(project, annotator, now)
            or _hidden_repeat(project, annotator, now)
            or _lend_work(prompt, annotator, seats, now)
        )
        if assignment is not None:
            return assignment
    return None


def lend_outside(*, prompt: Prompt, annotator: User, kind: AssignmentKind, now: datetime) -> Assignment:
    """Lend a prompt beside its slots, or open that assignment again. Runs in the caller's transaction."""
    assignment = Assignment.objects.filter(prompt=prompt, annotator=annotator, kind=kind).first()
    if assignment is None:
        assignment = Assignment(prompt=prompt, annotator=annotator, kind=kind, display_order=_shuffled(prompt))
    return _open(assignment, now=now)


def lock_prompt(assignment: Assignment) -> None:
    """Hold the prompt's row for the rest of the transaction.

    Whoever changes an assignment's status holds its prompt first, lending, submitting, skipping and reclaiming alike:
    with one order of locks nobody waits in a circle. The lock lets foreign keys to the prompt pass.
    """
    _lock_prompt.first(id=assignment.prompt_id)


def tags_of(annotator: User, project: Project) -> list[str]:
    """The annotator's tags, where the project has quotas that ask for them."""
    if not project.cohort_quotas:
        return []
    cohort = Membership.objects.filter(project=project, user=annotator).values_list("cohort", flat=True).first()
    return cohort or []


def taken_slots(prompt: Prompt) -> set[int]:
    return set(prompt.assignments.exclude(slot=None).values_list("slot", flat=True))  # type: ignore[arg-type]


def _lend_work(prompt: Prompt, annotator: User, seats: Seats, now: datetime) -> Assignment | None:
    slot = free_seat(seats, taken=taken_slots(prompt) if prompt.slots_taken else (), slots=prompt.slots)
    if slot is None:
        return None
    # An expired assignment of the same person is opened again: same order, and the draft they had.
    if prompt.own is not None:  # type: ignore[attr-defined]  # annotated by `lock_next_prompt`
        assignment = Assignment.objects.get(pk=prompt.own)  # type: ignore[attr-defined]
        assignment.prompt = prompt
    else:
        assignment = Assignment(prompt=prompt, annotator=annotator, display_order=_shuffled(prompt))
    assignment.slot = slot
    _open(assignment, now=now)
    Prompt.objects.filter(pk=prompt.pk).update(slots_taken=F("slots_taken") + 1)
    return assignment


def _open(assignment: Assignment, *, now: datetime) -> Assignment:
    assignment.status = Assignment.Status.OPEN
    assignment.lease_expires_at = now + timedelta(minutes=assignment.prompt.project.lease_minutes)
    assignment.save()
    return assignment


def _shuffled(prompt: Prompt) -> list[str]:
    order = [response.key for response in prompt.all_responses if response.withdrawn_at is None]
    _draw.shuffle(order)
    return order


def _hidden_check(project: Project, annotator: User, now: datetime) -> Assignment | None:
    """A gold prompt that the annotator has never met, not in practice either."""
    if not _drawn(project.gold_percent):
        return None
    met = _met(annotator, AssignmentKind.GOLD)
    practised = PracticeAttempt.objects.filter(gold=OuterRef("pk"), annotator=annotator)
    golds = GoldOrder.objects.filter(~Exists(met), ~Exists(practised), prompt__project=project)
    gold = _any(golds.select_related("prompt__project"))
    if gold is None:
        return None
    return lend_outside(prompt=gold.prompt, annotator=annotator, kind=AssignmentKind.GOLD, now=now)


def _hidden_repeat(project: Project, annotator: User, now: datetime) -> Assignment | None:
    """A prompt that the annotator ranked a while ago, the same responses in another order."""
    if not _drawn(project.repeat_percent):
        return None
    done = Assignment.objects.filter(
        annotator=annotator,
        prompt__project=project,
        kind=AssignmentKind.WORK,
        status=Assignment.Status.SUBMITTED,
    ).order_by("-pk")
    ids = list(done.values_list("pk", flat=True)[APART : APART + REPEATABLE])
    met = _met(annotator, AssignmentKind.REPEAT)
    first = _any(done.filter(~Exists(met), pk__in=ids).select_related("prompt__project"))
    if first is None:
        return None
    repeat = Assignment.objects.filter(prompt=first.prompt, annotator=annotator, kind=AssignmentKind.REPEAT).first()
    if repeat is None:
        repeat = Assignment(
            prompt=first.prompt,
            annotator=annotator,
            kind=AssignmentKind.REPEAT,
            display_order=_in_another_order(first.display_order),
        )
    return _open(repeat, now=now)


def _met(annotator: User, kind: AssignmentKind) -> QuerySet[Assignment]:
    return Assignment.objects.filter(prompt=OuterRef("prompt"), annotator=annotator, kind=kind).exclude(
        status=Assignment.Status.EXPIRED
    )


def _drawn(percent: int) -> bool:
    return _draw.random() * 100 < percent


def _any(rows: QuerySet[Row]) -> Row | None:
    ids = list(rows.order_by().values_list("pk", flat=True))
    return rows.get(pk=_draw.choice(ids)) if ids else None


def _in_another_order(order: list[str]) -> list[str]:
    """The same responses, and not in the same order: two stand alike in one of two shuffles."""
    other = list(order)
    while other == order:
        _draw.shuffle(other)
    return other
