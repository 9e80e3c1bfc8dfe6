"""A ranking is recorded once, at once, and never over an earlier one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.effort import Effort
from labeling.exceptions import AssignmentClosed, KeyReused, LeaseLost
from labeling.judgements import Judgement
from labeling.models import Assignment, Prompt, Ranking
from labeling.services.assignments import next_assignment, skip_assignment
from labeling.services.projects import update_project
from labeling.services.rankings import submit_ranking
from tests.factories import lend, make_prompts, tiers_of


def judge(assignment: Assignment, order: str = "r2 > r1 = r3", **said) -> Judgement:
    return Judgement(tiers=tiers_of(assignment.prompt, order), **said)


def submit(assignment: Assignment, order: str = "r2 > r1 = r3", *, key: str = "k-1", **said):
    return submit_ranking(assignment=assignment, judgement=judge(assignment, order, **said), idempotency_key=key)


def test_everything_that_was_said_is_stored(ada, assignment):
    key = assignment.display_order[0]
    said = {
        "ratings": {key: {"coherence": 4}},
        "acceptable": [key],
        "flags": {key: ["harmful"]},
        "rationale": " Why?\r\n",
        "confidence": 3,
    }
    measured = {
        "seconds": 41.5,
        "active_seconds": 30.0,
        "first_touch_seconds": 12.5,
        "moves": 4,
        "as_shown_confirmed": True,
    }
    effort = Effort(input_methods=("keyboard", "pen"), **measured)

    ranking, created = submit(assignment, **said, effort=effort)

    ranking.refresh_from_db()
    assert created
    assert ranking.tiers == tiers_of(assignment.prompt, "r2 > r1 = r3")
    assert {name: getattr(ranking, name) for name in [*said, *measured]} == {**said, **measured}
    assert ranking.input_methods == ["keyboard", "pen"]
    assert (ranking.annotator, ranking.prompt, ranking.source) == (ada, assignment.prompt, Ranking.Source.HUMAN)
    assert ranking.display_order == assignment.display_order
    assignment.refresh_from_db()
    assert (assignment.status, assignment.slot) == ("submitted", 1)


def test_the_version_that_was_shown_is_stored_and_else_the_one_in_force(project, ada):
    first, second = make_prompts(project, "p-1", "p-2")
    shown_before = lend(ada, first)
    update_project(project=project, guidelines="Be brief.")

    assert submit(shown_before, guidelines_version=1)[0].guidelines_version == 1
    assert submit(lend(ada, second))[0].guidelines_version == 2


def test_the_same_key_twice_is_one_ranking(assignment):
    first, created = submit(assignment)
    again, created_again = submit(assignment)

    assert again == first
    assert (created, created_again) == (True, False)
    assert Ranking.objects.count() == 1


def test_the_same_key_with_another_judgement_is_refused(assignment):
    submit(assignment)

    with pytest.raises(KeyReused, match="came before with another body"):
        submit(assignment, "r1 > r2 > r3")

    assert Ranking.objects.count() == 1


def test_another_key_finds_the_assignment_closed(assignment):
    submit(assignment)

    with pytest.raises(AssignmentClosed, match="is submitted already"):
        submit(assignment, key="k-2")

    assert Ranking.objects.count() == 1


def test_a_key_belongs_to_its_assignment(project, ada):
    for prompt in make_prompts(project, "p-1", "p-2"):
        submit(lend(ada, prompt), key="same")

    assert Ranking.objects.count() == 2


def test_a_skipped_assignment_takes_no_ranking(assignment):
    skip_assignment(assignment=assignment, reason="too long")

    with pytest.raises(AssignmentClosed, match="is skipped already"):
        submit(assignment)

    assert not Ranking.objects.exists()


def expire(assignment: Assignment, *, lent_to) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    next_assignment(project=assignment.prompt.project, annotator=lent_to)
    assert Assignment.objects.get(pk=assignment.pk).status == "expired"


def test_a_late_ranking_is_kept_while_nobody_has_asked_for_the_prompt(assignment):
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(hours=1))

    _, created = submit(assignment)

    assert created


def test_a_late_ranking_is_kept_while_a_slot_is_free(project, ada, max, assignment, prompt):
    expire(assignment, lent_to=max)
    skip_assignment(assignment=Assignment.objects.get(annotator=max), reason="too long")

    _, created = submit(assignment)

    assignment.refresh_from_db()
    assert created
    assert (assignment.status, assignment.slot) == ("submitted", 1)
    assert Prompt.objects.get().slots_taken == 1


def test_a_late_ranking_is_refused_when_others_have_all_the_slots(max, assignment):
    expire(assignment, lent_to=max)

    with pytest.raises(LeaseLost, match="others have taken all the slots"):
        submit(assignment)

    assert not Ranking.objects.exists()
    assert Prompt.objects.get().slots_taken == 1
    assert Assignment.objects.get(pk=assignment.pk).status == "expired"


def test_a_refused_ranking_consumes_no_key(project, max, assignment):
    expire(assignment, lent_to=max)
    with pytest.raises(LeaseLost):
        submit(assignment, "r1 > r2 > r3")
    update_project(project=project, overlap=2)

    _, created = submit(assignment, "r3 > r2 > r1")

    assert created
