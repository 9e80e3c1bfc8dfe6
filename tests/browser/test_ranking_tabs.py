"""Two tabs of one person work on the same prompt as one."""

import pytest
from playwright.sync_api import expect

from labeling.models import Assignment, Ranking
from tests.browser.ranking import open_ranking, prefetched, question, rank, saved, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DEAF = "window.BroadcastChannel = class extends EventTarget { postMessage() {} }"
ENTER_SOON = """setTimeout(() => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
}, 300)"""
WITHOUT_CHANNELS = "delete window.BroadcastChannel"


@pytest.fixture
def second(desk, live_server, ada):
    """Another tab beside `desk`, at rest."""
    page = open_ranking(desk.context.new_page(), live_server.url, ada)
    prefetched(desk)
    prefetched(page).wait_for_timeout(1100)
    return page


def test_what_is_typed_in_one_shows_in_the_other(desk, second):
    type_letters(desk, "ba=c")
    expect(second.locator("[data-sentence]")).to_have_text("B > A = C")


def test_a_submission_in_one_moves_the_other_on_and_says_why(desk, second):
    rank(desk, "badc")
    question(second, 1)
    expect(second.locator("[data-toast]")).to_have_text("You submitted that prompt in another tab")
    question(desk, 1)
    saved(desk, 1)
    expect(second.locator("[data-mine]")).to_have_text("1")


def test_a_skip_in_one_moves_the_other_on_and_says_why(desk, second):
    desk.keyboard.press("-")
    desk.get_by_label("Not my language").check()
    desk.get_by_role("button", name="Skip it").click()
    question(second, 1)
    expect(second.locator("[data-toast]")).to_have_text("You skipped that prompt in another tab")


def test_both_at_the_same_instant_make_one_ranking(desk, live_server, ada):
    second = desk.context.new_page()
    second.add_init_script(DEAF)
    open_ranking(second, live_server.url, ada)
    type_letters(desk, "badc")
    type_letters(second, "cabd")
    prefetched(desk), prefetched(second)
    for page in (desk, second):
        page.evaluate(ENTER_SOON)
    question(desk, 1)
    question(second, 1)
    desk.locator("[data-notice-name=refused]").or_(desk.locator("[data-mine]", has_text="1")).first.wait_for()
    prefetched(desk), prefetched(second)
    assert Ranking.objects.count() == 1
    assert Assignment.objects.filter(status=Assignment.Status.SUBMITTED).count() == 1


def test_a_browser_without_channels_hears_by_its_storage(desk, live_server, ada):
    pages = [desk, desk.context.new_page()]
    for page in pages:
        page.add_init_script(WITHOUT_CHANNELS)
        prefetched(open_ranking(page, live_server.url, ada))
    pages[0].wait_for_timeout(1100)
    type_letters(pages[1], "ba")
    expect(pages[0].locator("[data-sentence]")).to_have_text("B > A")
