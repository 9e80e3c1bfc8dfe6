"""Somebody's rankings are set aside, everywhere and until they are taken back in."""

import pytest

from labeling.exceptions import Conflict, InvalidInput, SetAside
from labeling.models import Exclusion, Prompt
from labeling.selectors.groups import ranking_groups
from labeling.services.assignments import next_assignment
from labeling.services.exclusions import exclude_annotator, include_annotator
from labeling.services.projects import create_project, update_project
from tests.factories import exported_lines, make_prompts, rank

pytestmark = pytest.mark.django_db


@pytest.fixture
def ranked(project, ada, max):
    """Both have ranked p-1; Ada alone p-2."""
    update_project(project=project, overlap=2)
    first, second = make_prompts(project, "p-1", "p-2")
    rank(ada, first, "r1 > r2 > r3")
    rank(max, first, "r1 > r3 > r2")
    rank(ada, second, "r3 > r2 > r1")
    return project


def annotators_of(project) -> list[int]:
    return [len(group.rankings) for group in ranking_groups(project)]


def test_their_rankings_leave_every_export_and_come_back_as_they_were(ranked, ada, max):
    before = list(exported_lines(ranked))
    exclusion = exclude_annotator(project=ranked, annotator=ada, reason="Random answers.", manager=max)

    assert annotators_of(ranked) == [1]
    assert len(list(exported_lines(ranked))) == 3

    include_annotator(exclusion=exclusion, reason="It was somebody else.", manager=max)

    assert list(exported_lines(ranked)) == before


def test_other_projects_go_on_counting_them(ranked, ada, max, admin):
    other = create_project(creator=admin, slug="other", name="Other")
    rank(ada, make_prompts(other, "o-1")[0], "r1 > r2 > r3")

    exclude_annotator(project=ranked, annotator=ada, reason="Random answers.", manager=max)

    assert annotators_of(other) == [1]


def test_they_are_lent_no_work_and_told_so(ranked, ada, max):
    make_prompts(ranked, "p-3")
    exclusion = exclude_annotator(project=ranked, annotator=ada, reason="Random answers.", manager=max)

    with pytest.raises(SetAside, match="set your rankings in this project aside"):
        next_assignment(project=ranked, annotator=ada)

    include_annotator(exclusion=exclusion, reason="Talked.", manager=max)
    assert next_assignment(project=ranked, annotator=ada) is not None


def test_their_prompts_can_be_asked_for_again(ranked, ada, max, olga):
    exclusion = exclude_annotator(project=ranked, annotator=ada, reason="Random.", manager=max, reopen=True)

    assert list(Prompt.objects.values_list("slots", flat=True)) == [3, 3]
    assert next_assignment(project=ranked, annotator=olga).prompt.external_id == "p-1"

    include_annotator(exclusion=exclusion, reason="Talked.", manager=max)
    assert list(Prompt.objects.values_list("slots", flat=True)) == [2, 2]


def test_every_decision_stays_on_record(ranked, ada, max, admin):
    first = exclude_annotator(project=ranked, annotator=ada, reason="Random answers.", manager=max)
    include_annotator(exclusion=first, reason="Talked.", manager=admin)
    exclude_annotator(project=ranked, annotator=ada, reason="Again.", manager=admin)

    newest, oldest = Exclusion.objects.all()
    assert (oldest.reason, oldest.created_by, oldest.lifted_by, oldest.lifted_reason) == (
        "Random answers.",
        max,
        admin,
        "Talked.",
    )
    assert (newest.reason, newest.lifted_at) == ("Again.", None)


def test_nobody_is_excluded_twice_or_included_twice(ranked, ada, max):
    exclusion = exclude_annotator(project=ranked, annotator=ada, reason="Random.", manager=max)
    with pytest.raises(Conflict, match="set aside already"):
        exclude_annotator(project=ranked, annotator=ada, reason="Random.", manager=max)
    include_annotator(exclusion=exclusion, reason="Talked.", manager=max)
    with pytest.raises(Conflict, match="count again already"):
        include_annotator(exclusion=exclusion, reason="Talked.", manager=max)


def test_a_reason_is_needed(ranked, ada, max):
    with pytest.raises(InvalidInput, match="a reason of 1 to 2000 characters"):
        exclude_annotator(project=ranked, annotator=ada, reason="  ", manager=max)
    assert not Exclusion.objects.exists()
