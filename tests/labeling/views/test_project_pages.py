from django.urls import reverse

from labeling.models import Assignment, Project


def test_home_lists_my_projects_and_no_others(as_ada, as_olga, project):
    assert "Support" in as_ada.get(reverse("home")).content.decode()
    assert "Support" not in as_olga.get(reverse("home")).content.decode()


def test_an_empty_project_says_what_comes_next(as_ada, as_max, project):
    path = reverse("project", args=[project.slug])
    assert "Import prompts" in as_max.get(path).content.decode()
    assert "Import prompts" not in as_ada.get(path).content.decode()


def test_the_overview_shows_progress_and_guidelines(as_ada, project, prompts):
    page = as_ada.get(reverse("project", args=[project.slug])).content.decode()
    assert "0 of 3" in page
    assert "<strong>true</strong>" in page


def test_managers_read_why_prompts_were_skipped(as_ada, as_max, project, prompts):
    as_ada.get(reverse("rank", args=[project.slug]))
    Assignment.objects.update(status=Assignment.Status.SKIPPED, slot=None, skip_reason="Not my <b>language</b>")
    path = reverse("project", args=[project.slug])
    assert "Not my &lt;b&gt;language&lt;/b&gt;" in as_max.get(path).content.decode()
    assert "language" not in as_ada.get(path).content.decode()


def test_a_new_project_leads_to_its_import(as_olga):
    form = {
        "name": "Tea",
        "slug": "tea",
        "overlap": 2,
        "lease_minutes": 10,
        "dimensions": "taste\n\n warmth ",
        "allow_ties": "on",
    }
    response = as_olga.post(reverse("project-create"), form)
    assert response["Location"] == reverse("data", args=["tea"])
    assert Project.objects.get(slug="tea").dimensions == ["taste", "warmth"]
    assert as_olga.get(response["Location"]).status_code == 200


def test_a_slug_that_is_taken_is_refused_on_the_form(as_max, project):
    form = {"name": "Mine", "slug": project.slug, "overlap": 1, "lease_minutes": 15}
    response = as_max.post(reverse("project-create"), form)
    assert response.status_code == 422
    assert Project.objects.count() == 1


def test_settings_change_the_project(as_max, project):
    form = {"name": "Bread", "guidelines": "Be warm.", "overlap": 3, "lease_minutes": 20, "dimensions": ""}
    response = as_max.post(reverse("settings", args=[project.slug]), form)
    assert response.status_code == 302
    project.refresh_from_db()
    assert (project.name, project.overlap, project.allow_ties, project.dimensions) == ("Bread", 3, False, [])
    assert project.guidelines_version == 2


def test_a_wrong_setting_is_named_and_nothing_is_stored(as_max, project):
    form = {"name": "Bread", "overlap": 0, "lease_minutes": 20}
    response = as_max.post(reverse("settings", args=[project.slug]), form)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    project.refresh_from_db()
    assert project.name == "Support"


def test_guidelines_are_kept_as_they_were_typed(as_max, project):
    form = {"name": "Bread", "guidelines": "  one\r\n\r\n  two ", "overlap": 1, "lease_minutes": 15}
    as_max.post(reverse("settings", args=[project.slug]), form)
    project.refresh_from_db()
    assert project.guidelines == "  one\n\n  two "
    as_max.post(reverse("settings", args=[project.slug]), {**form, "name": "Buns"})
    project.refresh_from_db()
    assert (project.name, project.guidelines_version) == ("Buns", 2)
