"""How many annotators single prompts get."""

import pytest
from django.urls import reverse

from labeling.exceptions import Conflict, InvalidInput
from labeling.models import Prompt
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from labeling.services.prompts import set_overlap
from tests.factories import api, make_prompts, rank_next, tiers_of

pytestmark = pytest.mark.django_db


def slots() -> dict[str, int]:
    return dict(Prompt.objects.values_list("external_id", "slots"))


def test_one_prompt_gets_more_annotators_than_the_others(project, ada, max, olga):
    make_prompts(project, "p-1", "p-2")
    assert set_overlap(project=project, prompts=["p-2"], overlap=3) == 1

    given = [rank_next(user, project).prompt.external_id for user in (ada, max, olga)]

    assert given == ["p-1", "p-2", "p-2"]
    assert slots() == {"p-1": 1, "p-2": 3}


def test_a_new_overlap_of_the_project_leaves_it_alone_until_it_is_given_up(project):
    make_prompts(project, "p-1", "p-2")
    set_overlap(project=project, prompts=["p-2"], overlap=1)

    update_project(project=project, overlap=4)
    assert slots() == {"p-1": 4, "p-2": 1}
    update_project(project=project, overlap=2)
    assert slots() == {"p-1": 2, "p-2": 1}

    set_overlap(project=project, prompts=["p-2"], overlap=None)
    assert slots() == {"p-1": 2, "p-2": 2}


def test_what_a_dispute_has_added_stays_on_top(project):
    make_prompts(project, "p-1")
    Prompt.objects.update(slots=3, extra_slots=2)

    set_overlap(project=project, prompts=["p-1"], overlap=2)

    assert slots() == {"p-1": 4}


def test_what_cannot_be_is_refused_and_changes_nothing(project, max):
    gold, _ = make_prompts(project, "p-1", "p-2")
    update_project(project=project, overlap=3, cohort_quotas={"de": 2})
    mark_practice(prompt=gold, tiers=tiers_of(gold, "r1 > r2"), explanation="", user=max)

    for overlap in (0, 1, 51):
        with pytest.raises(InvalidInput, match="2 to 50 annotators"):
            set_overlap(project=project, prompts=["p-2"], overlap=overlap)
    with pytest.raises(InvalidInput, match="no prompt 'p-9'"):
        set_overlap(project=project, prompts=["p-2", "p-9"], overlap=4)
    with pytest.raises(Conflict, match="'p-1' is a gold prompt"):
        set_overlap(project=project, prompts=["p-1", "p-2"], overlap=4)
    assert slots() == {"p-1": 0, "p-2": 3}


def test_managers_say_it_on_the_prompts_page_and_over_the_api(project, max, client):
    (prompt,) = make_prompts(project, "p-1")
    client.force_login(max)

    saved = client.post(reverse("dispute-overlap", args=[project.slug, prompt.pk]), {"overlap": "5"})
    assert (saved.status_code, slots()) == (302, {"p-1": 5})
    refused = client.post(reverse("dispute-overlap", args=[project.slug, prompt.pk]), {"overlap": "none"}, follow=True)
    assert "Enter a whole number." in refused.content.decode()

    answer = api(max).post(f"/api/v1/projects/{project.slug}/prompts/overlap/", {"prompts": ["p-1"], "overlap": None})
    assert (answer.status_code, answer.json(), slots()) == (200, {"changed": 1}, {"p-1": 1})
