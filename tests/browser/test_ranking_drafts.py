"""What has been typed and not yet submitted outlives reloads, crashes and devices."""

import re
import time

import pytest
from playwright.sync_api import expect

from labeling.models import Assignment, Ranking
from tests.browser.ranking import open_ranking, prefetched, question, rank, sentence, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DRAFT = re.compile("/draft/$")


def test_a_reload_brings_the_draft_back(desk):
    type_letters(desk, "ba=c")
    desk.reload()
    expect(desk.locator("[data-sentence]")).to_have_text("B > A = C")
    assert not Ranking.objects.exists()


def test_a_crash_before_the_server_has_heard_loses_nothing(desk, live_server, ada):
    desk.context.set_offline(True)
    type_letters(desk, "ba=c")
    context = desk.context
    desk.close()
    context.set_offline(False)
    assert sentence(open_ranking(context.new_page(), live_server.url, ada)) == "B > A = C"


def test_the_draft_is_on_the_server_and_says_so(desk):
    with desk.expect_response(DRAFT) as response:
        type_letters(desk, "ba")
    assert response.value.ok
    expect(desk.locator("[data-kept]")).to_have_text(re.compile(r"^Draft saved \d\d:\d\d"))


def test_another_device_goes_on_where_this_one_stopped(desk, browser, live_server, ada):
    with desk.expect_response(DRAFT):
        type_letters(desk, "ba")
    with browser.new_context() as context:
        assert sentence(open_ranking(context.new_page(), live_server.url, ada)) == "B > A"


@pytest.mark.parametrize(("age_ms", "expected"), [(-60_000, "C > D"), (60_000, "B > A")])
def test_the_newer_draft_wins(desk, age_ms, expected):
    with desk.expect_response(DRAFT):
        type_letters(desk, "ba")
    assignment = Assignment.objects.order_by("pk")[0]
    _, _, c, d = assignment.display_order
    assignment.draft = {"tiers": [[c], [d]], "saved_at": time.time() * 1000 - age_ms}
    assignment.save(update_fields=["draft"])
    desk.reload()
    expect(desk.locator("[data-sentence]")).to_have_text(expected)


def test_without_the_server_the_draft_is_kept_here_and_says_so(desk):
    prefetched(desk)
    desk.context.set_offline(True)
    type_letters(desk, "ba")
    expect(desk.locator("[data-kept]")).to_contain_text("Draft kept in this browser")


def test_a_submitted_prompt_leaves_no_draft_behind(desk):
    prefetched(desk)
    rank(desk, "badc")
    question(desk, 1)
    expect(desk.locator("[data-mine]")).to_have_text("1")
    assert desk.evaluate("Object.keys(localStorage).filter((key) => /:(draft|outbox):/.test(key))") == []
