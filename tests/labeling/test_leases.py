"""A lease runs out, is renewed, or is given back; the prompt goes on to somebody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.exceptions import AssignmentClosed, InvalidInput, LeaseLost
from labeling.models import Assignment, Prompt
from labeling.services.assignments import next_assignment, renew_lease, save_draft, skip_assignment
from labeling.services.projects import create_project
from tests.factories import rank


def let_leases_run_out() -> None:
    Assignment.objects.open().update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def slots_taken(prompt: Prompt) -> int:
    return Prompt.objects.get(pk=prompt.pk).slots_taken


def test_an_expired_lease_goes_to_somebody_else(project, ada, max, assignment, prompt):
    let_leases_run_out()

    lent = next_assignment(project=project, annotator=max)

    assert lent.prompt == prompt
    assignment.refresh_from_db()
    assert (assignment.status, assignment.slot) == ("expired", None)
    assert slots_taken(prompt) == 1
    assert next_assignment(project=project, annotator=ada) is None


def test_an_expired_assignment_is_opened_again_with_its_draft_and_order(project, ada, assignment):
    save_draft(assignment=assignment, draft={"tiers": [["r1"]]})
    let_leases_run_out()

    again = next_assignment(project=project, annotator=ada)

    assert again == assignment
    assert (again.status, again.slot) == ("open", 1)
    assert again.draft == {"tiers": [["r1"]]}
    assert again.display_order == assignment.display_order
    assert again.lease_expires_at > timezone.now()
    assert slots_taken(again.prompt) == 1


def test_a_lease_of_another_project_is_left_alone(project, assignment, max):
    let_leases_run_out()
    next_assignment(project=create_project(creator=max, slug="other", name="Other"), annotator=max)

    assignment.refresh_from_db()
    assert assignment.status == "open"


def test_a_heartbeat_renews_the_lease(assignment):
    Assignment.objects.update(lease_expires_at=timezone.now() + timedelta(minutes=1))

    renewed = renew_lease(assignment=assignment)

    assert renewed.lease_expires_at > timezone.now() + timedelta(minutes=14)
    assert Assignment.objects.get().lease_expires_at == renewed.lease_expires_at


def test_an_overdue_lease_that_nobody_has_claimed_can_be_renewed(assignment):
    let_leases_run_out()

    assert renew_lease(assignment=assignment).lease_expires_at > timezone.now()


def test_a_lease_that_was_taken_back_cannot_be_renewed(project, max, assignment):
    let_leases_run_out()
    next_assignment(project=project, annotator=max)
    before = Assignment.objects.get(pk=assignment.pk).lease_expires_at

    with pytest.raises(LeaseLost, match="went back to the others"):
        renew_lease(assignment=assignment)

    assert Assignment.objects.get(pk=assignment.pk).lease_expires_at == before


def test_a_submitted_assignment_takes_neither_heartbeat_nor_draft_nor_skip(ada, prompt):
    assignment = rank(ada, prompt, "r1 > r2 > r3").assignment
    before = Assignment.objects.values().get()

    for refused in (
        lambda: renew_lease(assignment=assignment),
        lambda: save_draft(assignment=assignment, draft={"late": True}),
        lambda: skip_assignment(assignment=assignment, reason="changed my mind"),
    ):
        with pytest.raises(AssignmentClosed, match="is submitted; ask for the next assignment"):
            refused()

    assert Assignment.objects.values().get() == before
    assert slots_taken(prompt) == 1


def test_an_expired_assignment_still_takes_a_draft(project, max, assignment):
    let_leases_run_out()
    next_assignment(project=project, annotator=max)

    save_draft(assignment=assignment, draft={"tiers": []})

    assignment.refresh_from_db()
    assert (assignment.status, assignment.draft) == ("expired", {"tiers": []})


def test_a_skipped_prompt_goes_to_others_and_not_back(project, ada, max, assignment, prompt):
    skip_assignment(assignment=assignment, reason=" I know the author.\n")

    assignment.refresh_from_db()
    assert (assignment.status, assignment.slot, assignment.skip_reason) == ("skipped", None, " I know the author.\n")
    assert slots_taken(prompt) == 0
    assert next_assignment(project=project, annotator=ada) is None
    assert next_assignment(project=project, annotator=max).prompt == prompt


@pytest.mark.parametrize("reason", ["", " \n", "x" * 2001])
def test_a_skip_needs_a_reason(assignment, reason):
    with pytest.raises(InvalidInput, match="a skip needs a reason of 1 to 2000 characters"):
        skip_assignment(assignment=assignment, reason=reason)

    assignment.refresh_from_db()
    assert assignment.status == "open"
    assert slots_taken(assignment.prompt) == 1
