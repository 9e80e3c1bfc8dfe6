"""Practice prompts are ranked before real work, answered with feedback, and train nothing."""

import pytest

from labeling.exceptions import Conflict, InvalidRanking
from labeling.models import Assignment, GoldOrder, PracticeAttempt, Ranking
from labeling.selectors.practice import free_prompts, next_practice, place_in_round, practice_responses, round_result
from labeling.selectors.progress import project_progress
from labeling.services.assignments import next_assignment
from labeling.services.practice import attempt_practice, mark_practice, unmark_practice
from labeling.services.projects import update_project
from tests.factories import exported_lines, lend, make_prompts, rank, tiers_of
from tests.racing import at_once


def mark(prompt, max, order: str = "r1 > r2") -> GoldOrder:
    return mark_practice(prompt=prompt, tiers=tiers_of(prompt, order), explanation="Because.", user=max)


def attempt(gold, user, order: str = "r1 > r2 > r3"):
    return attempt_practice(gold=gold, annotator=user, tiers=tiers_of(gold.prompt, order))


@pytest.fixture
def practising(project):
    return update_project(project=project, practice=True)


def test_a_practice_prompt_is_lent_to_nobody(project, ada, max, prompt):
    mark(prompt, max)

    assert next_assignment(project=project, annotator=ada) is None
    update_project(project=project, overlap=3)
    assert next_assignment(project=project, annotator=ada) is None


def test_unmarked_it_is_work_again(project, ada, max, prompt):
    update_project(project=project, overlap=2)
    gold = mark(prompt, max)
    attempt(gold, ada)

    unmark_practice(gold=gold)

    assert lend(ada, prompt)
    assert lend(max, prompt)
    assert not PracticeAttempt.objects.exists()


def test_what_has_been_ranked_cannot_become_practice(ada, max, prompt):
    rank(ada, prompt, "r1 > r2 > r3")

    with pytest.raises(Conflict, match="has been ranked"):
        mark(prompt, max)

    assert not GoldOrder.objects.exists()


def test_what_somebody_is_ranking_cannot_become_practice(ada, max, prompt):
    lend(ada, prompt)

    with pytest.raises(Conflict, match="somebody is ranking"):
        mark(prompt, max)

    prompt.refresh_from_db()
    assert prompt.slots == 1


@pytest.mark.parametrize("order", ["r1 = r2 = r3", "r1"])
def test_an_order_that_decides_nothing_is_refused(max, prompt, order):
    with pytest.raises(InvalidRanking, match="above another"):
        mark(prompt, max, order)


def test_the_order_of_one_can_be_changed(max, prompt):
    gold = mark(prompt, max, "r1 > r2")

    assert mark(prompt, max, "r2 > r1 = r3") == gold
    gold.refresh_from_db()
    assert gold.tiers == tiers_of(prompt, "r2 > r1 = r3")


def test_practice_comes_in_the_order_it_was_made_until_all_is_attempted(practising, ada, max):
    first, second = (mark(prompt, max) for prompt in make_prompts(practising, "p-1", "p-2"))

    assert next_practice(ada, practising) == first
    assert next_practice(ada, practising, after=first.pk) == second
    assert place_in_round(second, practising) == (2, 2)
    attempt(first, ada)
    assert next_practice(ada, practising) == second
    attempt(second, ada)
    assert next_practice(ada, practising) is None
    assert next_practice(max, practising) == first


def test_with_practice_off_there_is_none(project, ada, max, prompt):
    mark(prompt, max)

    assert next_practice(ada, project) is None


def test_everybody_sees_their_own_order_each_time_the_same(practising, ada, max):
    (prompt,) = make_prompts(practising, "p-1", responses=[f"Reply {number}" for number in range(20)])
    gold = mark(prompt, max)

    orders = [[response.key for response in practice_responses(gold, user)] for user in (ada, ada, max)]

    assert orders[0] == orders[1]
    assert sorted(orders[0]) == sorted(orders[2])
    assert orders[0] != orders[2]


def test_an_attempt_is_scored_and_kept(practising, ada, max, prompt):
    score = attempt(mark(prompt, max, "r1 > r2 > r3"), ada, "r2 > r1 > r3")

    stored = PracticeAttempt.objects.get()
    assert (len(score.agreed), len(score.reversed)) == (2, 1)
    assert (stored.agreed, stored.pairs, stored.tiers) == (2, 3, tiers_of(prompt, "r2 > r1 > r3"))


def test_an_attempt_holds_every_response(practising, ada, max, prompt):
    with pytest.raises(InvalidRanking, match="missing"):
        attempt(mark(prompt, max), ada, "r1 > r2")

    assert not PracticeAttempt.objects.exists()


def test_the_round_adds_up_the_last_attempt_at_each_prompt(practising, ada, max):
    first, second = (mark(prompt, max, "r1 > r2 > r3") for prompt in make_prompts(practising, "p-1", "p-2"))
    attempt(first, ada, "r3 > r2 > r1")
    attempt(first, ada, "r1 > r2 > r3")
    attempt(second, ada, "r1 > r3 > r2")
    attempt(second, max, "r3 > r2 > r1")

    result = round_result(ada, practising)

    assert (result.agreed, result.pairs, result.prompts) == (5, 6, 2)


def test_practice_never_counts(practising, ada, max):
    first, second = make_prompts(practising, "p-1", "p-2")
    attempt(mark(first, max), ada)

    assert not Ranking.objects.exists()
    assert not Assignment.objects.exists()
    assert list(exported_lines(practising)) == list(exported_lines(practising, shape="groups")) == []
    progress = project_progress(practising)
    assert (progress.prompts, progress.finished, progress.slots) == (1, 0, 1)
    assert list(free_prompts(practising)) == [second]


@pytest.mark.django_db(transaction=True)
def test_lent_and_marked_at_once_it_is_one_of_the_two(project, ada, max, prompt):
    tiers = tiers_of(prompt, "r1 > r2")

    outcomes = at_once(
        [
            lambda: next_assignment(project=project, annotator=ada),
            lambda: mark_practice(prompt=prompt, tiers=tiers, explanation="", user=max),
        ]
    )

    lent, marked = Assignment.objects.exists(), GoldOrder.objects.exists()
    assert lent != marked
    assert isinstance(outcomes[1], Conflict if lent else GoldOrder)
    prompt.refresh_from_db()
    assert (prompt.slots, prompt.slots_taken) == ((1, 1) if lent else (0, 0))
