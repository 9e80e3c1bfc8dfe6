"""Guidelines are kept as they were, and a change is announced to each person once."""

import pytest
from django.http import Http404

from labeling.exceptions import InvalidInput
from labeling.models import GuidelinesSeen
from labeling.selectors.guidelines import guidelines_change, unseen_change
from labeling.services.guidelines import meet_guidelines, see_guidelines
from labeling.services.projects import update_project

FIRST = "Prefer the **true** answer."


def change_to(project, text: str):
    return update_project(project=project, guidelines=text)


def test_every_wording_is_kept_with_its_number(project):
    change_to(project, "Be brief.")
    update_project(project=project, name="Help")
    change_to(project, "")

    kept = list(project.guidelines_versions.values_list("version", "text"))
    assert kept == [(1, FIRST), (2, "Be brief."), (3, "")]


def test_a_version_knows_what_it_replaced(project):
    change_to(project, "Be brief.")

    assert guidelines_change(project, 1).before is None
    assert guidelines_change(project, 2).before == FIRST
    for number in (0, 3):
        with pytest.raises(Http404):
            guidelines_change(project, number)


def test_a_first_visit_is_told_nothing(project, ada):
    change_to(project, "Be brief.")
    assert unseen_change(ada, project) is None

    meet_guidelines(project=project, user=ada)

    assert unseen_change(ada, project) is None


def test_a_change_is_announced_until_it_has_been_seen_and_never_again(project, ada, max):
    meet_guidelines(project=project, user=ada)
    change_to(project, "Be brief.")
    meet_guidelines(project=project, user=ada)

    assert unseen_change(ada, project) == {"version": 2, "before": FIRST, "after": "Be brief."}
    see_guidelines(project=project, user=ada, version=2)
    assert unseen_change(ada, project) is None
    change_to(project, "Be kind.")
    assert unseen_change(ada, project) == {"version": 3, "before": "Be brief.", "after": "Be kind."}
    assert unseen_change(max, project) is None


def test_who_was_away_for_two_changes_sees_both_at_once(project, ada):
    meet_guidelines(project=project, user=ada)
    change_to(project, "Be brief.")
    change_to(project, "Be kind.")

    assert unseen_change(ada, project) == {"version": 3, "before": FIRST, "after": "Be kind."}


def test_a_change_that_was_taken_back_is_no_news(project, ada):
    meet_guidelines(project=project, user=ada)
    change_to(project, "Be brief.")
    change_to(project, FIRST)

    assert unseen_change(ada, project) is None


def test_an_older_tab_takes_nothing_back(project, ada):
    change_to(project, "Be brief.")
    see_guidelines(project=project, user=ada, version=2)
    see_guidelines(project=project, user=ada, version=1)

    assert GuidelinesSeen.objects.get().version == 2


@pytest.mark.parametrize("version", [0, 2, -1])
def test_a_version_that_does_not_exist_cannot_have_been_seen(project, ada, version):
    with pytest.raises(InvalidInput, match="1 to 1"):
        see_guidelines(project=project, user=ada, version=version)

    assert not GuidelinesSeen.objects.exists()
