"""What pages and calls read: access, progress, the shown responses, pseudonyms."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.http import Http404

from labeling.models import Pseudonym, Ranking
from labeling.selectors.access import can_manage, managed_projects, project_for, projects_for
from labeling.selectors.assignments import assignment_of, shown_responses
from labeling.selectors.people import pseudonyms
from labeling.selectors.progress import Progress, my_rankings, project_progress
from labeling.selectors.rankings import human_rankings_since, last_ranking_id, rankings_for
from labeling.services.members import add_member, remove_member
from labeling.services.projects import create_project, update_project
from tests.factories import import_file, lend, make_prompts, rank, to_jsonl


def test_a_project_is_seen_by_its_members_its_creator_and_superusers(project, ada, max, olga, admin):
    own = create_project(creator=olga, slug="own", name="Own")

    assert [list(projects_for(user)) for user in (ada, max, olga)] == [[project], [project], [own]]
    assert set(projects_for(admin)) == {project, own}
    assert not projects_for(AnonymousUser()).exists()


def test_a_project_is_managed_by_managers_its_creator_and_superusers(project, ada, max, olga, admin):
    own = create_project(creator=olga, slug="own", name="Own")

    assert [list(managed_projects(user)) for user in (ada, max, olga)] == [[], [project], [own]]
    assert set(managed_projects(admin)) == {project, own}
    assert not managed_projects(AnonymousUser()).exists()
    assert can_manage(max, project)
    assert not can_manage(ada, project)


def test_a_creator_who_is_a_member_too_sees_the_project_once(project, olga):
    own = create_project(creator=olga, slug="own", name="Own")
    add_member(project=own, user=olga, role="annotator")

    assert list(projects_for(olga)) == [own]
    assert can_manage(olga, own)


def test_a_project_that_is_not_yours_does_not_exist_for_you(project, olga, ada, max):
    with pytest.raises(Http404, match="no project 'support'"):
        project_for(olga, "support")
    with pytest.raises(Http404):
        project_for(olga, "support", manage=True)
    with pytest.raises(Http404):
        project_for(ada, "nowhere")
    with pytest.raises(PermissionDenied, match="only managers"):
        project_for(ada, "support", manage=True)
    assert project_for(max, "support", manage=True) == project


def test_an_assignment_is_its_annotators_alone(assignment, ada, max, admin):
    assert assignment_of(ada, assignment.pk) == assignment
    for other in (max, admin):
        with pytest.raises(Http404):
            assignment_of(other, assignment.pk)


def test_an_assignment_goes_with_the_membership(project, assignment, ada):
    remove_member(project=project, user=ada)

    with pytest.raises(Http404):
        assignment_of(ada, assignment.pk)


def test_responses_are_shown_in_the_order_of_the_assignment(assignment):
    assert [response.key for response in shown_responses(assignment)] == assignment.display_order


def test_pseudonyms_are_made_once(ada, max):
    first = pseudonyms([ada.pk, max.pk, ada.pk])

    assert first == pseudonyms([ada.pk, max.pk])
    assert len(set(first.values())) == 2
    assert Pseudonym.objects.count() == 2
    assert pseudonyms([]) == {}
    assert all(re.fullmatch(r"a-[0-9a-f]{10}", name) for name in first.values())


def test_progress_counts_prompts_that_are_ranked_in_every_slot(project, ada, max):
    assert project_progress(project) == Progress(prompts=0, finished=0, rankings=0, slots=0, filled=0)
    update_project(project=project, overlap=2)
    first, second = make_prompts(project, "p-1", "p-2")
    rank(ada, first, "r1 > r2 > r3")
    rank(max, first, "r1 > r2 > r3")
    rank(ada, second, "r1 > r2 > r3")
    lend(max, second)

    assert project_progress(project) == Progress(prompts=2, finished=1, rankings=3, slots=4, filled=3)

    update_project(project=project, overlap=1)
    assert project_progress(project) == Progress(prompts=2, finished=2, rankings=3, slots=2, filled=2)


def test_my_rankings_are_mine_and_the_newest_comes_first(project, ada, max):
    first, second, third = make_prompts(project, "p-1", "p-2", "p-3")
    mine = [rank(ada, prompt, "r1 > r2 > r3") for prompt in (first, second)]
    rank(max, third, "r1 > r2 > r3")

    assert list(my_rankings(ada)) == mine[::-1]
    assert list(my_rankings(ada, project, limit=1)) == [mine[1]]
    assert list(my_rankings(User.objects.get(username="admin"), project)) == []


def test_only_people_count_as_new(project, ada):
    import_file(project, to_jsonl({"text": "Good", "label": 1}, {"text": "Bad", "label": 0}), recipe="sentiment")
    imported = last_ranking_id(project)
    (prompt,) = make_prompts(project, "p-1")

    assert (imported, human_rankings_since(project, 0)) == (Ranking.objects.get().pk, 0)
    ranking = rank(ada, prompt, "r1 > r2 > r3")
    assert human_rankings_since(project, imported) == 1
    assert human_rankings_since(project, ranking.pk) == 0
    assert rankings_for(project).count() == 2
