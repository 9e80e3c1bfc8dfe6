"""For half a minute a submission can be taken back; it is stored all the while, and what follows supersedes it."""

import re

import pytest
from playwright.sync_api import expect

from labeling.models import Ranking
from tests.browser.ranking import eventually, letters, open_ranking, prefetched, question, rank, saved, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def submitted(desk):
    """Ada has submitted B > A > D > C and reads the second prompt."""
    prefetched(desk)
    rank(desk, "badc")
    question(desk, 1)
    saved(desk, 1)
    return desk


def undo(page):
    return page.locator("[data-undo]")


def test_it_is_stored_at_once_and_the_time_left_is_shown(submitted):
    assert Ranking.objects.count() == 1
    expect(submitted.locator("[data-toast]")).to_have_text("Saved B > A > D > C")
    expect(undo(submitted)).to_contain_text("s")
    submitted.wait_for_timeout(1100)
    assert int("".join(filter(str.isdigit, undo(submitted).text_content()))) < 30


def test_what_is_submitted_after_undo_supersedes_and_the_present_prompt_comes_back(submitted):
    type_letters(submitted, "ca")
    undo(submitted).click()
    question(submitted, 0)
    expect(submitted.locator("[data-sentence]")).to_have_text("B > A > D > C")
    submitted.keyboard.press("Backspace")
    rank(submitted, "=c")
    question(submitted, 1)
    expect(submitted.locator("[data-sentence]")).to_have_text("C > A")
    expect(submitted.locator("[data-toast]")).to_have_text("Saved B > A > D = C")
    old, new = Ranking.objects.order_by("pk")
    assert (letters(old), letters(new)) == ("B > A > D > C", "B > A > D = C")
    assert old.superseded_at
    assert new.supersedes == old
    expect(submitted.locator("[data-mine]")).to_have_text("1")


def test_ctrl_z_undoes_the_submission_when_nothing_else_is_left_to_undo(submitted):
    type_letters(submitted, "c")
    submitted.keyboard.press("Control+z")
    question(submitted, 1)
    submitted.keyboard.press("Control+z")
    question(submitted, 0)


def test_escape_leaves_it_as_it_was(submitted):
    type_letters(submitted, "ca")
    undo(submitted).click()
    question(submitted, 0)
    submitted.keyboard.press("Backspace")
    submitted.keyboard.press("Escape")
    question(submitted, 1)
    expect(submitted.locator("[data-sentence]")).to_have_text("C > A")
    expect(undo(submitted)).to_be_visible()
    assert letters(Ranking.objects.get()) == "B > A > D > C"


def test_a_revision_can_be_undone_as_well(submitted):
    for keys, order in (("=c", "B > A > D = C"), ("c", "B > A > D > C")):
        submitted.keyboard.press("Control+z")
        question(submitted, 0)
        submitted.keyboard.press("Backspace")
        rank(submitted, keys)
        question(submitted, 1)
        expect(submitted.locator("[data-toast]")).to_have_text(f"Saved {order}")
    assert [letters(ranking) for ranking in Ranking.objects.order_by("pk")] == [
        "B > A > D > C",
        "B > A > D = C",
        "B > A > D > C",
    ]
    assert Ranking.objects.current().count() == 1


def test_after_half_a_minute_it_is_over(desk, live_server, ada):
    desk.clock.install()
    desk.reload()
    prefetched(desk)
    rank(desk, "badc")
    expect(undo(desk)).to_be_visible()
    desk.clock.fast_forward("00:31")
    expect(undo(desk)).to_be_hidden()
    desk.keyboard.press("Control+z")
    question(desk, 1)


def test_without_a_connection_the_correction_follows_the_ranking(desk):
    prefetched(desk)
    desk.context.set_offline(True)
    rank(desk, "badc")
    question(desk, 1)
    undo(desk).click()
    question(desk, 0)
    desk.keyboard.press("Escape")
    undo(desk).click()
    desk.keyboard.press("Backspace")
    rank(desk, "=c")
    question(desk, 1)
    desk.context.set_offline(False)
    expect(desk.locator("[data-toast]")).to_have_text("Saved B > A > D = C")
    assert letters(Ranking.objects.current().get()) == "B > A > D = C"
    assert Ranking.objects.count() == 2


def test_the_last_ranking_can_be_undone_when_nothing_is_left(desk):
    for number in range(3):
        question(desk, number)
        rank(desk, "badc")
        saved(desk, number + 1)
    expect(desk.get_by_role("heading", name="Nothing left to rank")).to_be_visible()
    desk.keyboard.press("Control+z")
    question(desk, 2)
    desk.keyboard.press("Backspace")
    rank(desk, "=c")
    expect(desk.get_by_role("heading", name="Nothing left to rank")).to_be_visible()
    expect(desk.locator("[data-toast]")).to_have_text("Saved B > A > D = C")
    assert letters(Ranking.objects.current().order_by("pk").last()) == "B > A > D = C"


def test_a_better_response_that_was_written_survives_undo(desk, project):
    project.allow_better_response = True
    project.save()
    desk.reload()
    prefetched(desk)
    type_letters(desk, "badc")
    desk.keyboard.press("+")
    desk.keyboard.type("A response of my own")
    desk.keyboard.press("Escape")
    desk.keyboard.press("Enter")
    question(desk, 1)
    saved(desk, 1)
    undo(desk).click()
    desk.keyboard.press("Backspace")
    rank(desk, "=c")
    question(desk, 1)
    prefetched(desk)
    ranking = Ranking.objects.current().get()
    written = ranking.assignment.written_responses.offered().get()
    assert written.content == "A response of my own"
    assert ranking.tiers[0] == [written.key]


def test_an_older_ranking_is_revised_from_its_page(submitted, live_server, ada):
    ranking = Ranking.objects.get()
    submitted.goto(f"{live_server.url}/projects/support/rank/?revise={ranking.pk}")
    expect(submitted.locator("[data-sentence]")).to_have_text("B > A > D > C")
    submitted.keyboard.press("Backspace")
    rank(submitted, "=c")
    question(submitted, 1)
    assert letters(Ranking.objects.current().get()) == "B > A > D = C"
    assert submitted.url == f"{live_server.url}/projects/support/rank/"


def test_leaving_an_older_ranking_as_it_was_goes_back_where_one_came_from(submitted, live_server):
    ranking = Ranking.objects.get()
    submitted.goto(f"{live_server.url}/me/")
    submitted.evaluate(f"location.assign('/projects/support/rank/?revise={ranking.pk}')")
    expect(submitted.locator("[data-sentence]")).to_have_text("B > A > D > C")
    submitted.keyboard.press("Escape")
    submitted.wait_for_url(f"{live_server.url}/me/")
    assert Ranking.objects.count() == 1


def held(page, pattern):
    """From now on requests to such an address wait in the list that comes back."""
    requests = []
    page.route(pattern, lambda route: requests.append(route))
    return requests


def test_undo_while_the_next_prompt_is_still_coming_brings_nothing_back_as_new_work(page, live_server, ada, prompts):
    coming = held(page, re.compile(r"/rank/next/\?after="))
    desk = open_ranking(page, live_server.url, ada)
    rank(desk, "badc")
    saved(desk, 1)
    undo(desk).click()
    expect(desk.locator("[data-when-revising]").first).to_be_visible()
    for route in coming:
        route.abort()
    desk.unroute_all()
    desk.keyboard.press("Escape")
    question(desk, 1)
    assert letters(Ranking.objects.get()) == "B > A > D > C"


def test_a_prompt_skipped_while_the_one_before_is_revised_does_not_come_back(submitted):
    prefetched(submitted)
    skips = held(submitted, re.compile("/skip/$"))
    submitted.keyboard.press("-")
    submitted.get_by_label("Not my language").check()
    submitted.get_by_role("button", name="Skip it").click()
    undo(submitted).click()
    question(submitted, 0)
    eventually(submitted, lambda: skips)
    with submitted.expect_response(re.compile("/skip/$")):
        skips[0].continue_()
    question(submitted, 0)
    submitted.keyboard.press("Backspace")
    rank(submitted, "=c")
    question(submitted, 2)
    expect(submitted.locator("[data-toast]")).to_have_text("Saved B > A > D = C")


def test_a_correction_of_what_another_tab_has_delivered_revises_it(desk, live_server, ada):
    prefetched(desk)
    desk.route(re.compile("/ranking/$"), lambda route: route.abort())
    rank(desk, "badc")
    question(desk, 1)
    expect(desk.locator("[data-waiting]")).to_be_visible()
    undo(desk).click()
    question(desk, 0)
    saved(open_ranking(desk.context.new_page(), live_server.url, ada), 1)
    expect(desk.locator("[data-waiting]")).to_be_hidden()
    desk.unroute_all()
    desk.keyboard.press("Backspace")
    rank(desk, "=c")
    expect(desk.locator("[data-toast]")).to_have_text("Saved B > A > D = C")
    old, new = Ranking.objects.order_by("pk")
    assert new.supersedes == old


def test_a_correction_that_waits_follows_what_another_tab_delivers(desk, live_server, ada):
    prefetched(desk)
    desk.route(re.compile("/ranking/$"), lambda route: route.abort())
    rank(desk, "badc")
    question(desk, 1)
    other = desk.context.new_page()
    other.route(re.compile("/revise/$"), lambda route: route.abort())
    undo(desk).click()
    question(desk, 0)
    desk.keyboard.press("Backspace")
    rank(desk, "=c")
    question(desk, 1)
    open_ranking(other, live_server.url, ada)
    # Three deliveries have to pass between two pages, each tried again after some seconds.
    expect(desk.locator("[data-toast]")).to_have_text("Saved B > A > D = C", timeout=20_000)
    old, new = Ranking.objects.order_by("pk")
    assert new.supersedes == old
