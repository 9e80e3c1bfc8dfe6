"""A prompt whose rankings disagree gets more annotators, one at a time."""

import pytest
from django.contrib.auth.models import User

from labeling.judgements import Judgement
from labeling.models import Prompt
from labeling.services.assignments import next_assignment
from labeling.services.projects import update_project
from labeling.services.rankings import revise_ranking
from labeling.services.tallies import refresh_tallies
from tests.factories import make_prompts, rank, tiers_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(db) -> list[User]:
    return [User.objects.create_user(f"annotator-{number}") for number in range(6)]


@pytest.fixture
def disputed(project) -> Prompt:
    """Two annotators a prompt, up to two more where they agree on less than 60 % of the pairs."""
    update_project(project=project, overlap=2, dispute_raters=2)
    return make_prompts(project, "p-1")[0]


def slots(prompt: Prompt) -> int:
    return Prompt.objects.get(pk=prompt.pk).slots


def test_two_who_contradict_each_other_get_a_third(disputed, crowd):
    rank(crowd[0], disputed, "r1 > r2 > r3")
    assert slots(disputed) == 2

    rank(crowd[1], disputed, "r3 > r2 > r1")

    assert slots(disputed) == 3
    assert next_assignment(project=disputed.project, annotator=crowd[2]).prompt == disputed


def test_two_who_agree_get_nobody(disputed, crowd):
    rank(crowd[0], disputed, "r1 > r2 > r3")
    rank(crowd[1], disputed, "r1 > r2 = r3")

    assert slots(disputed) == 2


def test_a_prompt_where_nobody_orders_anything_is_in_no_dispute(disputed, crowd):
    for user in crowd[:2]:
        rank(user, disputed, "r1 = r2 = r3")

    assert slots(disputed) == 2


def test_it_ends_at_the_limit(disputed, crowd):
    for number, user in enumerate(crowd[:4]):
        rank(user, disputed, "r1 > r2 > r3" if number % 2 else "r3 > r2 > r1")

    assert slots(disputed) == 4
    assert next_assignment(project=disputed.project, annotator=crowd[4]) is None


def test_it_ends_when_the_rest_agree(disputed, crowd):
    rank(crowd[0], disputed, "r3 > r2 > r1")
    rank(crowd[1], disputed, "r1 > r2 > r3")
    rank(crowd[2], disputed, "r1 > r2 > r3")

    # One of three pairs of people agrees: 33 %. The next makes it 3 of 6.
    assert slots(disputed) == 4
    update_project(project=disputed.project, dispute_percent=50, dispute_raters=3)
    rank(crowd[3], disputed, "r1 > r2 > r3")
    assert slots(disputed) == 4


def test_without_the_setting_a_dispute_changes_nothing(project, crowd):
    update_project(project=project, overlap=2)
    (prompt,) = make_prompts(project, "p-1")
    rank(crowd[0], prompt, "r1 > r2 > r3")
    rank(crowd[1], prompt, "r3 > r2 > r1")

    assert slots(prompt) == 2


def test_switched_on_later_it_finds_the_disputes_that_are_there(project, crowd):
    update_project(project=project, overlap=2)
    disputed, agreed, half = make_prompts(project, "p-1", "p-2", "p-3")
    for prompt, other in ((disputed, "r3 > r2 > r1"), (agreed, "r1 > r2 > r3")):
        rank(crowd[0], prompt, "r1 > r2 > r3")
        rank(crowd[1], prompt, other)
    rank(crowd[0], half, "r1 > r2 > r3")
    refresh_tallies(project=project)

    update_project(project=project, dispute_raters=1)

    assert [slots(prompt) for prompt in (disputed, agreed, half)] == [3, 2, 2]


def test_a_revision_can_make_a_dispute(disputed, crowd):
    rank(crowd[0], disputed, "r1 > r2 > r3")
    ranking = rank(crowd[1], disputed, "r1 > r2 > r3")
    assert slots(disputed) == 2

    judgement = Judgement(tiers=tiers_of(disputed, "r3 > r2 > r1"))
    revise_ranking(ranking=ranking, judgement=judgement, idempotency_key="again")

    assert slots(disputed) == 3


def test_a_new_overlap_keeps_what_a_dispute_got(disputed, crowd):
    rank(crowd[0], disputed, "r1 > r2 > r3")
    rank(crowd[1], disputed, "r3 > r2 > r1")

    update_project(project=disputed.project, overlap=3)

    assert slots(disputed) == 4
