"""A prompt is held for whoever is at work on it, and for nobody else."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.ranking import open_ranking, prefetched

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEARTBEAT = re.compile("/heartbeat/$")


@pytest.fixture
def clocked(page, live_server, ada, prompts):
    """A ranking page whose clock the test turns; its heartbeats are in `page.beats`."""
    page.clock.install()
    page.beats = []
    page.on("request", lambda request: HEARTBEAT.search(request.url) and page.beats.append(request.url))
    return prefetched(open_ranking(page, live_server.url, ada))


def test_a_lease_is_renewed_while_somebody_is_active(clocked):
    clocked.clock.fast_forward("06:00")
    with clocked.expect_response(HEARTBEAT) as response:
        clocked.mouse.move(200, 200)
    assert response.value.ok


def test_an_idle_tab_holds_no_prompt(clocked):
    for _ in range(6):
        clocked.clock.fast_forward("02:00")
    assert clocked.beats == []


def test_the_last_minutes_count_down_in_the_open_and_activity_ends_them(clocked):
    lease = clocked.locator("[data-lease]")
    expect(lease).to_be_hidden()
    clocked.clock.fast_forward("13:00")
    expect(lease).to_have_text(re.compile(r"This prompt is yours for [12]:\d\d more"))
    with clocked.expect_response(HEARTBEAT):
        clocked.mouse.move(200, 200)
    clocked.clock.run_for(1500)
    expect(lease).to_be_hidden()


def test_a_break_is_proposed_after_fifty_minutes_and_can_be_switched_off(clocked):
    notice = clocked.locator("[data-notice-name=pause]")
    for minute in range(13):
        expect(notice).to_have_count(0)
        clocked.mouse.move(200, 200 + minute)
        clocked.clock.fast_forward("04:00")
    clocked.mouse.move(300, 300)
    clocked.clock.run_for(20_000)
    expect(notice).to_contain_text("You have worked for")
    notice.get_by_role("button", name="No more reminders").click()
    expect(notice).to_have_count(0)


def test_a_break_that_was_taken_is_not_proposed(clocked):
    for minute in range(20):
        clocked.mouse.move(200, 200 + minute)
        clocked.clock.fast_forward("06:00")
    expect(clocked.locator("[data-notice-name=pause]")).to_have_count(0)
