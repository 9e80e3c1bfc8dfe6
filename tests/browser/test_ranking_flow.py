"""The next prompt is there before it is wanted, and keys fall where they were meant to."""

import re

import pytest
from playwright.sync_api import Route, expect

from labeling.models import Assignment, Ranking
from labeling.services.projects import update_project
from tests.browser.ranking import prefetched, question, rank, saved, sentence, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUBMISSION = re.compile("/ranking/$")
ENTER_THEN = """(keys) => {
    const down = (key) => new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true});
    const press = (key) => document.body.dispatchEvent(down(key));
    press("Enter");
    const shown = document.querySelector(".chat").textContent;
    [...keys].forEach(press);
    return shown;
}"""


def test_the_next_prompt_is_shown_before_the_server_has_answered(desk):
    prefetched(desk)
    desk.route(SUBMISSION, lambda route: None)
    type_letters(desk, "badc")
    assert "Question 1?" in desk.evaluate(ENTER_THEN, "")
    assert not Ranking.objects.exists()


def test_what_is_typed_right_after_enter_ranks_the_new_prompt(desk):
    prefetched(desk)
    type_letters(desk, "badc")
    desk.evaluate(ENTER_THEN, "ca")
    question(desk, 1)
    assert sentence(desk) == "C > A"
    saved(desk, 1)


def test_the_prompt_after_is_lent_only_once_the_ranking_has_arrived(desk):
    prefetched(desk)
    held, asked = [], []
    desk.route(SUBMISSION, lambda route: held.append(route))
    desk.on("request", lambda request: "/rank/next/" in request.url and asked.append(request.url))
    rank(desk, "badc")
    question(desk, 1)
    desk.wait_for_timeout(500)
    assert asked == []
    with desk.expect_response(re.compile("/rank/next/")):
        held[0].continue_()
    assert Assignment.objects.filter(status=Assignment.Status.OPEN).count() == 2


def test_the_header_counts_today_and_tells_ones_pace(desk):
    expect(desk.locator("[data-mine]")).to_have_text("0")
    expect(desk.locator("[data-pace]")).to_be_hidden()
    for number in range(3):
        question(desk, number)
        rank(desk, "badc")
        saved(desk, number + 1)
    expect(desk.locator("[data-pace]")).to_have_text(re.compile(r"^\d+ s each$"))
    assert desk.locator("[data-progress]").evaluate("(bar) => bar.value") == 3


def test_nothing_left_invites_to_what_can_be_done_next(desk):
    for number in range(3):
        question(desk, number)
        rank(desk, "badc")
        saved(desk, number + 1)
    expect(desk.get_by_role("heading", name="Nothing left to rank")).to_be_focused()
    for name in ("Other projects", "Look over my rankings", "To the project"):
        expect(desk.get_by_role("link", name=name)).to_be_visible()


def test_a_skip_says_why_and_goes_on(desk):
    prefetched(desk)
    desk.keyboard.press("-")
    desk.get_by_label("Needs knowledge I lack").check()
    desk.get_by_label("In your words").fill("tax law")
    desk.get_by_role("button", name="Skip it").click()
    question(desk, 1)
    skipped = Assignment.objects.get(status=Assignment.Status.SKIPPED)
    assert skipped.skip_reason == "needs knowledge I lack: tax law"


def test_something_else_needs_words(desk):
    desk.keyboard.press("-")
    desk.get_by_label("Something else").check()
    desk.get_by_role("button", name="Skip it").click()
    expect(desk.get_by_role("heading", name="Skip this prompt")).to_be_visible()
    desk.get_by_role("button", name="Go back").click()
    question(desk, 0)
    assert not Assignment.objects.filter(status=Assignment.Status.SKIPPED).exists()


def test_a_change_of_the_guidelines_is_announced_once(desk, project):
    update_project(project=project, guidelines="Prefer the **short** answer.")
    desk.reload()
    prefetched(desk)
    change = desk.locator("[data-guidelines-change]")
    expect(change).to_be_visible()
    with desk.expect_response(re.compile("/guidelines-seen/$")) as response:
        change.locator("[data-guidelines-seen]").click()
    assert response.value.status == 204
    expect(change).to_have_count(0)
    rank(desk, "badc")
    question(desk, 1)
    expect(change).to_have_count(0)
    desk.reload()
    question(desk, 1)
    expect(change).to_have_count(0)
    saved(desk, 1)
    assert Ranking.objects.get().guidelines_version == 2


def test_all_modules_are_asked_for_at_once(desk):
    announced = desk.evaluate("[...document.querySelectorAll('link[rel=modulepreload]')].map((link) => link.href)")
    loaded = desk.evaluate(
        "performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/js/rank/'))"
    )
    assert sorted(loaded) == sorted(announced)


def test_a_delivery_that_has_ended_already_is_not_waited_for(desk):
    rank(desk, "badc")
    saved(desk, 1)
    prefetched(desk)
    held: list[Route] = []
    desk.route(re.compile("/rank/next/"), lambda route: held.append(route))
    rank(desk, "badc")
    saved(desk, 2)
    desk.wait_for_timeout(600)
    rank(desk, "badc")
    saved(desk, 3)
    for route in held:
        route.continue_()
    desk.unroute(re.compile("/rank/next/"))
    expect(desk.locator("[data-finished]")).to_be_visible()
