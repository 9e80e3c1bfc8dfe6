import pytest
from django.urls import reverse

from rewardmodel.selectors.registry import find_champion
from rewardmodel.services.policies import policy_for


def test_every_version_stands_with_its_figures_and_names(as_max, project, versions):
    page = as_max.get(reverse("models", args=[project.slug])).content.decode()
    assert page.count("73.1\u00a0%") == 2
    assert '<span class="state champion">champion</span>' in page
    assert "Roll back to version 1" in page


def test_without_a_model_the_page_says_how_to_get_one(as_max, project):
    page = as_max.get(reverse("models", args=[project.slug])).content.decode()
    assert "No reward model yet" in page
    assert "Roll back" not in page


def test_promoting_makes_a_version_the_champion(as_max, project, versions):
    response = as_max.post(reverse("promote", args=[project.slug, 1]), follow=True)
    assert "Version 1 is the champion now" in response.content.decode()
    assert find_champion(project) == versions[0]


def test_rolling_back_returns_to_the_version_before(as_max, project, versions):
    as_max.post(reverse("rollback", args=[project.slug]))
    assert find_champion(project) == versions[0]


def test_rolling_back_without_a_version_before_is_refused_in_words(as_max, project):
    response = as_max.post(reverse("rollback", args=[project.slug]), follow=True)
    assert "no previous champion" in response.content.decode()


def test_only_managers_promote(as_ada, as_olga, project, versions):
    path = reverse("promote", args=[project.slug, 1])
    assert as_ada.post(path).status_code == 403
    assert as_olga.post(path).status_code == 404
    assert find_champion(project) == versions[1]


def test_an_unknown_version_is_not_found(as_max, project, versions):
    assert as_max.post(reverse("promote", args=[project.slug, 9])).status_code == 404


def test_the_overview_shows_managers_how_training_stands(as_max, as_ada, project, versions):
    path = reverse("project", args=[project.slug])
    page = as_max.get(path).content.decode()
    assert "version 2" in page
    assert "Retrain now" in page
    assert "Retrain now" not in as_ada.get(path).content.decode()


def test_during_a_run_the_overview_offers_to_watch_it(as_max, project, running):
    page = as_max.get(reverse("project", args=[project.slug])).content.decode()
    assert f"Watch run {running.pk}" in page
    assert "Retrain now" not in page


@pytest.mark.parametrize(("hours", "stored"), [("", None), ("24", 24)])
def test_the_retrain_policy_is_set_on_the_settings_page(as_max, project, hours, stored):
    form = {"every_n_rankings": 30, "every_hours": hours, "time_zone": "UTC"}
    response = as_max.post(reverse("retrain-policy", args=[project.slug]), form, follow=True)
    assert "Retraining settings saved." in response.content.decode()
    policy = policy_for(project)
    assert (policy.paused, policy.every_n_rankings, policy.every_hours) == (False, 30, stored)


def test_a_wrong_policy_is_refused_in_words(as_max, project):
    response = as_max.post(reverse("retrain-policy", args=[project.slug]), {"every_n_rankings": 0}, follow=True)
    assert "After so many new rankings" in response.content.decode()
    assert policy_for(project).every_n_rankings == 100
