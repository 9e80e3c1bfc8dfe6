"""Prompts are lent, come back by themselves, and never go to more people than there are slots."""

from datetime import timedelta

from django.utils import timezone

from labeling.models import Assignment, Prompt
from labeling.services.assignments import next_assignment, skip_assignment
from labeling.services.projects import create_project, update_project
from tests.factories import lend, make_prompts, rank


def let_leases_run_out() -> None:
    Assignment.objects.open().update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def slots_taken(prompt: Prompt) -> int:
    return Prompt.objects.get(pk=prompt.pk).slots_taken


def test_the_first_prompt_is_lent_with_a_lease_of_the_projects_length(project, ada, prompt):
    before = timezone.now()
    assignment = lend(ada, prompt)

    assert (assignment.status, assignment.slot) == ("open", 1)
    assert before + timedelta(minutes=15) <= assignment.lease_expires_at <= timezone.now() + timedelta(minutes=15)
    assert slots_taken(prompt) == 1


def test_asking_again_gives_the_same_assignment_with_a_fresh_lease(project, ada, assignment):
    Assignment.objects.update(lease_expires_at=timezone.now() + timedelta(minutes=1))

    again = next_assignment(project=project, annotator=ada)

    assert again == assignment
    assert again.lease_expires_at > timezone.now() + timedelta(minutes=14)
    assert again.display_order == assignment.display_order
    assert Assignment.objects.count() == 1


def test_prompts_are_lent_in_the_order_of_the_import(project, ada):
    prompts = make_prompts(project, "b", "a", "c")

    lent = []
    for prompt in prompts:
        lent.append(next_assignment(project=project, annotator=ada).prompt)
        rank(ada, prompt, "r1 > r2 > r3")

    assert lent == prompts
    assert next_assignment(project=project, annotator=ada) is None


def test_nothing_is_left_when_every_slot_is_taken(project, max, assignment):
    assert next_assignment(project=project, annotator=max) is None


def test_the_order_shown_is_shuffled_and_recorded(project, ada):
    prompts = make_prompts(project, *(f"p-{number}" for number in range(40)))
    orders = set()
    for prompt in prompts:
        assignment = lend(ada, prompt)
        keys = dict(prompt.responses.values_list("key", "external_id"))
        assert sorted(assignment.display_order) == sorted(keys)
        ranking = rank(ada, prompt, "r1 > r2 > r3")
        assert ranking.display_order == assignment.display_order
        orders.add(tuple(keys[key] for key in assignment.display_order))

    # Six orders are possible; that 40 fair shuffles show fewer than three has a chance of 1 in 10^17.
    assert len(orders) >= 3


def test_one_more_is_lent_ahead_and_no_third_one(project, ada):
    make_prompts(project, "p-1", "p-2", "p-3")
    first = next_assignment(project=project, annotator=ada)

    second = next_assignment(project=project, annotator=ada, after=first.pk)

    assert second is not None
    assert second != first
    assert next_assignment(project=project, annotator=ada, after=first.pk) == second
    assert next_assignment(project=project, annotator=ada, after=second.pk) == first
    assert next_assignment(project=project, annotator=ada) == first
    assert next_assignment(project=project, annotator=ada, after=-1) == first
    assert Assignment.objects.open().count() == 2


def test_the_one_lent_ahead_comes_next(project, ada):
    first_prompt, second_prompt, _ = make_prompts(project, "p-1", "p-2", "p-3")
    first = lend(ada, first_prompt)
    ahead = next_assignment(project=project, annotator=ada, after=first.pk)
    rank(ada, first_prompt, "r1 > r2 > r3")

    assert ahead.prompt == second_prompt
    assert next_assignment(project=project, annotator=ada) == ahead


def test_an_open_assignment_of_another_project_does_not_count(project, ada, assignment):
    other = create_project(creator=ada, slug="other", name="Other")
    make_prompts(other, "p-1")

    assert next_assignment(project=other, annotator=ada).prompt.project == other


def test_with_an_overlap_of_two_each_prompt_goes_to_two_people(project, ada, max, olga):
    update_project(project=project, overlap=2)
    (prompt,) = make_prompts(project, "p-1")

    slots = {lend(user, prompt).slot for user in (ada, max)}

    assert slots == {1, 2}
    assert next_assignment(project=project, annotator=olga) is None
    assert slots_taken(prompt) == 2


def test_a_slot_given_back_is_taken_again(project, ada, max, olga):
    update_project(project=project, overlap=2)
    (prompt,) = make_prompts(project, "p-1")
    first = lend(ada, prompt)
    lend(max, prompt)

    skip_assignment(assignment=first, reason="too long")

    assert lend(olga, prompt).slot == 1
