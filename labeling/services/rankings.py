"""Recording rankings: once, at once, and never over an earlier one."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from labeling.exceptions import AlreadySuperseded, AssignmentClosed, KeyReused, LeaseLost
from labeling.judgements import Judgement
from labeling.models import Assignment, AssignmentKind, Prompt, Ranking
from labeling.ranking import Tiers
from labeling.seats import free_seat, next_open, seats_for
from labeling.services.disputes import widen_dispute
from labeling.services.lending import lock_prompt, tags_of, taken_slots
from labeling.services.responses import write_response
from labeling.services.webhooks import tell_of_ranking


@transaction.atomic
def submit_ranking(*, assignment: Assignment, judgement: Judgement, idempotency_key: str) -> tuple[Ranking, bool]:
    """Record an annotator's ranking and close its assignment; the ranking, and whether this call made it.

    The same key again returns the ranking it made the first time. A lease that has run out is no obstacle while the
    prompt still has a free slot. Raises `KeyReused` for the same key with another judgement, `LeaseLost` when the slot
    went to someone else, `AssignmentClosed` for a second ranking.
    """
    lock_prompt(assignment)
    # One conditional UPDATE: a double click sends two requests at once, and only one of them may win.
    submitted = Assignment.objects.open().filter(pk=assignment.pk).update(status=Assignment.Status.SUBMITTED)
    if submitted or _take_slot_again(assignment):
        return _create(assignment, judgement, idempotency_key), True

    # The UPDATE has waited for the winner's commit, so its ranking is visible now: a replay gets the same answer.
    if (earlier := _replayed(assignment, judgement, idempotency_key)) is not None:
        return earlier, False
    assignment.refresh_from_db(fields=["status"])
    if assignment.status == Assignment.Status.EXPIRED:
        raise LeaseLost(
            f"the lease of assignment {assignment.pk} ran out and others have taken all the slots of its prompt, "
            "so this ranking is not needed any more; ask for the next assignment"
        )
    raise AssignmentClosed(f"assignment {assignment.pk} is {assignment.status} already; ask for the next assignment")


@transaction.atomic
def revise_ranking(*, ranking: Ranking, judgement: Judgement, idempotency_key: str) -> tuple[Ranking, bool]:
    """Record a new ranking that supersedes `ranking`; the new one, and whether this call made it.

    Raises `AlreadySuperseded` when a newer one stands already, `KeyReused` as `submit_ranking` does.
    """
    if not Ranking.objects.current().filter(pk=ranking.pk).update(superseded_at=timezone.now()):
        if (earlier := _replayed(ranking.assignment, judgement, idempotency_key)) is not None:
            return earlier, False
        raise AlreadySuperseded(f"ranking {ranking.pk} has been superseded; revise the newest one")
    if _replayed(ranking.assignment, judgement, idempotency_key) is not None:
        raise KeyReused(f"the Idempotency-Key {idempotency_key!r} made an earlier ranking; a revision needs a new key")
    return _create(ranking.assignment, judgement, idempotency_key, supersedes=ranking), True


def record_judgement(
    *, prompt: Prompt, annotator: User, judgement: Judgement, source: Ranking.Source, idempotency_key: str
) -> Ranking:
    """Store a ranking that was made elsewhere (imported, demo data), in a slot of its own on the prompt."""
    # Whoever judged elsewhere takes no slot that a quota keeps for somebody.
    slot = next_open(seats_for(prompt.project.cohort_quotas, ()), taken=taken_slots(prompt))
    assignment = Assignment.objects.create(
        prompt=prompt,
        annotator=annotator,
        slot=slot,
        status=Assignment.Status.SUBMITTED,
        display_order=list(prompt.responses.values_list("key", flat=True)),
        lease_expires_at=timezone.now(),
    )
    Prompt.objects.filter(pk=prompt.pk).update(slots_taken=F("slots_taken") + 1)
    return _create(assignment, judgement, idempotency_key, source=source)


@transaction.atomic
def record_beside(
    *,
    prompt: Prompt,
    annotator: User,
    judgement: Judgement,
    kind: AssignmentKind,
    source: Ranking.Source,
    idempotency_key: str,
) -> Ranking:
    """Store a ranking that is no work and holds no slot; `IntegrityError` where there is one of that kind already."""
    assignment = Assignment.objects.create(
        prompt=prompt,
        annotator=annotator,
        kind=kind,
        status=Assignment.Status.SUBMITTED,
        display_order=[key for tier in judgement.tiers for key in tier],
        lease_expires_at=timezone.now(),
    )
    return _create(assignment, judgement, idempotency_key, source=source)


def _create(
    assignment: Assignment,
    judgement: Judgement,
    idempotency_key: str,
    *,
    supersedes: Ranking | None = None,
    source: Ranking.Source = Ranking.Source.HUMAN,
) -> Ranking:
    effort = judgement.effort
    tiers, acceptable = _with_better_response(assignment, judgement, supersedes)
    ranking = Ranking.objects.create(
        assignment=assignment,
        prompt=assignment.prompt,
        annotator=assignment.annotator,
        source=source,
        kind=assignment.kind,
        tiers=tiers,
        display_order=assignment.display_order,
        ratings=judgement.ratings,
        acceptable=acceptable,
        flags=judgement.flags,
        confidence=judgement.confidence,
        rationale=judgement.rationale,
        guidelines_version=judgement.guidelines_version or assignment.prompt.project.guidelines_version,
        seconds=effort.seconds,
        active_seconds=effort.active_seconds,
        first_touch_seconds=effort.first_touch_seconds,
        moves=effort.moves,
        input_methods=list(effort.input_methods),
        as_shown_confirmed=effort.as_shown_confirmed,
        idempotency_key=idempotency_key,
        body_digest=judgement.digest,
        supersedes=supersedes,
    )
    if assignment.holds_slot:
        widen_dispute(prompt=assignment.prompt)
    tell_of_ranking(ranking)
    return ranking


def _with_better_response(
    assignment: Assignment, judgement: Judgement, supersedes: Ranking | None
) -> tuple[Tiers, list[str] | None]:
    """The tiers with what the annotator wrote above them, and what may be shown: that text too, where it is said."""
    # A first ranking has nothing written before it that could stay or be withdrawn.
    if not judgement.better_response and supersedes is None:
        return judgement.tiers, judgement.acceptable
    written = write_response(assignment=assignment, content=judgement.better_response)
    tiers, acceptable = judgement.tiers, judgement.acceptable
    if written is None:
        return tiers, acceptable
    return [[written.key], *tiers], None if acceptable is None else [written.key, *acceptable]


def _replayed(assignment: Assignment, judgement: Judgement, idempotency_key: str) -> Ranking | None:
    earlier = assignment.rankings.filter(idempotency_key=idempotency_key).first()
    if earlier is not None and earlier.body_digest != judgement.digest:
        raise KeyReused(
            f"the Idempotency-Key {idempotency_key!r} came before with another body; "
            "send the same body again, or a new key"
        )
    return earlier


def _take_slot_again(assignment: Assignment) -> bool:
    """Whether an expired assignment could be submitted after all, into a slot that is still free."""
    expired = Assignment.objects.filter(pk=assignment.pk, status=Assignment.Status.EXPIRED)
    if not assignment.holds_slot:
        return bool(expired.update(status=Assignment.Status.SUBMITTED))
    prompt = Prompt.objects.with_free_slot().filter(pk=assignment.prompt_id).first()
    if prompt is None:
        return False
    project = assignment.prompt.project
    seats = seats_for(project.cohort_quotas, tags_of(assignment.annotator, project))
    slot = free_seat(seats, taken=taken_slots(prompt), slots=prompt.slots)
    if slot is None or not expired.update(status=Assignment.Status.SUBMITTED, slot=slot):
        return False
    Prompt.objects.filter(pk=prompt.pk).update(slots_taken=F("slots_taken") + 1)
    return True
