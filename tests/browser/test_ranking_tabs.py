"""Two tabs of one person work on the same prompt as one."""

import pytest
from playwright.sync_api import expect

from labeling.models import Assignment, Membership, Ranking
from labeling.services.members import add_member
from labeling.services.projects import create_project
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


def test_a_prompt_that_comes_from_the_other_tab_is_shown_once(desk, second):
    """The first tab revises, its own prompt aside; the second submits that one, the first goes on to the third."""
    rank(desk, "badc")
    question(desk, 1)
    saved(desk, 1)
    question(second, 1)
    prefetched(desk), prefetched(second)
    desk.locator("[data-undo]").click()
    question(desk, 0)
    rank(second, "badc")
    saved(second, 2)
    prefetched(desk)
    desk.keyboard.press("Escape")
    question(desk, 2)
    prefetched(desk)
    rank(desk, "badc")
    expect(desk.get_by_role("heading", name="Nothing left to rank")).to_be_visible()
    saved(desk, 3)


def test_a_ranking_counts_in_the_tabs_of_its_project_alone(desk, live_server, ada, admin):
    other = create_project(creator=admin, slug="other", name="Other")
    add_member(project=other, user=ada, role=Membership.Role.ANNOTATOR)
    page = desk.context.new_page()
    page.goto(f"{live_server.url}/projects/other/rank/")
    prefetched(page), prefetched(desk)
    third = prefetched(open_ranking(desk.context.new_page(), live_server.url, ada))
    rank(desk, "badc")
    saved(desk, 1)
    saved(third, 1)
    expect(page.locator("[data-mine]")).to_have_text("0")
