"""Which key means what, on every layout, and where keys rest."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from labeling.models import Project, Ranking
from tests.browser.ranking import open_ranking, rank, saved, sentence, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press(page: Page, key: str, code: str, **state: Any) -> None:
    """A press as another keyboard sends it, which Playwright's own keyboard cannot."""
    page.evaluate(
        """init => (document.activeElement ?? document.body).dispatchEvent(
             new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }))""",
        {"key": key, "code": code, **state},
    )


def test_keys_in_a_text_field_are_only_text(page, live_server, ada, project, prompts):
    Project.objects.update(ask_rationale=True)
    desk = open_ranking(page, live_server.url, ada)
    desk.keyboard.press("/")
    desk.keyboard.type("abcd = bad 0?")
    desk.keyboard.press("Enter")
    assert sentence(desk) == ""
    desk.keyboard.press("Escape")
    rank(desk, "bacd")
    saved(desk, 1)
    assert Ranking.objects.get().rationale == "abcd = bad 0?\n"


def test_shortcuts_of_the_browser_do_not_rank(desk):
    desk.keyboard.press("Control+b")
    desk.keyboard.press("Alt+a")
    desk.keyboard.press("Meta+c")
    assert sentence(desk) == ""


def test_a_cyrillic_layout_ranks_by_where_its_keys_lie(desk):
    for key, code in (("и", "KeyB"), ("ф", "KeyA"), ("=", "Equal"), ("в", "KeyD"), ("С", "KeyC")):
        press(desk, key, code)
    assert sentence(desk) == "B > A = D > C"
    press(desk, "я", "KeyZ", ctrlKey=True)
    assert sentence(desk) == "B > A = D"


def test_an_azerty_layout_ranks_by_what_its_keys_say(desk):
    press(desk, "a", "KeyQ")
    press(desk, "b", "KeyB")
    press(desk, "q", "KeyA")
    assert sentence(desk) == "A > B"


def test_a_sign_made_with_altgr_means_what_it_says(desk):
    type_letters(desk, "ba")
    press(desk, "|", "IntlBackslash", ctrlKey=True, altKey=True, modifierAltGraph=True)
    assert sentence(desk) == "B > A |"
    press(desk, "c", "KeyC", ctrlKey=True, altKey=True, modifierAltGraph=True)
    press(desk, "ä", "Quote")
    assert sentence(desk) == "B > A |"


def test_full_width_letters_and_signs_are_the_same_ones(desk):
    for key, code in (("ｂ", "KeyB"), ("ａ", "KeyA"), ("＝", "Equal"), ("ｄ", "KeyD")):
        press(desk, key, code)
    assert sentence(desk) == "B > A = D"


def test_a_word_being_composed_ranks_nothing(desk):
    press(desk, "b", "KeyB", isComposing=True)
    press(desk, "Process", "KeyB", keyCode=229)
    assert sentence(desk) == ""


def test_a_held_key_counts_once(desk):
    type_letters(desk, "bac")
    press(desk, "Backspace", "Backspace")
    for _ in range(5):
        press(desk, "Backspace", "Backspace", repeat=True)
    assert sentence(desk) == "B > A"


def test_capital_letters_of_a_caps_lock_rank_and_draw_no_line(desk):
    press(desk, "B", "KeyB")
    press(desk, "A", "KeyA")
    assert sentence(desk) == "B > A"
    press(desk, "c", "KeyC", shiftKey=True)
    assert sentence(desk) == "B > A > C |"


def test_enter_presses_the_button_that_has_the_focus(desk):
    type_letters(desk, "ba")
    desk.locator('[data-do="tie"]').focus()
    desk.keyboard.press("Enter")
    assert type_letters(desk, "d") == "B > A = D"
    desk.locator('.card[data-letter="C"] [data-place]').focus()
    desk.keyboard.press("Enter")
    assert sentence(desk) == "B > A = D > C"


def test_the_last_enter_submits_from_a_cards_button_too(desk):
    for letter in "BACD":
        desk.locator(f'.card[data-letter="{letter}"] [data-place]').focus()
        desk.keyboard.press("Enter")
    desk.keyboard.press("Enter")
    saved(desk, 1)
    assert Ranking.objects.get().input_methods == ["keyboard"]


def test_an_open_sheet_has_the_keys(desk):
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_be_visible()
    type_letters(desk, "ba=")
    desk.keyboard.press("Escape")
    assert type_letters(desk, "c") == "C"


def test_what_the_project_does_not_ask_has_no_key(desk):
    for key in (".", ",", "!", "/", "+"):
        desk.keyboard.press(key)
    assert type_letters(desk, "ba") == "B > A"
