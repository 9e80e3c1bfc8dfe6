"""Setting rankings aside and taking them back in over the API, and the table of annotators."""

import pytest

from labeling.models import Exclusion
from labeling.selectors.people import pseudonyms
from labeling.selectors.rankings import counting_rankings
from labeling.services.members import remove_member
from labeling.services.projects import update_project
from tests.factories import api, make_prompts, rank

EXCLUSIONS = "/api/v1/projects/support/exclusions/"
ANNOTATORS = "/api/v1/projects/support/annotators/"


@pytest.fixture
def ranked(project, ada, max):
    """Ada has ranked three prompts, Max one of them in the reverse order."""
    update_project(project=project, overlap=2)
    prompts = make_prompts(project, "p-1", "p-2", "p-3")
    for prompt in prompts:
        rank(ada, prompt, "r1 > r2 > r3")
    rank(max, prompts[0], "r3 > r2 > r1")
    return prompts


def test_an_exclusion_is_made_listed_and_lifted(project, ada, max, ranked):
    made = api(max).post(EXCLUSIONS, {"user": "ada", "reason": " Too fast.\n", "reopen": True})

    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "user": "ada",
        "annotator": pseudonyms([ada.pk])[ada.pk],
        "reason": " Too fast.\n",
        "reopened": True,
        "created_by": "max",
        "created_at": made.json()["created_at"],
        "lifted_by": None,
        "lifted_at": None,
        "lifted_reason": "",
    }
    assert counting_rankings(project).count() == 1
    assert api(max).get(EXCLUSIONS).json()["results"] == [made.json()]

    lifted = api(max).post(f"/api/v1/exclusions/{made.json()['id']}/lift/", {"reason": "Explained."})

    assert lifted.status_code == 200
    assert (lifted.json()["lifted_by"], lifted.json()["lifted_reason"]) == ("max", "Explained.")
    assert counting_rankings(project).count() == 4
    assert api(max).get(EXCLUSIONS).json()["results"] == [lifted.json()]


def test_a_second_exclusion_and_a_second_lifting_are_conflicts(project, max, ranked):
    made = api(max).post(EXCLUSIONS, {"user": "ada", "reason": "Too fast."}).json()
    again = api(max).post(EXCLUSIONS, {"user": "ada", "reason": "Too fast."})
    assert (again.status_code, again.json()["type"]) == (409, "conflict")

    lift = f"/api/v1/exclusions/{made['id']}/lift/"
    assert api(max).post(lift, {"reason": "Explained."}).status_code == 200
    assert api(max).post(lift, {"reason": "Explained."}).status_code == 409
    assert Exclusion.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"user": "ada"},
        {"user": "ada", "reason": " "},
        {"user": "ada", "reason": "x" * 2001},
        {"user": "ada", "reason": "a\0b"},
        {"user": "olga", "reason": "She was never here."},
        {"user": "nobody", "reason": "?"},
        {"user": "ada", "reason": "?", "reopen": "often"},
    ],
)
def test_an_exclusion_that_cannot_be_is_refused(project, max, olga, ranked, body):
    answer = api(max).post(EXCLUSIONS, body)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not Exclusion.objects.exists()


def test_who_was_set_aside_is_told_so_when_they_ask_for_work(project, ada, max, prompt):
    api(max).post(EXCLUSIONS, {"user": "ada", "reason": "Private."})

    answer = api(ada).post("/api/v1/projects/support/assignments/", {})

    assert (answer.status_code, answer.json()["type"]) == (409, "set-aside")
    assert "Private" not in answer.json()["detail"]


def test_the_table_of_annotators_names_both_names_and_the_figures(project, ada, max, ranked):
    listed = api(max).get(ANNOTATORS).json()["results"]

    assert [person["user"] for person in listed] == ["ada", "max"]
    described = listed[0]
    assert described["annotator"] == pseudonyms([ada.pk])[ada.pk]
    assert (described["rankings"], described["state"], described["member"]) == (3, "", True)
    # r1 > r2 > r3 against its reverse: none of the three pairs.
    assert (described["agreement"]["share"], described["agreement"]["pairs"]) == (0.0, 3)
    assert (described["gold"], described["repeats"], described["weight"], described["signals"]) == (
        None,
        None,
        None,
        [],
    )


def test_who_has_left_or_is_set_aside_stays_in_the_table(project, ada, max, ranked):
    remove_member(project=project, user=ada)
    states = {person["user"]: person["state"] for person in api(max).get(ANNOTATORS).json()["results"]}
    assert states == {"ada": "left", "max": ""}

    api(max).post(EXCLUSIONS, {"user": "ada", "reason": "Gone."})
    described = api(max).get(ANNOTATORS).json()["results"][0]
    assert (described["state"], described["rankings"], described["set_aside"]) == ("excluded", 0, 3)


def test_the_table_comes_in_pages(project, max, ranked):
    first = api(max).get(f"{ANNOTATORS}?page_size=1").json()
    second = api(max).get(first["next"]).json()

    assert [page["results"][0]["user"] for page in (first, second)] == ["ada", "max"]
    assert second["next"] is None
