"""The page of a project's guidelines, version by version."""

import pytest
from django.urls import reverse

from labeling.services.projects import update_project


@pytest.fixture
def path(project) -> str:
    update_project(project=project, guidelines="Prefer the *short* answer.")
    return reverse("guidelines", args=[project.slug])


def test_the_version_in_force_comes_with_what_changed_in_it(as_ada, path):
    page = as_ada.get(path)
    text = page.content.decode()

    assert "<em>short</em>" in text
    assert "in force" in text
    assert page.context["change"].before == "Prefer the **true** answer."
    assert "What changed" in text
    assert "?version=1" in text


def test_an_older_version_can_be_read(as_ada, path):
    text = as_ada.get(path, {"version": "1"}).content.decode()

    assert "<strong>true</strong>" in text
    assert "in force" not in text
    assert "What changed" not in text


def test_only_managers_are_offered_to_change_them(as_ada, as_max, path):
    assert "Change them in the settings" in as_max.get(path).content.decode()
    assert "Change them in the settings" not in as_ada.get(path).content.decode()


@pytest.mark.parametrize("version", ["3", "0", "9" * 18])
def test_a_version_that_is_not_there_is_not_found(as_ada, path, version):
    assert as_ada.get(path, {"version": version}).status_code == 404
