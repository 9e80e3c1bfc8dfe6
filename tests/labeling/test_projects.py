"""Projects are made, changed and deleted by services that keep slots, versions and people's work in order."""

import pytest

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Project
from labeling.models.projects import DEFAULT_DIMENSIONS
from labeling.services.assignments import next_assignment
from labeling.services.projects import create_project, delete_project, update_project
from tests.factories import make_prompts, rank


def test_a_new_project_has_the_defaults_of_the_design(max):
    project = create_project(creator=max, slug="support", name=" Support ")

    assert (project.overlap, project.lease_minutes, project.allow_ties) == (1, 15, True)
    assert project.dimensions == list(DEFAULT_DIMENSIONS)
    assert (project.guidelines, project.guidelines_version, project.split_salt) == ("", 1, "podium")
    assert project.name == " Support "


def test_a_slug_is_taken_once(project, max):
    with pytest.raises(Conflict, match="'support' exists already; choose another slug"):
        create_project(creator=max, slug="support", name="Again")

    assert Project.objects.get().name == "Support"


BAD_FIELDS = [
    ({"slug": "no spaces"}, "slug"),
    ({"slug": ""}, "slug"),
    ({"name": ""}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"overlap": 0}, "overlap"),
    ({"overlap": 51}, "overlap"),
    ({"overlap": "many"}, "overlap"),
    ({"lease_minutes": 4}, "lease_minutes"),
    ({"lease_minutes": 61}, "lease_minutes"),
    ({"dimensions": "coherence"}, "dimensions"),
    ({"dimensions": [" "]}, "dimensions"),
    ({"dimensions": [4]}, "dimensions"),
    ({"dimensions": ["x" * 61]}, "dimensions"),
    ({"dimensions": ["a", "a"]}, "dimensions"),
    ({"dimensions": [f"d{number}" for number in range(13)]}, "dimensions"),
]


@pytest.mark.parametrize(("changes", "field"), BAD_FIELDS)
def test_a_field_that_cannot_be_makes_no_project(max, changes, field):
    with pytest.raises(InvalidInput, match=field):
        create_project(**{"creator": max, "slug": "support", "name": "Support", **changes})

    assert not Project.objects.exists()


@pytest.mark.parametrize(("changes", "field"), [case for case in BAD_FIELDS if "slug" not in case[0]])
def test_a_field_that_cannot_be_changes_no_project(project, changes, field):
    before = Project.objects.values().get()

    with pytest.raises(InvalidInput, match=field):
        update_project(project=project, **changes)

    assert Project.objects.values().get() == before


@pytest.mark.parametrize("change", [{"slug": "other"}, {"split_salt": "other"}])
def test_what_addresses_and_splits_hang_on_stays(project, change):
    with pytest.raises(InvalidInput, match="cannot be changed once a project exists"):
        update_project(project=project, **change)

    project.refresh_from_db()
    assert (project.slug, project.split_salt) == ("support", "podium")


def test_the_same_slug_again_is_no_change(project):
    assert update_project(project=project, slug="support", name="Help").name == "Help"


def test_changed_guidelines_get_the_next_version(project):
    assert update_project(project=project, guidelines="Be brief.").guidelines_version == 2
    assert update_project(project=project, guidelines="Be brief.").guidelines_version == 2
    assert update_project(project=project, name="Help").guidelines_version == 2


def test_a_higher_overlap_opens_a_slot_on_every_prompt(project, ada, max):
    (prompt,) = make_prompts(project, "p-1")
    rank(ada, prompt, "r1 > r2 > r3")
    assert next_assignment(project=project, annotator=max) is None

    update_project(project=project, overlap=2)

    assignment = next_assignment(project=project, annotator=max)
    assert assignment is not None
    assert (assignment.prompt, assignment.slot) == (prompt, 2)
    assert next_assignment(project=project, annotator=ada) is None, "nobody ranks a prompt twice"


def test_a_lower_overlap_closes_free_slots_and_takes_nothing_away(project, ada, max, olga):
    update_project(project=project, overlap=3)
    (prompt,) = make_prompts(project, "p-1")
    rank(ada, prompt, "r1 > r2 > r3")
    rank(max, prompt, "r1 > r2 > r3")

    update_project(project=project, overlap=1)

    assert next_assignment(project=project, annotator=olga) is None
    assert prompt.rankings.count() == 2


def test_a_project_without_rankings_is_deleted_with_its_prompts(project, assignment):
    delete_project(project=project)

    assert not Project.objects.exists()


def test_a_project_with_rankings_is_kept(project, ada, prompt):
    rank(ada, prompt, "r1 > r2 > r3")

    with pytest.raises(Conflict, match="holds rankings"):
        delete_project(project=project)

    assert Project.objects.filter(pk=project.pk).exists()
    assert prompt.rankings.count() == 1
