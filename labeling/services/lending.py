"""Which prompt is lent next to whom: work by the project's order and its quotas, now and then a check or a repeat."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from labeling.models import (
    Assignment,
    AssignmentKind,
    GoldOrder,
    Membership,
    OrderPolicy,
    PracticeAttempt,
    Project,
    Prompt,
)
from labeling.models.prompts import PromptQuerySet, place_in_shuffle
from labeling.seats import Seats, free_seat, seats_for

# So much other work lies between a prompt and its repeat, at least; and the repeat is one of so many before that.
APART, REPEATABLE = 10, 200

_draw = random.SystemRandom()

Row = TypeVar("Row", Assignment, GoldOrder)


def lend_next(*, project: Project, annotator: User, now: datetime) -> Assignment | None:
    """One more prompt for the annotator; None when no work is left for them. Runs in the caller's transaction.

    While work is left, each lending is a hidden gold check or repeat with the project's probabilities, as far as the
    annotator has any left.
    """
    seats = seats_for(project.cohort_quotas, tags_of(annotator, project))
    prompt = _prompt_to_lend(project, annotator, seats)
    if prompt is None:
        return None
    return (
        _hidden_check(project, annotator, now)
        or _hidden_repeat(project, annotator, now)
        or _lend_work(prompt, annotator, seats, now)
    )


def lend_outside(*, prompt: Prompt, annotator: User, kind: AssignmentKind, now: datetime) -> Assignment:
    """Lend a prompt beside its slots, or open that assignment again. Runs in the caller's transaction."""
    assignment = Assignment.objects.filter(prompt=prompt, annotator=annotator, kind=kind).first()
    if assignment is None:
        assignment = Assignment(prompt=prompt, annotator=annotator, kind=kind, display_order=_shuffled(prompt))
    return _open(assignment, now=now)


def tags_of(annotator: User, project: Project) -> list[str]:
    """The annotator's tags, where the project has quotas that ask for them."""
    if not project.cohort_quotas:
        return []
    cohort = Membership.objects.filter(project=project, user=annotator).values_list("cohort", flat=True).first()
    return cohort or []


def taken_slots(prompt: Prompt) -> set[int]:
    return set(prompt.assignments.exclude(slot=None).values_list("slot", flat=True))  # type: ignore[arg-type]


def _lend_work(prompt: Prompt, annotator: User, seats: Seats, now: datetime) -> Assignment | None:
    slot = free_seat(seats, taken=taken_slots(prompt), slots=prompt.slots)
    if slot is None:
        return None
    # An expired assignment of the same person is opened again: same order, and the draft they had.
    assignment = prompt.assignments.filter(annotator=annotator, kind=AssignmentKind.WORK).first()
    if assignment is None:
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
    order = list(prompt.responses.offered().values_list("key", flat=True))
    _draw.shuffle(order)
    return order


# Work


def _prompt_to_lend(project: Project, annotator: User, seats: Seats) -> Prompt | None:
    seen = Assignment.objects.filter(prompt=OuterRef("pk"), annotator=annotator).exclude(
        status=Assignment.Status.EXPIRED
    )
    candidates = Prompt.objects.with_free_slot().filter(~Exists(seen), project=project).select_related("project")
    if project.cohort_quotas:
        candidates = _with_free_seat(candidates, seats)
    orders = list(_in_order(candidates, project.order_policy))
    # Prompts that others are being lent at this instant are passed over; only if no other is left, wait for them.
    for patient in (False, True):
        for order in orders:
            if (prompt := order.select_for_update(skip_locked=not patient, of=("self",)).first()) is not None:
                return prompt
    return None


def _in_order(candidates: PromptQuerySet, policy: str) -> Iterator[PromptQuerySet]:
    """The candidates as the policy wants them, in one or more queries to be asked one after the other."""
    if policy == OrderPolicy.RANDOM:
        # From a random place on, and from the start when there is none behind it.
        yield candidates.filter(shuffle__gte=place_in_shuffle()).order_by("shuffle")
        yield candidates.order_by("shuffle")
    elif policy == OrderPolicy.FEWEST:
        yield candidates.order_by("slots_taken", "pk")
    elif policy == OrderPolicy.INFORMATIVE:
        # Where no model has given priorities all are 0, and the oldest comes first.
        yield candidates.order_by("-priority", "pk")
    else:
        yield candidates.order_by("pk")


def _with_free_seat(candidates: PromptQuerySet, seats: Seats) -> PromptQuerySet:
    """Those of which a slot kept for the person's tags, or an open one, is free."""
    free = Q(open_held__lt=F("slots") - (seats.first_open - 1))
    if seats.own:
        free |= Q(own_held__lt=len(seats.own))
    return candidates.annotate(
        open_held=_held(Q(slot__gte=seats.first_open)), own_held=_held(Q(slot__in=seats.own))
    ).filter(free)


def _held(which: Q) -> Coalesce:
    held = Assignment.objects.filter(which, prompt=OuterRef("pk")).order_by().values("prompt").annotate(n=Count("pk"))
    return Coalesce(Subquery(held.values("n"), output_field=IntegerField()), 0)


# What looks like work


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
