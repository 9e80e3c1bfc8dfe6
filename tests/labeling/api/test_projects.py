"""Projects and their members over the API."""

import pytest

from labeling.models import Membership, Project
from labeling.services.projects import create_project
from tests.factories import api, make_prompts, rank

PROJECTS = "/api/v1/projects/"
SUPPORT = "/api/v1/projects/support/"
MEMBERS = "/api/v1/projects/support/members/"


def test_who_makes_a_project_manages_it(olga):
    made = api(olga).post(PROJECTS, {"slug": "new", "name": " New\u00a0", "guidelines": "# Be kind\r\n "})

    assert made.status_code == 201
    assert made.json() == {
        "slug": "new",
        "name": " New\u00a0",
        "guidelines": "# Be kind\r\n ",
        "guidelines_version": 1,
        "overlap": 1,
        "lease_minutes": 15,
        "allow_ties": True,
        "dimensions": ["coherence", "relevance", "creativity", "factual accuracy", "logical consistency"],
        "ask_ratings": False,
        "ask_confidence": False,
        "ask_rationale": False,
        "ask_flags": False,
        "allow_skip": True,
        "allow_better_response": False,
        "min_reading_seconds": 0,
        "practice": False,
        "show_agreement": False,
        "order_policy": "oldest",
        "cohort_quotas": {},
        "dispute_raters": 0,
        "dispute_percent": 60,
        "gold_percent": 0,
        "repeat_percent": 0,
        "qualification": False,
        "pass_percent": 80,
        "weigh_by_reliability": True,
        "split_salt": "podium",
        "created_at": made.json()["created_at"],
    }
    assert api(olga).get(f"{PROJECTS}new/").json() == made.json()
    assert api(olga).patch(f"{PROJECTS}new/", {"overlap": 3}).json()["overlap"] == 3


def test_every_field_can_be_given(max):
    given = {
        "slug": "new",
        "name": "New",
        "guidelines": "",
        "overlap": 5,
        "lease_minutes": 60,
        "allow_ties": False,
        "dimensions": [" wit ", "truth"],
        "ask_ratings": True,
        "ask_confidence": True,
        "ask_rationale": True,
        "ask_flags": True,
        "allow_skip": False,
        "allow_better_response": True,
        "min_reading_seconds": 600,
        "practice": True,
        "show_agreement": True,
        "order_policy": "informative",
        "cohort_quotas": {"de": 2, "level: expert": 1},
        "dispute_raters": 2,
        "dispute_percent": 75,
        "gold_percent": 10,
        "repeat_percent": 5,
        "qualification": True,
        "pass_percent": 90,
        "weigh_by_reliability": False,
        "split_salt": "mine",
    }

    answer = api(max).post(PROJECTS, given).json()

    assert {name: answer[name] for name in given} == given


def test_a_taken_slug_is_a_conflict(project, olga):
    answer = api(olga).post(PROJECTS, {"slug": "support", "name": "Mine"})

    assert (answer.status_code, answer.json()["type"]) == (409, "conflict")
    assert Project.objects.get().name == "Support"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "a b"}, "slug"),
        ({"slug": None}, "slug"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"name": ["x"]}, "name"),
        ({"name": "a\0b"}, "name"),
        ({"guidelines": "\ud800"}, "guidelines"),
        ({"overlap": 0}, "overlap"),
        ({"overlap": 51}, "overlap"),
        ({"overlap": 10**30}, "overlap"),
        ({"overlap": 1.5}, "overlap"),
        ({"lease_minutes": 4}, "lease_minutes"),
        ({"allow_ties": "maybe"}, "allow_ties"),
        ({"dimensions": "coherence"}, "dimensions"),
        ({"dimensions": ["a", ""]}, "dimensions.1"),
        ({"dimensions": ["a", "a"]}, ""),
        ({"order_policy": "best"}, "order_policy"),
        ({"gold_percent": 51}, "gold_percent"),
        ({"pass_percent": 0}, "pass_percent"),
        ({"cohort_quotas": []}, "cohort_quotas"),
        ({"cohort_quotas": {"de": 0}}, "cohort_quotas.de"),
        ({"cohort_quotas": {"de": "many"}}, "cohort_quotas.de"),
        ({"cohort_quotas": {"de": 2}}, "cohort_quotas"),
        ({"cohort_quotas": {" de": 1}}, "cohort_quotas"),
        ({"cohort_quotas": {"": 1}}, "cohort_quotas"),
        ({"cohort_quotas": {"a\0b": 1}}, "cohort_quotas"),
        ({"cohort_quotas": {"\ud800": 1}}, "cohort_quotas"),
        ({"cohort_quotas": {"x" * 61: 1}}, "cohort_quotas"),
    ],
)
def test_a_field_that_cannot_be_is_named_and_nothing_is_made(max, change, field):
    answer = api(max).post(PROJECTS, {"slug": "new", "name": "New", **change})

    assert answer.status_code == 400
    assert answer.json()["type"] == "invalid"
    if field:
        assert field in [error["field"] for error in answer.json()["errors"]]
    assert not Project.objects.exists()


def test_what_is_not_the_callers_to_set_is_ignored(project, ada, max):
    made = api(max).post(PROJECTS, {"slug": "new", "name": "New", "created_by": ada.pk, "guidelines_version": 9})

    assert made.status_code == 201
    assert Project.objects.get(slug="new").created_by == max
    assert made.json()["guidelines_version"] == 1


def test_a_slug_cannot_change(project, max):
    assert api(max).patch(SUPPORT, {"slug": "help"}).status_code == 400
    assert Project.objects.get().slug == "support"


def test_raising_the_overlap_opens_slots(project, ada, max):
    rank(ada, make_prompts(project, "p-1")[0], "r1 > r2 > r3")
    assert api(max).post(f"{SUPPORT}assignments/").status_code == 204

    assert api(max).patch(SUPPORT, {"overlap": 2}).status_code == 200

    assert api(max).post(f"{SUPPORT}assignments/").status_code == 200


def test_a_project_is_deleted_unless_it_holds_rankings(project, max, prompt):
    rank(max, prompt, "r1 > r2 > r3")
    answer = api(max).delete(SUPPORT)
    assert (answer.status_code, Project.objects.count()) == (409, 1)

    create_project(creator=max, slug="empty", name="Empty")
    assert api(max).delete(f"{PROJECTS}empty/").status_code == 204
    assert not Project.objects.filter(slug="empty").exists()


def test_lists_come_in_pages(project, admin, max):
    for number in range(4):
        create_project(creator=max, slug=f"p-{number}", name="P")

    first = api(max).get(f"{PROJECTS}?page_size=2").json()
    second = api(max).get(first["next"]).json()
    third = api(max).get(second["next"]).json()

    assert [set(page) for page in (first, second, third)] == [{"next", "previous", "results"}] * 3
    slugs = [item["slug"] for page in (first, second, third) for item in page["results"]]
    assert slugs == ["support", "p-0", "p-1", "p-2", "p-3"]
    assert (first["previous"], third["next"]) == (None, None)
    assert api(max).get(second["previous"]).json()["results"] == first["results"]


def test_members_are_added_changed_listed_and_removed(project, max, olga):
    added = api(max).post(MEMBERS, {"user": "olga", "role": "annotator", "cohort": ["de", " fr"]})
    assert added.status_code == 201
    assert added.json() == {"user": "olga", "role": "annotator", "cohort": ["de", " fr"], "admitted": False}
    assert api(olga).get(SUPPORT).status_code == 200

    changed = api(max).post(MEMBERS, {"user": "olga", "role": "manager"})
    assert changed.json() == {"user": "olga", "role": "manager", "cohort": [], "admitted": False}
    assert [item["user"] for item in api(olga).get(MEMBERS).json()["results"]] == ["ada", "max", "olga"]

    assert api(max).delete(MEMBERS, {"user": "olga"}).status_code == 204
    assert api(olga).get(SUPPORT).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user": "nobody", "role": "annotator"},
        {"user": "olga"},
        {"user": "olga", "role": "owner"},
        {"user": "olga", "role": "\ud800"},
        {"user": "\ud800", "role": "annotator"},
        {"user": "ol\0ga", "role": "annotator"},
        {"user": 4, "role": "annotator"},
        {"user": {"username": "olga"}, "role": "annotator"},
        {"user": "olga", "role": "annotator", "cohort": "de"},
        {"user": "olga", "role": "annotator", "cohort": ["x" * 61]},
    ],
)
def test_a_member_that_cannot_be_is_refused(project, max, olga, body):
    answer = api(max).post(MEMBERS, body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert Membership.objects.count() == 2


def test_a_member_is_let_in_past_the_entry_test_and_a_change_of_role_leaves_that(project, max, ada):
    given = {"user": "ada", "role": "annotator"}

    assert api(max).post(MEMBERS, {**given, "admitted": True}).json()["admitted"] is True
    assert api(max).post(MEMBERS, given).json()["admitted"] is True
    assert api(max).post(MEMBERS, {**given, "admitted": False}).json()["admitted"] is False
    assert api(max).post(MEMBERS, {**given, "admitted": "perhaps"}).status_code == 400


def test_who_is_no_member_cannot_be_removed(project, max, olga):
    assert api(max).delete(MEMBERS, {"user": "olga"}).status_code == 409
    assert api(max).delete(MEMBERS, {"user": "nobody"}).status_code == 400
    assert api(max).delete(MEMBERS).status_code == 400
    assert Membership.objects.count() == 2
