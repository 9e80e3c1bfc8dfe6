"""Feedback on an attempt, and the managers' page of practice prompts."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from labeling.models import GoldOrder, PracticeAttempt
from labeling.selectors.practice import practice_responses
from labeling.services.members import admit_member
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from tests.factories import rank, tiers_of


@pytest.fixture
def golds(project, max, prompts) -> list[GoldOrder]:
    """Two practice prompts that expect r0 > r1, and r2 anywhere."""
    update_project(project=project, practice=True)
    return [
        mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r0 > r1"), explanation="See **rule 2**.", user=max)
        for prompt in prompts[:2]
    ]


def post(client: Client, gold: GoldOrder, body: object):
    path = reverse("rank-practice", args=[gold.prompt.project.slug, gold.pk])
    return client.post(path, body if isinstance(body, bytes) else json.dumps(body), content_type="application/json")


def attempt(client: Client, gold: GoldOrder, order: str):
    return post(client, gold, {"tiers": tiers_of(gold.prompt, order)})


def letters(gold: GoldOrder, user) -> dict[str, str]:
    shown = practice_responses(gold, user)
    return {response.external_id: letter for response, letter in zip(shown, "ABC", strict=True)}


def test_feedback_says_in_words_which_pair_differs_and_why(as_ada, ada, golds):
    named = letters(golds[0], ada)

    page = attempt(as_ada, golds[0], "r1 > r2 > r0").content.decode()

    assert "data-feedback" in page
    assert "0 of 1 pair as expected" in page
    assert f"You placed {named['r1']} above {named['r0']}; expected is {named['r0']} above {named['r1']}." in page
    assert "1 response may stand anywhere" in page
    assert "<strong>rule 2</strong>" in page
    assert "Next practice prompt" in page
    assert "<html" not in page


def test_feedback_names_a_tie_where_an_order_was_expected(as_ada, ada, golds):
    named = letters(golds[0], ada)

    page = attempt(as_ada, golds[0], "r0 = r1 = r2").content.decode()

    assert f"You tied {named['r0']} with {named['r1']}; expected is {named['r0']} above {named['r1']}." in page


def test_the_explanation_names_responses_by_the_letters_of_the_reader(as_ada, as_max, ada, max, golds):
    explanation = "@A is short, @B is not; @Z, me@Example.org and @Bread stay."
    GoldOrder.objects.update(explanation=explanation)

    for client, user in ((as_ada, ada), (as_max, max)):
        named = letters(golds[0], user)
        page = attempt(client, golds[0], "r0 > r1 > r2").content.decode()
        assert f"{named['r0']} is short, {named['r1']} is not; @Z, me@Example.org and @Bread stay." in page


def test_the_round_ends_with_a_summary(as_ada, golds):
    first = attempt(as_ada, golds[0], "r0 > r1 > r2").content.decode()
    last = attempt(as_ada, golds[1], "r1 > r0 > r2").content.decode()

    assert "All as expected" in first
    assert "Practice is over" not in first
    assert "On 2 prompts, 1 of 2 pairs were as expected." in last
    assert "Start ranking" in last


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", [], {"tiers": "A"}, {"tiers": [["r-0"]]}, {"tiers": []}, None])
def test_what_is_no_order_is_refused_in_words(as_ada, golds, body):
    answer = post(as_ada, golds[0], body)

    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not PracticeAttempt.objects.exists()


def test_practice_is_for_members(as_olga, as_ada, golds):
    assert attempt(as_olga, golds[0], "r0 > r1 > r2").status_code == 404
    path = reverse("rank-practice", args=["support", golds[1].pk + 1])
    assert as_ada.post(path, b"{}", content_type="application/json").status_code == 404
    assert not PracticeAttempt.objects.exists()


def test_an_attempt_from_another_site_is_refused(ada, golds):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")

    assert attempt(client, golds[0], "r0 > r1 > r2").status_code == 403
    assert not PracticeAttempt.objects.exists()


def test_a_manager_sees_the_responses_under_letters_in_the_order_of_the_import(as_max, project, prompts):
    page = as_max.get(reverse("practice", args=[project.slug]), {"prompt": "p0"})

    assert [card["content"] for card in page.context["cards"]] == ["Reply 0", "Reply 1", "Reply 2"]
    assert "Question 0?" in page.content.decode()


def test_a_manager_writes_the_expected_order_in_letters(as_max, project, prompts):
    path = reverse("practice", args=[project.slug])

    saved = as_max.post(f"{path}?prompt=p0", {"order": "b > a = c", "explanation": "  One\r\nTwo"})

    gold = GoldOrder.objects.get()
    assert saved.status_code == 302
    assert gold.tiers == tiers_of(prompts[0], "r1 > r0 = r2")
    assert (gold.explanation, gold.created_by.username) == ("  One\nTwo", "max")
    assert "B &gt; A = C" in as_max.get(path).content.decode()
    changing = as_max.get(path, {"prompt": "p0"})
    assert changing.context["form"].initial == {
        "order": "B > A = C",
        "explanation": "  One\nTwo",
        "in_round": False,
    }


@pytest.mark.parametrize("order", ["", "A > X", "A = B", "A > A"])
def test_an_order_that_cannot_be_is_refused_beside_the_field(as_max, project, prompts, order):
    page = as_max.post(reverse("practice", args=[project.slug]) + "?prompt=p0", {"order": order})

    assert page.status_code == 422
    assert page.context["form"].errors["order"]
    assert not GoldOrder.objects.exists()


def test_a_ranked_prompt_is_refused_with_the_reason(as_max, project, ada, prompts):
    rank(ada, prompts[0], "r0 > r1 > r2")

    page = as_max.post(reverse("practice", args=[project.slug]) + "?prompt=p0", {"order": "A > B"})

    assert page.status_code == 422
    assert "has been ranked" in page.content.decode()


@pytest.mark.parametrize("prompt", ["nowhere", "\0", "<b>"])
def test_a_prompt_that_is_not_there_is_named(as_max, project, prompt):
    page = as_max.get(reverse("practice", args=[project.slug]), {"prompt": prompt})

    assert page.status_code == 404
    assert "This project has no prompt" in page.content.decode()
    assert "<b>." not in page.content.decode()


def test_removed_it_is_work_again(as_max, as_ada, project, golds):
    path = reverse("practice-remove", args=[project.slug, golds[0].pk])
    assert as_ada.post(path).status_code == 403
    assert as_max.get(path).status_code == 405

    assert as_max.post(path).status_code == 302

    assert list(GoldOrder.objects.all()) == [golds[1]]
    golds[0].prompt.refresh_from_db()
    assert golds[0].prompt.slots == 1


def test_the_page_says_how_people_did(as_ada, as_max, project, golds):
    attempt(as_ada, golds[0], "r0 > r1 > r2")
    attempt(as_max, golds[0], "r1 > r0 > r2")

    page = as_max.get(reverse("practice", args=[project.slug])).content.decode()

    assert "attempted by 2 people, 50 % of pairs as expected" in page
    assert "not attempted yet" in page


def test_as_an_entry_test_the_round_ends_with_its_mark_and_what_follows(as_ada, as_max, project, ada, golds):
    update_project(project=project, qualification=True, pass_percent=80)

    first = attempt(as_ada, golds[0], "r0 > r1 > r2").content.decode()
    last = attempt(as_ada, golds[1], "r1 > r0 > r2").content.decode()

    assert "Entry test, 1 of 2" in first
    assert "Next prompt of the test" in first
    assert "The entry test was not passed" in last
    assert "50 % of the expected orders were met (1 of 2 pairs), and 80 % are needed." in last
    assert "A manager can let you in" in last
    assert "Start ranking" not in last
    # Only first attempts count.
    assert "The entry test was not passed" in attempt(as_ada, golds[1], "r0 > r1 > r2").content.decode()

    admit_member(project=project, user=ada, admitted=True)
    again = attempt(as_ada, golds[1], "r0 > r1 > r2").content.decode()
    assert "You may work here all the same" in again
    assert "Start ranking" in again


def test_a_passed_entry_test_says_so(as_ada, project, golds):
    update_project(project=project, qualification=True, pass_percent=100)

    attempt(as_ada, golds[0], "r0 > r1 > r2")
    last = attempt(as_ada, golds[1], "r0 > r1 > r2").content.decode()

    assert "You have passed the entry test" in last
    assert "Start ranking" in last


def test_the_page_says_what_else_the_prompts_are_for(as_max, project, golds):
    path = reverse("practice", args=[project.slug])
    assert "can be an entry test" in as_max.get(path).content.decode()

    update_project(project=project, qualification=True, pass_percent=70, gold_percent=5)
    page = as_max.get(path).content.decode()
    assert "who meets less than 70 % of the expected orders" in page
    assert "Hidden checks are 5 % of the work" in page
