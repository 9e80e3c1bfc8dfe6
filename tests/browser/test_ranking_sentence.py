"""The order as a row of chips: dragged by mouse and by touch, moved by arrow keys, announced."""

import pytest
from playwright.sync_api import Locator, Page, expect

from labeling.models import Ranking
from tests.browser.ranking import rank, saved, sentence, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def chip(page: Page, letter: str) -> Locator:
    return page.locator("[data-order]").get_by_text(letter, exact=True)


def point(chip: Locator, share: float = 0.5, down: float = 0.5) -> tuple[float, float]:
    """Where in the window that part of a chip lies; 0 is its left or upper end."""
    box = chip.bounding_box()
    assert box is not None
    return box["x"] + share * box["width"], box["y"] + down * box["height"]


def drag(page: Page, letter: str, to: tuple[float, float]) -> None:
    page.mouse.move(*point(chip(page, letter)))
    page.mouse.down()
    page.mouse.move(*to, steps=4)
    page.mouse.up()


def swipe(page: Page, letter: str, to: tuple[float, float]) -> None:
    """The same with a finger, as the screen of a phone reports it."""
    session = page.context.new_cdp_session(page)
    x, y = point(chip(page, letter))
    for kind, points in (("touchStart", [(x, y)]), ("touchMove", [((x + to[0]) / 2, y), to]), ("touchEnd", [])):
        for at in points or [None]:
            session.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]}] if at else []}
            )


def said(page: Page) -> Locator:
    return page.locator("[data-announce]")


def test_a_chip_on_another_ties_and_between_two_has_a_place_of_its_own(desk):
    type_letters(desk, "badc")
    drag(desk, "C", point(chip(desk, "B")))
    assert sentence(desk) == "B = C > A > D"
    drag(desk, "D", point(chip(desk, "A"), -0.2))
    assert sentence(desk) == "B = C > D > A"
    drag(desk, "A", point(chip(desk, "B"), -0.3))
    assert sentence(desk) == "A > B = C > D"
    drag(desk, "D", point(chip(desk, "C"), -0.2))
    assert sentence(desk) == "A > B = C = D"


def test_a_chip_dragged_off_the_row_is_out(desk):
    type_letters(desk, "badc")
    drag(desk, "A", point(chip(desk, "B"), down=-4))
    assert sentence(desk) == "B > D > C"
    expect(said(desk)).to_have_text("A is out of the order.")


def test_a_missing_letter_is_dragged_to_its_place_and_pressed_to_come_last(desk):
    type_letters(desk, "ba")
    drag(desk, "D", point(chip(desk, "A"), -0.2))
    assert sentence(desk) == "B > D > A"
    # A drag that leads nowhere is no press either.
    drag(desk, "C", point(chip(desk, "C"), down=-4))
    assert sentence(desk) == "B > D > A"
    chip(desk, "C").click()
    assert sentence(desk) == "B > D > A > C"


def test_a_drag_says_where_the_chip_would_go_and_escape_leaves_it(desk):
    type_letters(desk, "badc")
    desk.mouse.move(*point(chip(desk, "C")))
    desk.mouse.down()
    desk.mouse.move(*point(chip(desk, "A")), steps=3)
    expect(desk.locator("[data-reason]")).to_have_text("C tied with A")
    desk.mouse.move(*point(chip(desk, "A"), down=-4), steps=3)
    expect(desk.locator("[data-reason]")).to_have_text("Takes C out")
    desk.keyboard.press("Escape")
    desk.mouse.up()
    assert sentence(desk) == "B > A > D > C"
    expect(desk.locator("[data-reason]")).to_have_text("All are ranked: Enter submits")


def test_a_press_on_a_ranked_chip_goes_to_its_card(desk):
    type_letters(desk, "badc")
    chip(desk, "D").click()
    expect(desk.locator('.card[data-letter="D"]')).to_be_focused()
    assert sentence(desk) == "B > A > D > C"


def test_a_finger_drags_as_a_mouse_does(phone):
    type_letters(phone, "badc")
    swipe(phone, "C", point(chip(phone, "B")))
    assert sentence(phone) == "B = C > A > D"
    swipe(phone, "D", point(chip(phone, "A"), -0.2))
    assert sentence(phone) == "B = C > D > A"
    swipe(phone, "D", point(chip(phone, "D"), down=-4))
    assert sentence(phone) == "B = C > A"


def test_the_line_is_dragged_too(desk):
    type_letters(desk, "ba|dc")
    drag(desk, "|", point(chip(desk, "C"), 0.9))
    assert sentence(desk) == "B > A > D > C |"
    drag(desk, "|", point(chip(desk, "B"), 0.9))
    assert sentence(desk) == "B | > A > D > C"
    drag(desk, "|", point(chip(desk, "B"), down=-4))
    assert sentence(desk) == "B > A > D > C"


def test_arrow_keys_move_a_chip_through_ties_and_places(desk):
    type_letters(desk, "badc")
    chip(desk, "D").focus()
    orders = []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight"):
        desk.keyboard.press(key)
        orders.append(sentence(desk))
    assert orders == ["B > A = D > C", "B > D > A > C", "B = D > A > C", "B > D > A > C"]
    expect(chip(desk, "D")).to_be_focused()
    desk.keyboard.press("Delete")
    assert sentence(desk) == "B > A > C"


def test_a_chip_moved_over_the_line_changes_sides_and_that_is_said(desk):
    type_letters(desk, "ba|dc")
    chip(desk, "D").focus()
    desk.keyboard.press("ArrowLeft")
    assert sentence(desk) == "B > A > D | > C"
    expect(said(desk)).to_have_text("B, A, and D may be shown to a user.")
    chip(desk, "|").focus()
    desk.keyboard.press("ArrowLeft")
    assert sentence(desk) == "B > A | > D > C"


def test_the_row_is_one_stop_for_the_tab_key(desk):
    type_letters(desk, "badc")
    chip(desk, "B").focus()
    desk.keyboard.press("ArrowDown")
    expect(chip(desk, "A")).to_be_focused()
    desk.keyboard.press("Tab")
    expect(desk.locator('[data-do="tie"]')).to_be_focused()
    desk.keyboard.press("Shift+Tab")
    expect(chip(desk, "A")).to_be_focused()


def test_enter_on_a_chip_submits_what_its_arrows_have_finished(desk):
    type_letters(desk, "abcd")
    chip(desk, "A").focus()
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Enter")
    saved(desk, 1)
    assert len(Ranking.objects.get().tiers) == 3


def test_each_step_is_announced(desk):
    type_letters(desk, "ca=")
    expect(said(desk)).to_have_text("The next one ties with the one before.")
    type_letters(desk, "b")
    expect(said(desk)).to_have_text("B is now second, tied with A.")
    type_letters(desk, "d")
    expect(said(desk)).to_have_text("D is now third. All are ranked.")
    chip(desk, "A").focus()
    desk.keyboard.press("ArrowLeft")
    desk.keyboard.press("ArrowLeft")
    expect(said(desk)).to_have_text("A is now first, tied with C. All are ranked.")
    expect(desk.get_by_role("group", name="Your order: C tied with A, then B, then D")).to_be_visible()
    rank(desk, "")
    saved(desk, 1)
