"""Eight callers at once: no prompt is lent to more people than it has slots, and to nobody twice."""

from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db.models import Count, F, Q
from django.utils import timezone

from labeling.exceptions import LabelingError
from labeling.judgements import Judgement
from labeling.models import Assignment, Prompt, Ranking
from labeling.services.assignments import next_assignment, renew_lease, skip_assignment
from labeling.services.projects import update_project
from labeling.services.rankings import submit_ranking
from tests.factories import lend, make_prompts, tiers_of
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 8


@pytest.fixture
def crowd(db) -> list[User]:
    return [User.objects.create_user(f"annotator-{number}") for number in range(THREADS)]


def nobody_crashed(outcomes) -> None:
    crashes = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert not crashes, crashes


def slots_add_up() -> None:
    """No prompt is held more often than it has slots, and its counter says how often it is held."""
    held = Count("assignments", filter=Q(assignments__status__in=("open", "submitted")))
    assert not Prompt.objects.annotate(held=held).exclude(held=F("slots_taken")).exists()
    assert not Prompt.objects.filter(slots_taken__gt=F("slots")).exists()


@pytest.mark.parametrize("overlap", [1, 2])
def test_eight_annotators_share_few_prompts(project, crowd, overlap):
    update_project(project=project, overlap=overlap)
    make_prompts(project, "p-1", "p-2", "p-3")

    outcomes = at_once([lambda user=user: next_assignment(project=project, annotator=user) for user in crowd])

    nobody_crashed(outcomes)
    lent = [outcome for outcome in outcomes if outcome is not None]
    assert len(lent) == 3 * overlap, "every slot is lent, and none twice"
    assert set(Counter(assignment.prompt_id for assignment in lent).values()) == {overlap}
    slots_add_up()


@pytest.mark.parametrize("overlap", [1, 2])
def test_eight_annotators_work_a_project_off(project, crowd, overlap):
    update_project(project=project, overlap=overlap)
    make_prompts(project, *(f"p-{number}" for number in range(10)))

    def work(user: User) -> int:
        done = 0
        while (assignment := next_assignment(project=project, annotator=user)) is not None:
            judgement = Judgement(tiers=tiers_of(assignment.prompt, "r1 > r2 > r3"))
            submit_ranking(assignment=assignment, judgement=judgement, idempotency_key="once")
            done += 1
        return done

    outcomes = at_once([lambda user=user: work(user) for user in crowd])

    nobody_crashed(outcomes)
    assert sum(outcomes) == Ranking.objects.count() == 10 * overlap
    assert set(Prompt.objects.annotate(n=Count("rankings")).values_list("n", flat=True)) == {overlap}
    slots_add_up()


def test_one_person_in_eight_windows_holds_one_prompt(project, ada):
    make_prompts(project, *(f"p-{number}" for number in range(THREADS)))

    outcomes = at_once([lambda: next_assignment(project=project, annotator=ada)] * THREADS)

    nobody_crashed(outcomes)
    assert len(set(outcomes)) == 1
    assert Assignment.objects.count() == 1


def test_one_person_in_eight_windows_prefetches_one_more(project, ada):
    first = lend(ada, make_prompts(project, *(f"p-{number}" for number in range(THREADS)))[0])

    outcomes = at_once([lambda: next_assignment(project=project, annotator=ada, after=first.pk)] * THREADS)

    nobody_crashed(outcomes)
    assert len(set(outcomes)) == 1
    assert Assignment.objects.count() == 2


@pytest.mark.parametrize("overlap", [1, 2])
def test_leases_that_ran_out_are_reclaimed_once(project, crowd, overlap):
    update_project(project=project, overlap=overlap)
    make_prompts(project, "p-1", "p-2", "p-3", "p-4")
    for user in crowd[: 4 * overlap]:
        next_assignment(project=project, annotator=user)
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))

    outcomes = at_once([lambda user=user: next_assignment(project=project, annotator=user) for user in crowd])

    nobody_crashed(outcomes)
    slots_add_up()
    assert Assignment.objects.open().count() == 4 * overlap


@pytest.mark.parametrize("round", range(3))
def test_submitting_skipping_renewing_and_lending_at_once_keep_the_count(project, crowd, round):
    update_project(project=project, overlap=2)
    make_prompts(project, "p-1", "p-2", "p-3", "p-4")
    held = [next_assignment(project=project, annotator=user) for user in crowd]
    Assignment.objects.filter(pk__in=[assignment.pk for assignment in held[::2]]).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1)
    )
    acts = [
        lambda a: submit_ranking(
            assignment=a, judgement=Judgement(tiers=tiers_of(a.prompt, "r1 > r2 > r3")), idempotency_key="once"
        ),
        lambda a: skip_assignment(assignment=a, reason="too long"),
        lambda a: renew_lease(assignment=a),
        lambda a: next_assignment(project=project, annotator=a.annotator),
    ]

    outcomes = at_once([lambda n=n, a=a: acts[(n // 2 + round) % 4](a) for n, a in enumerate(held)])

    nobody_crashed([outcome for outcome in outcomes if not isinstance(outcome, LabelingError)])
    slots_add_up()
