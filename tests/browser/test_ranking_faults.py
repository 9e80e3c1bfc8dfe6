"""Nothing is lost on the ranking page and nothing is stored twice, whatever breaks."""

import re

import pytest
from playwright.sync_api import expect

from labeling.models import Assignment, Ranking
from tests.browser.ranking import open_ranking, sentence, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_reload_brings_the_draft_back(desk):
    type_letters(desk, "ba=c")
    desk.locator("[data-rationale]").fill("Because of B")
    desk.keyboard.press("Escape")
    desk.reload()
    expect(desk.locator("[data-reason]")).to_have_text("D still to rank")
    assert sentence(desk) == "B > A = C"
    expect(desk.locator("[data-rationale]")).to_have_value("Because of B")


def test_the_draft_is_on_the_server_too(desk):
    with desk.expect_response(re.compile("/draft/$")) as response:
        type_letters(desk, "ba")
    assert response.value.ok
    desk.evaluate("localStorage.clear()")
    desk.goto(desk.url)
    expect(desk.locator("[data-reason]")).to_have_text("C, D still to rank")
    assert sentence(desk) == "B > A"


def test_a_lost_connection_loses_nothing_and_makes_one_ranking(desk):
    type_letters(desk, "abcd")
    desk.context.set_offline(True)
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-notice]")).to_contain_text("Your ranking is kept here")
    desk.context.set_offline(False)
    expect(desk.locator("[data-mine]")).to_have_text("1")
    assert Ranking.objects.count() == 1


def test_an_answer_that_is_lost_is_not_a_second_ranking(desk):
    lost = []

    def lose(route):
        route.fetch()
        lost.append(route.request.headers["idempotency-key"])
        route.abort()

    desk.route(re.compile("/ranking/$"), lose, times=1)
    type_letters(desk, "abcd")
    desk.keyboard.press("Enter")
    with desk.expect_request(re.compile("/ranking/$")) as again:
        pass
    assert [again.value.headers["idempotency-key"]] == lost
    expect(desk.locator("[data-mine]")).to_have_text("1")
    assert Ranking.objects.count() == 1


def test_two_presses_of_enter_make_one_ranking(desk):
    type_letters(desk, "abcd")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-mine]")).to_have_text("1")
    assert Ranking.objects.count() == 1


def test_an_ended_session_keeps_the_ranking_until_one_is_back(desk, live_server, ada):
    type_letters(desk, "abcd")
    desk.context.clear_cookies()
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-notice]")).to_contain_text("You are signed out")
    expect(desk.get_by_role("link", name="Sign in")).to_have_attribute(
        "href", "/accounts/login/?next=/projects/support/rank/"
    )
    open_ranking(desk, live_server.url, ada)
    expect(desk.locator("[data-mine]")).to_have_text("1")
    assert Ranking.objects.count() == 1


def test_a_prompt_finished_in_another_tab_is_explained(desk):
    type_letters(desk, "abcd")
    Assignment.objects.update(status=Assignment.Status.SKIPPED, slot=None)
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-notice]")).to_contain_text("Not saved")
    desk.get_by_role("button", name="Next prompt").click()
    expect(desk.locator("[data-notice]")).to_be_hidden()
    assert not Ranking.objects.exists()
