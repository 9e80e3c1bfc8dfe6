"""Comparing two responses on the ranking page, by key, by hand and by ear."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.ranking import sentence, type_letters
from tests.browser.reading import card, read

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

REPLIES = ["The cat sat on the mat. Bye.", "The cat lay on the mat. Bye.", "Something else. Bye."]
TITLE = re.compile("Differences between")


@pytest.fixture
def cats(page, live_server, ada, project) -> Page:
    return read(page, live_server, ada, project, REPLIES)


def title(page: Page):
    return page.get_by_role("heading", name=TITLE)


def letter(page: Page, words: str) -> str:
    return card(page, words).get_attribute("data-letter") or ""


def choose(page: Page, side: str, letter: str) -> None:
    """Choose a response for one side and wait until it is there."""
    with page.expect_response(re.compile("/rank/compare/")):
        page.get_by_label(side).select_option(letter)
    expect(page.locator("[data-comparison]")).not_to_have_attribute("aria-busy", "true")


def test_a_key_opens_the_first_pair_and_then_the_next(cats):
    for pair in ("A and B", "A and C", "B and C", "A and B"):
        cats.keyboard.press("#")
        expect(title(cats)).to_have_text(f"Differences between {pair}")
        expect(title(cats)).to_be_focused()


def test_the_words_that_differ_are_marked(cats):
    cats.keyboard.press("#")
    choose(cats, "Left response", letter(cats, "cat sat"))
    choose(cats, "Right response", letter(cats, "cat lay"))
    expect(cats.locator("[data-difference] del")).to_have_text(re.compile("sat"))
    expect(cats.locator("[data-difference] ins")).to_have_text(re.compile("lay"))
    assert cats.locator("[data-difference] del").evaluate("mark => getComputedStyle(mark).textDecorationLine") != "none"


def test_choosing_a_side_keeps_the_focus_there(cats):
    cats.keyboard.press("#")
    expect(title(cats)).to_be_visible()
    cats.get_by_label("Right response").focus()
    choose(cats, "Right response", "C")
    expect(title(cats)).to_have_text("Differences between A and C")
    expect(cats.get_by_label("Right response")).to_be_focused()


def test_escape_closes_it_and_leaves_the_order(cats):
    type_letters(cats, "ba")
    card(cats, "Something else").focus()
    cats.keyboard.press("#")
    expect(title(cats)).to_be_visible()
    cats.keyboard.press("Escape")
    expect(title(cats)).to_be_hidden()
    assert sentence(cats) == "B > A"
    expect(card(cats, "Something else")).to_be_focused()


def test_letters_go_on_ranking_beside_it(cats):
    cats.keyboard.press("#")
    expect(title(cats)).to_be_visible()
    assert type_letters(cats, "cab") == "C > A > B"


def test_the_button_opens_and_closes_it(cats):
    button = cats.get_by_role("button", name="Compare")
    button.click()
    expect(title(cats)).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    cats.get_by_role("button", name="Next pair").click()
    expect(title(cats)).to_have_text("Differences between A and C")
    cats.get_by_role("button", name="Close").click()
    expect(title(cats)).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_a_comparison_that_cannot_be_loaded_says_so(cats):
    cats.route("**/rank/compare/**", lambda route: route.abort())
    # The page may hear of the route later than a key.
    cats.wait_for_function("fetch('/projects/support/rank/compare/').then(() => false, () => true)")
    cats.keyboard.press("#")
    expect(cats.get_by_text("could not be loaded")).to_be_visible()
    cats.unroute("**/rank/compare/**")
    cats.keyboard.press("#")
    expect(title(cats)).to_be_visible()


def test_it_is_gone_with_its_prompt(desk):
    desk.keyboard.press("#")
    expect(title(desk)).to_be_visible()
    type_letters(desk, "bacd")
    desk.keyboard.press("Enter")
    expect(desk.locator(".chat")).to_contain_text("Question 1?")
    expect(title(desk)).to_be_hidden()
    desk.keyboard.press("#")
    expect(title(desk)).to_be_visible()


def test_it_has_no_accessibility_violations(cats):
    cats.keyboard.press("'")
    cats.keyboard.press("#")
    expect(title(cats)).to_be_visible()
    assert violations(cats) == []
