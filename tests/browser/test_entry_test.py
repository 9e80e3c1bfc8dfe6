"""The practice round as an entry test: passed it leads to work, failed to an explanation and to a manager."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from labeling.models import Membership, Ranking
from labeling.services.exclusions import exclude_annotator
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from tests.browser.axe import violations
from tests.browser.ranking import open_ranking, prefetched, question, rank, saved
from tests.factories import tiers_of
from tests.pages import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def gold(prompts, project, max):
    """The first of three prompts is the entry test; it expects r1 above r2."""
    prompt = project.prompts.get(external_id="p0")
    gold = mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r1 > r2"), explanation="See rule 2.", user=max)
    update_project(project=project, qualification=True, pass_percent=80)
    return gold


def letter_of(page: Page, content: str) -> str:
    card = page.locator("[data-card]", has=page.get_by_text(content, exact=True))
    return (card.get_attribute("data-letter") or "").lower()


def answer(page: Page, *, rightly: bool) -> None:
    """Rank r1 above r2 or the other way round, the others below."""
    ours = [letter_of(page, "Reply 0"), letter_of(page, "Reply 1")]
    first = ours if rightly else ours[::-1]
    rank(page, "".join(first + [letter for letter in "abcd" if letter not in first]))
    # An order that happens to be the one on the screen is asked about.
    if page.locator("[data-do='confirm'], .bar button", has_text="Yes, it is my judgement").is_visible():
        page.keyboard.press("y")


def go_on(page: Page) -> None:
    page.locator("[data-feedback-next]").click()


def test_passed_it_leads_to_work(page, live_server, ada, gold):
    open_ranking(page, live_server.url, ada)
    expect(page.locator(".task .kind").first).to_contain_text("Entry test, 1 of 1")
    expect(page.locator(".task .kind").first).to_contain_text("80 %")

    answer(page, rightly=True)
    expect(page.locator("[data-feedback]")).to_contain_text("You have passed the entry test")
    expect(page.locator("[data-feedback]")).to_contain_text("100 % of the expected orders were met (1 of 1 pairs)")
    go_on(page)

    question(page, 1)
    prefetched(page)
    rank(page, "badc")
    saved(page, 1)


def test_failed_it_is_explained_and_a_manager_lets_in(page, browser: Browser, live_server, ada, max, gold, project):
    open_ranking(page, live_server.url, ada)
    answer(page, rightly=False)
    feedback = page.locator("[data-feedback]")
    expect(feedback).to_contain_text("The entry test was not passed")
    expect(feedback).to_contain_text("A manager can let you in")
    assert violations(page) == []
    go_on(page)

    finished = page.locator("[data-finished]")
    expect(finished).to_contain_text("There is no work for you here yet")
    expect(finished).to_contain_text("0 % of the expected orders were met, and 80 % are needed")
    assert violations(page) == []
    page.reload()
    expect(finished).to_contain_text("There is no work for you here yet")
    assert not Ranking.objects.exists()

    desk = browser.new_context().new_page()
    sign_in(desk, live_server.url, max)
    desk.goto(live_server.url + reverse("people", args=[project.slug]))
    expect(desk.locator("tr", has_text="ada")).to_contain_text("not passed, 0 %")
    desk.get_by_role("button", name="Let ada in").click()
    expect(desk.locator("tr", has_text="ada")).to_contain_text("let in by a manager")
    desk.context.close()
    assert Membership.objects.get(user=ada).admitted

    page.get_by_role("link", name="Look again").click()
    question(page, 1)
    prefetched(page)
    rank(page, "badc")
    saved(page, 1)


def test_who_is_set_aside_while_working_finishes_and_is_told(page, live_server, ada, max, prompts, project):
    prefetched(open_ranking(page, live_server.url, ada))
    exclude_annotator(project=project, annotator=ada, reason="Private.", manager=max)

    for number in range(2):
        question(page, number)
        rank(page, "badc")

    finished = page.locator("[data-finished]")
    expect(finished).to_contain_text("Your rankings here are set aside")
    expect(finished).to_contain_text("ask them why")
    expect(finished).not_to_contain_text("Private.")
    assert Ranking.objects.count() == 2
