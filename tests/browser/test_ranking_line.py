"""The line of what may be shown to a user: drawn, moved, and stored as the responses above it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from labeling.models import Project, Ranking
from labeling.services.practice import mark_practice
from tests.browser.ranking import open_ranking, rank, saved, sentence, type_letters
from tests.factories import tiers_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def shown(ranking: Ranking) -> str | None:
    """The letters that may be shown, in the order of the page."""
    if ranking.acceptable is None:
        return None
    letters = zip(ranking.display_order, "ABCD", strict=True)
    return "".join(letter for key, letter in letters if key in ranking.acceptable)


def type_keys(page: Page, keys: str) -> str:
    """Letters as they are typed: a capital one with Shift."""
    for key in keys:
        page.keyboard.press(f"Shift+{key}" if key.isupper() else key)
    return sentence(page)


@pytest.mark.parametrize(
    ("keys", "drawn", "stored"),
    [
        ("bacd", "B > A > C > D", None),
        ("ba|cd", "B > A | > C > D", "AB"),
        ("bA=cd", "B > A = C | > D", "ABC"),
        ("bacd|", "B > A > C > D |", "ABCD"),
        ("bacd0", "| B > A > C > D", ""),
        ("0bacd", "| B > A > C > D", ""),
        ("bacd00", "B > A > C > D", None),
        ("bAcd|", "B > A > C > D |", "ABCD"),
        ("ba||cd", "B > A > C > D", None),
    ],
)
def test_a_line_stores_what_stands_above_it(desk, keys, drawn, stored):
    assert type_keys(desk, keys) == drawn
    desk.keyboard.press("Enter")
    saved(desk, 1)
    assert shown(Ranking.objects.get()) == stored


def test_a_letter_with_shift_draws_below_a_ranked_one_and_then_above(desk):
    type_letters(desk, "bacd")
    assert type_keys(desk, "A") == "B > A | > C > D"
    assert type_keys(desk, "A") == "B | > A > C > D"
    assert type_keys(desk, "A") == "B > A | > C > D"


def test_a_cards_own_button_takes_it_over_the_line(desk):
    type_letters(desk, "bac")
    expect(mark(desk, "D")).to_be_hidden()
    mark(desk, "A").click()
    assert sentence(desk) == "B > A | > C"
    expect(mark(desk, "B")).to_have_attribute("aria-pressed", "true")
    mark(desk, "B").click()
    assert sentence(desk) == "| B > A > C"
    expect(desk.locator("[data-announce]")).to_have_text("None may be shown to a user.")


def test_the_line_is_a_step_that_can_be_taken_back(desk):
    type_letters(desk, "ba|0")
    desk.keyboard.press("Backspace")
    assert sentence(desk) == "B > A |"
    desk.keyboard.press("Backspace")
    assert sentence(desk) == "B > A"


def test_a_line_is_kept_through_a_reload(desk, live_server, ada):
    type_letters(desk, "ba|c")
    desk.reload()
    expect(desk.locator("[data-reason]")).to_have_text("D still to rank")
    assert sentence(desk) == "B > A | > C"


def test_the_line_is_drawn_by_a_tap(phone):
    for letter in "BA":
        phone.locator(f'.card[data-letter="{letter}"] .prose').tap()
    phone.get_by_role("button", name="OK line").tap()
    assert sentence(phone) == "B > A |"


def mark(page: Page, letter: str) -> Locator:
    return page.locator(f'.card[data-letter="{letter}"] [data-acceptable]')


def test_what_was_marked_aside_from_the_order_is_asked_anew(page, live_server, ada, project, prompts):
    desk = open_ranking(page, live_server.url, ada)
    rank(desk, "bacd")
    saved(desk, 1)
    ranking = Ranking.objects.get()
    Ranking.objects.update(acceptable=[ranking.display_order[3]])
    desk.goto(f"{live_server.url}/projects/support/rank/?revise={ranking.pk}")
    expect(desk.locator("[data-notice]")).to_contain_text("did not follow the order")
    assert sentence(desk) == "B > A > C > D"


def test_practice_asks_for_the_order_alone(page, live_server, ada, max, project, prompts):
    prompt = project.prompts.order_by("pk")[0]
    mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r1 > r2"), explanation="", user=max)
    Project.objects.update(practice=True)
    desk = open_ranking(page, live_server.url, ada)
    expect(desk.get_by_text("Practice 1 of 1")).to_be_visible()
    assert type_keys(desk, "ba|0") == "B > A"
    expect(desk.get_by_role("button", name="OK")).to_have_count(0)
