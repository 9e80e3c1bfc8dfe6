"""Which prompt is lent next to whom: by the project's order and its quotas.

One statement finds it and locks its row, passing over those that others are being lent at this instant. Where there are
no quotas it is compiled once (`labeling.prepared`): every ranking asks it.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from labeling.models import Assignment, AssignmentKind, Exclusion, OrderPolicy, Project, Prompt
from labeling.models.prompts import PromptQuerySet, place_in_shuffle
from labeling.prepared import Prepared
from labeling.seats import Seats


def lock_next_prompt(*, project: Project, annotator: User, seats: Seats, now: datetime) -> Prompt | None:
    """The next prompt with a seat for the annotator that they have not met, locked for the transaction.

    It comes with `own`, the id of the annotator's expired assignment of it if any, and `overdue`, whether a lease of
    the project has run out.
    """
    # Prompts that others are being lent at this instant are passed over; only if no other is left, wait for them.
    for patient in (False, True):
        for prompt in _ask(project, annotator, seats, now, patient=patient):
            if prompt is not None:
                prompt.project = project
                return prompt
    return None


def leases_are_overdue(prompt: Prompt | None, *, project: Project, now: datetime) -> bool:
    """Whether a lease of the project has run out; `prompt` is what `lock_next_prompt` answered at that time."""
    if prompt is None:
        return _overdue(project.pk, now).exists()
    return prompt.overdue  # type: ignore[attr-defined,no-any-return]  # annotated


def _ask(project: Project, annotator: User, seats: Seats, now: datetime, *, patient: bool) -> Iterator[Prompt | None]:
    """The answers of the policy's queries, one after the other."""
    # From a random place on, and from the start when there is nothing behind it.
    start = place_in_shuffle()
    turns = (start, 0.0) if project.order_policy == OrderPolicy.RANDOM else (start,)
    for turn in turns:
        if project.cohort_quotas:
            candidates = _with_free_seat(_candidates(project.pk, annotator.pk, now), seats)
            yield _in_order(candidates, project.order_policy, turn, patient=patient).first()
        else:
            start_at = {"start": turn} if project.order_policy == OrderPolicy.RANDOM else {}
            question = _prepared(project.order_policy, patient)
            yield question.first(project=project.pk, annotator=annotator.pk, now=now, **start_at)


@cache
def _prepared(policy: str, patient: bool) -> Prepared[Prompt]:
    def question(project: int, annotator: int, now: datetime, start: float = 0.0) -> QuerySet[Prompt]:
        return _in_order(_candidates(project, annotator, now), policy, start, patient=patient)[:1]

    more = {"start": float} if policy == OrderPolicy.RANDOM else {}
    return Prepared(question, project=int, annotator=int, now=datetime, **more)


def _candidates(project: int, annotator: int, now: datetime) -> PromptQuerySet:
    seen = Assignment.objects.filter(prompt=OuterRef("pk"), annotator=annotator).exclude(
        status=Assignment.Status.EXPIRED
    )
    excluded = Exclusion.objects.active().filter(project=project, annotator=annotator)
    own = Assignment.objects.filter(prompt=OuterRef("pk"), annotator=annotator, kind=AssignmentKind.WORK)
    return (
        Prompt.objects.with_free_slot()
        .filter(~Exists(seen), ~Exists(excluded), project=project)
        .annotate(own=Subquery(own.values("pk")), overdue=Exists(_overdue(project, now)))
    )


def _in_order(candidates: PromptQuerySet, policy: str, start: float, *, patient: bool) -> QuerySet[Prompt]:
    locked = candidates.select_for_update(skip_locked=not patient, of=("self",), no_key=True)
    if policy == OrderPolicy.RANDOM:
        return locked.filter(shuffle__gte=start).order_by("shuffle")
    if policy == OrderPolicy.FEWEST:
        return locked.order_by("slots_taken", "pk")
    if policy == OrderPolicy.INFORMATIVE:
        # Where no model has given priorities all are 0, and the oldest comes first.
        return locked.order_by("-priority", "pk")
    return locked.order_by("pk")


def _overdue(project: int, now: datetime) -> QuerySet[Assignment]:
    return Assignment.objects.overdue(now).filter(prompt__project=project)


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
