"""Who sees which page. A project that is not yours does not exist for you."""

import pytest
from django.test import Client
from django.urls import reverse

FOR_MEMBERS = ["project", "rank", "rank-next", "guidelines"]
FOR_MANAGERS = ["data", "people", "settings", "practice", "runs", "models"]
POSTS_FOR_MANAGERS = ["retrain", "retrain-policy", "rollback"]


@pytest.mark.parametrize("name", FOR_MEMBERS)
def test_members_see_the_pages_of_their_work(as_ada, as_max, project, name):
    assert as_ada.get(reverse(name, args=[project.slug])).status_code == 200
    assert as_max.get(reverse(name, args=[project.slug])).status_code == 200


@pytest.mark.parametrize("name", FOR_MANAGERS)
def test_managing_pages_are_for_managers(as_ada, as_max, project, name):
    assert as_max.get(reverse(name, args=[project.slug])).status_code == 200
    assert as_ada.get(reverse(name, args=[project.slug])).status_code == 403


@pytest.mark.parametrize("name", FOR_MEMBERS + FOR_MANAGERS)
def test_an_outsider_finds_nothing(as_olga, project, name):
    assert as_olga.get(reverse(name, args=[project.slug])).status_code == 404


@pytest.mark.parametrize("name", [*FOR_MANAGERS[:4], *POSTS_FOR_MANAGERS])
def test_only_managers_change_things(as_ada, as_olga, project, name):
    assert as_ada.post(reverse(name, args=[project.slug])).status_code == 403
    assert as_olga.post(reverse(name, args=[project.slug])).status_code == 404


@pytest.mark.parametrize("name", ["home", "me", "history", "project-create"])
def test_everybody_has_pages_of_their_own(as_olga, name):
    assert as_olga.get(reverse(name)).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/me/",
        "/me/rankings/",
        "/projects/support/",
        "/projects/support/rank/",
        "/projects/support/guidelines/",
        "/projects/support/practice/",
        "/projects/support/data/",
        "/runs/1/",
    ],
)
def test_a_stranger_is_asked_to_sign_in(path):
    response = Client().get(path)
    assert response.status_code == 302
    assert response["Location"] == f"{reverse('login')}?next={path}"


def test_an_annotator_is_told_in_words_why_a_page_is_closed(as_ada, project):
    response = as_ada.get(reverse("settings", args=[project.slug]))
    assert "This is for managers" in response.content.decode()


def test_an_annotator_is_offered_no_tab_that_is_closed(as_ada, as_max, project):
    path = reverse("project", args=[project.slug])
    assert "Training runs" not in as_ada.get(path).content.decode()
    assert "Training runs" in as_max.get(path).content.decode()


def test_signing_in_leads_back_to_where_one_wanted_to_go(db, django_user_model):
    django_user_model.objects.create_user("ada", password="flour-and-water")
    client = Client(REMOTE_ADDR="127.0.0.1")
    response = client.post(
        "/accounts/login/?next=/me/", {"username": "ada", "password": "flour-and-water", "next": "/me/"}
    )
    assert response["Location"] == "/me/"


def test_signing_out_is_a_post(as_ada):
    assert as_ada.get(reverse("logout")).status_code == 405
    assert as_ada.post(reverse("logout")).status_code == 302
    assert as_ada.get(reverse("home")).status_code == 302
