"""What the database itself refuses, whoever writes to it."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from labeling.models import Assignment, Membership, Project, Prompt, Ranking
from tests.factories import make_prompts, rank

WRONG_UPDATES = [
    (Project, {"overlap": 0}),
    (Project, {"overlap": 51}),
    (Project, {"lease_minutes": 4}),
    (Project, {"lease_minutes": 61}),
    (Membership, {"role": "owner"}),
    (Prompt, {"split": "dev"}),
    (Assignment, {"slot": None}),
    (Assignment, {"status": "expired"}),
    (Assignment, {"status": "lost", "slot": None}),
    (Ranking, {"confidence": 6}),
    (Ranking, {"confidence": 0}),
]


@pytest.mark.parametrize(("model", "change"), WRONG_UPDATES)
def test_a_value_that_cannot_be_is_refused(project, ada, prompt, model, change):
    rank(ada, prompt, "r1 > r2 > r3")

    with pytest.raises(IntegrityError), transaction.atomic():
        model._default_manager.update(**change)


def test_a_prompt_is_lent_to_a_person_once(assignment):
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            prompt=assignment.prompt,
            annotator=assignment.annotator,
            slot=2,
            display_order=[],
            lease_expires_at=assignment.lease_expires_at,
        )


def test_a_slot_is_held_once(assignment, max):
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            prompt=assignment.prompt,
            annotator=max,
            slot=1,
            display_order=[],
            lease_expires_at=assignment.lease_expires_at,
        )


@pytest.mark.parametrize("change", [{"idempotency_key": "other"}, {"superseded_at": "2026-01-01T00:00:00Z"}])
def test_an_assignment_has_one_current_ranking_and_a_key_is_used_once(ada, prompt, change):
    ranking = rank(ada, prompt, "r1 > r2 > r3", key="k-1")
    second = Ranking.objects.get(pk=ranking.pk)
    second.pk = None

    for name, value in change.items():
        setattr(second, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save(force_insert=True)


def test_ids_are_unique_in_a_project_and_in_a_prompt(project, prompt):
    other = make_prompts(project, "p-2")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Prompt.objects.filter(pk=other.pk).update(external_id="p-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        prompt.responses.update(external_id="r1")


def test_people_and_prompts_with_rankings_cannot_be_deleted(ada, prompt):
    rank(ada, prompt, "r1 > r2 > r3")

    with pytest.raises(ProtectedError):
        ada.delete()
    with pytest.raises(ProtectedError):
        prompt.delete()
