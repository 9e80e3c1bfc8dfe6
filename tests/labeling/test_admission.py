"""The entry test: who has to take it, what counts, who gets past it."""

import pytest

from labeling.exceptions import NotQualified
from labeling.selectors.admission import entry_test, is_admitted
from labeling.selectors.practice import next_practice
from labeling.services.assignments import next_assignment
from labeling.services.members import admit_member
from labeling.services.practice import attempt_practice, mark_practice
from labeling.services.projects import update_project
from tests.factories import make_prompts, tiers_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def golds(project, max):
    """Two gold prompts of three expected pairs each; work waits behind them, and 80 % are asked for."""
    update_project(project=project, qualification=True)
    prompts = make_prompts(project, "g-1", "g-2")
    make_prompts(project, "p-1")
    return [mark_practice(prompt=p, tiers=tiers_of(p, "r1 > r2 > r3"), explanation="", user=max) for p in prompts]


def attempt(user, gold, order: str) -> None:
    attempt_practice(gold=gold, annotator=user, tiers=tiers_of(gold.prompt, order))


def test_work_begins_after_the_test(project, ada, golds):
    assert next_practice(ada, project) == golds[0]
    with pytest.raises(NotQualified, match="2 of its prompts are left"):
        next_assignment(project=project, annotator=ada)
    for gold in golds:
        attempt(ada, gold, "r1 > r2 > r3")

    assert entry_test(ada, project).passed
    assert next_assignment(project=project, annotator=ada).prompt.external_id == "p-1"


def test_who_misses_the_mark_is_told_by_how_much(project, ada, golds):
    attempt(ada, golds[0], "r1 > r2 > r3")
    attempt(ada, golds[1], "r3 > r2 > r1")

    with pytest.raises(NotQualified, match=r"50 % of the expected orders were met, and 80 % are needed"):
        next_assignment(project=project, annotator=ada)


def test_an_attempt_after_the_answers_were_shown_proves_nothing(project, ada, golds):
    attempt(ada, golds[0], "r3 > r2 > r1")
    attempt(ada, golds[0], "r1 > r2 > r3")
    attempt(ada, golds[1], "r1 > r2 > r3")

    assert (entry_test(ada, project).agreed, entry_test(ada, project).pairs) == (3, 6)
    assert not is_admitted(ada, project)


def test_the_mark_itself_is_enough(project, ada, golds):
    update_project(project=project, pass_percent=50)
    attempt(ada, golds[0], "r1 > r2 > r3")
    attempt(ada, golds[1], "r3 > r2 > r1")

    assert is_admitted(ada, project)


def test_a_manager_can_let_somebody_in_and_leave_it_to_the_test_again(project, ada, golds):
    admit_member(project=project, user=ada, admitted=True)
    assert next_assignment(project=project, annotator=ada) is not None

    admit_member(project=project, user=ada, admitted=False)
    assert not is_admitted(ada, project)


def test_managers_take_no_test(project, max, admin, golds):
    assert is_admitted(max, project)
    assert is_admitted(admin, project)


def test_a_test_without_prompts_keeps_nobody_out(project, ada):
    update_project(project=project, qualification=True)
    make_prompts(project, "p-1")

    assert next_assignment(project=project, annotator=ada) is not None
