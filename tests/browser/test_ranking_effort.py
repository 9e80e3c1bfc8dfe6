"""Honest data: an order as shown is meant, the prompt was in view long enough, and how it came about is stored."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from labeling.models import Assignment, Project, Ranking
from tests.browser.ranking import open_ranking, prefetched, question, rank, saved, sentence, submit, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


TWO_ENTERS = """for (let press = 0; press < 2; press += 1) {
  const enter = { key: "Enter", code: "Enter", bubbles: true, cancelable: true };
  document.body.dispatchEvent(new KeyboardEvent("keydown", enter));
}"""


@pytest.fixture
def timed(page: Page, live_server, ada, project, prompts) -> Callable[..., Page]:
    """Opens the ranking page with a clock that the test turns; fields of the project can be given."""

    def open_(**fields: int) -> Page:
        Project.objects.update(**fields)
        page.clock.install()
        return open_ranking(page, live_server.url, ada)

    return open_


def test_an_order_exactly_as_shown_is_asked_for_in_words(desk):
    rank(desk, "abcd")
    notice = desk.locator("[data-notice]")
    expect(notice).to_contain_text("exactly the order in which they were shown: A > B > C > D")
    desk.keyboard.press("Enter")
    expect(notice).to_be_visible()
    assert not Ranking.objects.exists()
    desk.keyboard.press("y")
    saved(desk, 1)
    assert Ranking.objects.get().as_shown_confirmed


def test_the_question_goes_with_a_change_and_comes_again(desk):
    rank(desk, "abcd")
    desk.keyboard.press("Backspace")
    expect(desk.locator("[data-notice]")).to_be_hidden()
    assert type_letters(desk, "yd") == "A > B > C > D"
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name="Yes, it is my judgement").click()
    saved(desk, 1)


@pytest.mark.parametrize("keys", ["bacd", "abc=d"])
def test_any_other_order_is_not_asked_for(desk, keys):
    rank(desk, keys)
    saved(desk, 1)
    assert not Ranking.objects.get().as_shown_confirmed


def test_escape_leaves_the_question_and_not_the_order(desk):
    rank(desk, "abcd")
    desk.keyboard.press("Escape")
    expect(desk.locator("[data-notice]")).to_be_hidden()
    assert sentence(desk) == "A > B > C > D"


def test_a_second_enter_at_once_submits_no_draft_of_the_next_prompt(desk):
    prefetched(desk)
    ahead = Assignment.objects.order_by("pk")[1]
    ahead.draft = {"tiers": [[key] for key in reversed(ahead.display_order)]}
    ahead.save()
    desk.reload()
    prefetched(desk)
    type_letters(desk, "bacd")
    desk.evaluate(TWO_ENTERS)
    question(desk, 1)
    assert sentence(desk) == "D > C > B > A"
    desk.wait_for_timeout(500)
    saved(desk, 1)


def test_time_to_read_slows_the_button_alone_and_says_so(timed):
    desk = timed(min_reading_seconds=20)
    expect(desk.get_by_role("button", name="Read first")).to_be_disabled()
    assert type_letters(desk, "bacd") == "B > A > C > D"
    desk.clock.run_for(5000)
    expect(desk.get_by_role("button", name="Read first: 15 s")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-announce]")).to_contain_text("You can submit in 15 seconds")
    assert not Ranking.objects.exists()
    desk.clock.run_for(16_000)
    expect(submit(desk)).to_be_enabled()
    desk.keyboard.press("Enter")
    saved(desk, 1)


def test_time_to_read_goes_on_after_a_reload(timed):
    desk = timed(min_reading_seconds=20)
    desk.clock.run_for(12_000)
    type_letters(desk, "b")
    desk.reload()
    expect(desk.get_by_role("button", name="Read first: 8 s")).to_be_visible()


def test_how_a_ranking_came_about_is_stored(timed):
    desk = timed()
    desk.clock.run_for(12_000)
    type_letters(desk, "ba")
    desk.keyboard.press("Backspace")
    desk.clock.run_for(100_000)
    desk.locator('.card[data-letter="A"] .prose').click()
    type_letters(desk, "cd")
    desk.keyboard.press("Enter")
    saved(desk, 1)
    ranking = Ranking.objects.get()
    assert ranking.seconds == pytest.approx(112, abs=3)
    assert ranking.active_seconds == pytest.approx(42, abs=3)
    assert ranking.first_touch_seconds == pytest.approx(12, abs=2)
    assert ranking.moves == 6
    assert set(ranking.input_methods) == {"keyboard", "mouse"}


def test_effort_goes_on_after_a_reload(timed):
    desk = timed()
    desk.clock.run_for(10_000)
    type_letters(desk, "ba")
    desk.reload()
    expect(desk.locator("[data-reason]")).to_have_text("C, D still to rank")
    desk.clock.run_for(10_000)
    type_letters(desk, "cd")
    desk.keyboard.press("Enter")
    saved(desk, 1)
    ranking = Ranking.objects.get()
    assert ranking.seconds == pytest.approx(20, abs=3)
    assert ranking.first_touch_seconds == pytest.approx(10, abs=2)
    assert ranking.moves == 4
