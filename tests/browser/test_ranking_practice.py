"""A practice round before real work: an order, how it compares, the next one."""

import pytest
from playwright.sync_api import expect

from labeling.models import PracticeAttempt, Ranking
from labeling.services.practice import mark_practice
from tests.browser.ranking import open_ranking, prefetched, question, rank, saved
from tests.factories import tiers_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def practising(page, live_server, ada, max, prompts, project):
    """Ada opens a project whose first two prompts are practice."""
    for prompt in project.prompts.filter(external_id__in=["p0", "p1"]).order_by("pk"):
        mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r1 > r2"), explanation="The first is *true*.", user=max)
    type(project).objects.update(practice=True)
    return prefetched(open_ranking(page, live_server.url, ada))


def test_an_order_is_answered_with_how_it_compares_and_enter_goes_on(practising):
    question(practising, 0)
    rank(practising, "badc")
    feedback = practising.locator("[data-feedback]")
    expect(feedback).to_contain_text("Your order")
    expect(feedback).to_contain_text("B > A > D > C")
    question(practising, 0)
    practising.wait_for_timeout(450)
    practising.keyboard.press("Enter")
    question(practising, 1)
    assert PracticeAttempt.objects.count() == 1


def test_a_double_enter_does_not_turn_the_page_before_it_is_read(practising):
    rank(practising, "badc")
    expect(practising.locator("[data-feedback]")).to_be_visible()
    practising.keyboard.press("Enter")
    expect(practising.locator("[data-feedback]")).to_be_visible()
    assert PracticeAttempt.objects.count() == 1


def test_after_the_round_real_work_begins_and_only_that_counts(practising):
    for number in range(2):
        question(practising, number)
        rank(practising, "badc")
        practising.locator("[data-feedback-next]").click()
    question(practising, 2)
    assert not Ranking.objects.exists()
    prefetched(practising)
    rank(practising, "badc")
    saved(practising, 1)


def test_without_a_connection_the_order_stays_and_can_be_submitted_again(practising):
    practising.context.set_offline(True)
    rank(practising, "badc")
    expect(practising.locator("[data-notice]")).to_contain_text("No answer from the server")
    practising.context.set_offline(False)
    practising.keyboard.press("Enter")
    expect(practising.locator("[data-feedback]")).to_be_visible()
