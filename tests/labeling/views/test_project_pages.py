import pytest
from django.urls import reverse

from labeling.models import Assignment, Project
from tests.factories import rank


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
    assert "Not my" not in as_ada.get(path).content.decode()


def test_a_new_project_leads_to_its_import(as_olga):
    form = {
        "name": "Tea",
        "slug": "tea",
        "overlap": 2,
        "lease_minutes": 10,
        "allow_ties": "on",
    }
    response = as_olga.post(reverse("project-create"), form)
    assert response["Location"] == reverse("data", args=["tea"])
    tea = Project.objects.get(slug="tea")
    assert (tea.overlap, tea.allow_skip, tea.ask_ratings, tea.dimensions[0]) == (2, True, False, "coherence")
    assert as_olga.get(response["Location"]).status_code == 200


def test_a_slug_that_is_taken_is_refused_on_the_form(as_max, project):
    form = {"name": "Mine", "slug": project.slug, "overlap": 1, "lease_minutes": 15}
    response = as_max.post(reverse("project-create"), form)
    assert response.status_code == 422
    assert Project.objects.count() == 1


SETTINGS = {
    "name": "Bread",
    "guidelines": "",
    "overlap": 1,
    "lease_minutes": 15,
    "min_reading_seconds": 0,
    "order_policy": "oldest",
    "dispute_raters": 0,
    "dispute_percent": 60,
    "gold_percent": 0,
    "repeat_percent": 0,
    "pass_percent": 80,
}


def test_settings_change_the_project(as_max, project):
    form = {**SETTINGS, "guidelines": "Be warm.", "overlap": 3, "lease_minutes": 20, "dimensions": ""}
    response = as_max.post(reverse("settings", args=[project.slug]), form)
    assert response.status_code == 302
    project.refresh_from_db()
    assert (project.name, project.overlap, project.allow_ties, project.dimensions) == ("Bread", 3, False, [])
    assert project.guidelines_version == 2


def test_a_wrong_setting_is_named_and_nothing_is_stored(as_max, project):
    form = {**SETTINGS, "overlap": 0}
    response = as_max.post(reverse("settings", args=[project.slug]), form)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.content.decode()
    project.refresh_from_db()
    assert project.name == "Support"


def test_guidelines_are_kept_as_they_were_typed(as_max, project):
    form = {**SETTINGS, "guidelines": "  one\r\n\r\n  two "}
    as_max.post(reverse("settings", args=[project.slug]), form)
    project.refresh_from_db()
    assert project.guidelines == "  one\n\n  two "
    as_max.post(reverse("settings", args=[project.slug]), {**form, "name": "Buns"})
    project.refresh_from_db()
    assert (project.name, project.guidelines_version) == ("Buns", 2)


SWITCHES = [
    "allow_ties",
    "allow_skip",
    "allow_better_response",
    "ask_ratings",
    "ask_confidence",
    "ask_rationale",
    "ask_flags",
    "practice",
    "show_agreement",
    "qualification",
    "weigh_by_reliability",
]


@pytest.mark.parametrize("switch", SWITCHES)
def test_every_switch_turns_on_and_off(as_max, project, switch):
    path = reverse("settings", args=[project.slug])

    as_max.post(path, {**SETTINGS, "dimensions": "taste", switch: "on"})
    project.refresh_from_db()
    assert [name for name in SWITCHES if getattr(project, name)] == [switch]

    as_max.post(path, {**SETTINGS, "dimensions": "taste"})
    project.refresh_from_db()
    assert not getattr(project, switch)


def test_the_settings_hold_a_field_for_each_switch_in_its_group(as_max, project):
    page = as_max.get(reverse("settings", args=[project.slug])).content.decode()

    for group in ("The work", "Who ranks what", "The order", "Asked beside the order", "Care", "Quality"):
        assert f"<legend>{group}</legend>" in page
    for name in [*SETTINGS, *SWITCHES, "dimensions", "cohort_quotas"]:
        assert page.count(f'name="{name}"') == 1, name


def test_ratings_without_a_dimension_are_refused_beside_the_field(as_max, project):
    page = as_max.post(reverse("settings", args=[project.slug]), {**SETTINGS, "ask_ratings": "on", "dimensions": " "})

    assert page.status_code == 422
    assert page.context["form"].errors["dimensions"] == [
        "Ratings need at least one dimension; name one, or do not ask for ratings."
    ]
    project.refresh_from_db()
    assert project.name == "Support"


def test_who_ranks_what_is_set_in_words_and_numbers(as_max, project):
    path = reverse("settings", args=[project.slug])
    wanted = {
        "order_policy": "fewest",
        "dispute_raters": 2,
        "dispute_percent": 70,
        "gold_percent": 5,
        "repeat_percent": 4,
        "pass_percent": 90,
    }
    quotas = " de: 1\r\n\r\nlevel:expert： 2 \r\n"

    as_max.post(path, {**SETTINGS, **wanted, "overlap": 4, "cohort_quotas": quotas})

    project.refresh_from_db()
    assert {name: getattr(project, name) for name in wanted} == wanted
    assert project.cohort_quotas == {"de": 1, "level:expert": 2}
    assert as_max.get(path).context["form"].initial["cohort_quotas"].splitlines() == ["de: 1", "level:expert: 2"]


def test_each_line_that_is_no_quota_is_named(as_max, project):
    page = as_max.post(
        reverse("settings", args=[project.slug]),
        {**SETTINGS, "cohort_quotas": "de: 1\nexpert\nfr: <b>\nde: 2\n: 3\nnl: 99999"},
    )

    assert page.status_code == 422
    assert page.context["form"].errors["cohort_quotas"] == [
        "Line 2 should be a tag, a colon and a number, as in “expert: 1”; it is “expert”.",
        "Line 3 should be a tag, a colon and a number, as in “expert: 1”; it is “fr: <b>”.",
        "Line 4 names the tag “de” a second time.",
        "Line 5 should be a tag, a colon and a number, as in “expert: 1”; it is “: 3”.",
        "Line 6 should be a tag, a colon and a number, as in “expert: 1”; it is “nl: 99999”.",
    ]
    assert "fr: &lt;b&gt;" in page.content.decode()


@pytest.mark.parametrize(
    ("quotas", "said"),
    [("de: 2", "want 2 annotators a prompt and it gets 1"), ("de: 0", "from 1"), ("d\0e: 1", "Null")],
)
def test_quotas_that_cannot_be_are_refused_beside_the_field(as_max, project, quotas, said):
    page = as_max.post(reverse("settings", args=[project.slug]), {**SETTINGS, "cohort_quotas": quotas})

    assert page.status_code == 422
    assert said in page.context["form"].errors["cohort_quotas"][0]
    project.refresh_from_db()
    assert project.name == "Support"


def test_a_reading_time_has_a_ceiling(as_max, project):
    page = as_max.post(reverse("settings", args=[project.slug]), {**SETTINGS, "min_reading_seconds": 601})

    assert page.status_code == 422
    assert "min_reading_seconds" in page.context["form"].errors


def test_my_last_rankings_on_the_overview_can_be_revised(as_ada, project, ada, prompts):
    ranking = rank(ada, prompts[0], "r0 > r1 > r2")

    page = as_ada.get(reverse("project", args=[project.slug])).content.decode()

    assert f'{reverse("rank", args=[project.slug])}?revise={ranking.pk}"' in page
