"""Ranking by keys, by mouse and by touch in a real Chromium."""

import pytest
from playwright.sync_api import expect

from labeling.models import Assignment, Ranking
from tests.browser.ranking import letters, open_ranking, question, rank, saved, sentence, submit, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_letters_rank_and_an_equals_sign_ties(desk):
    assert type_letters(desk, "ba=dc") == "B > A = D > C"
    desk.keyboard.press("Enter")
    saved(desk, 1)
    a, b, c, d = Assignment.objects.order_by("pk")[0].display_order
    ranking = Ranking.objects.get()
    assert ranking.tiers == [[b], [a, d], [c]]
    assert ranking.acceptable is None
    assert ranking.seconds is not None


@pytest.mark.parametrize(("keys", "ties"), [("dcba", 0), ("ba=dc", 1), ("b=a=dc", 2), ("c=a=d=b", 3)])
def test_four_responses_take_as_many_keys_as_there_are_responses_and_ties_and_one(desk, keys, ties):
    desk.evaluate("window.pressed = 0; addEventListener('keydown', () => { window.pressed += 1 }, true)")
    rank(desk, keys)
    question(desk, 1)
    assert desk.evaluate("window.pressed") == 4 + ties + 1
    saved(desk, 1)


def test_the_next_prompt_follows_until_none_is_left(desk):
    for number in range(3):
        question(desk, number)
        rank(desk, "bacd")
        saved(desk, number + 1)
    expect(desk.get_by_role("heading", name="Nothing left to rank")).to_be_visible()


def test_a_partial_order_cannot_be_submitted_and_the_reason_is_said(desk):
    expect(submit(desk)).to_be_disabled()
    type_letters(desk, "ba")
    expect(submit(desk)).to_be_disabled()
    expect(desk.locator("[data-reason]")).to_have_text("C, D still to rank")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-announce]")).to_have_text("C, D still to rank")
    desk.locator("[data-announce]").evaluate("element => { element.textContent = '' }")
    submit(desk).click(force=True)
    expect(desk.locator("[data-announce]")).to_have_text("C, D still to rank")
    assert not Ranking.objects.exists()


def test_backspace_takes_back_and_escape_clears(desk):
    type_letters(desk, "ba=")
    desk.keyboard.press("Backspace")
    assert type_letters(desk, "d") == "B > A > D"
    desk.keyboard.press("Backspace")
    desk.keyboard.press("Backspace")
    assert sentence(desk) == "B"
    desk.keyboard.press("Escape")
    assert sentence(desk) == ""


def test_what_was_taken_back_is_done_again(desk):
    type_letters(desk, "ba=dc")
    desk.keyboard.press("Escape")
    desk.keyboard.press("Control+z")
    assert sentence(desk) == "B > A = D > C"
    for _ in range(2):
        desk.keyboard.press("Control+z")
    assert sentence(desk) == "B > A = ·"
    desk.keyboard.press("Control+Shift+Z")
    desk.keyboard.press("Control+y")
    assert sentence(desk) == "B > A = D > C"
    desk.get_by_role("button", name="Undo").click()
    assert sentence(desk) == "B > A = D"
    desk.get_by_role("button", name="Redo").click()
    assert sentence(desk) == "B > A = D > C"


def test_a_sign_after_the_last_one_ties_it_too(desk):
    assert type_letters(desk, "badc=") == "B > A > D = C"
    assert type_letters(desk, ">") == "B > A > D > C"


def test_digits_place_the_focused_card(desk):
    for letter, digit in (("C", "2"), ("A", "1"), ("B", "2"), ("D", "3")):
        desk.locator(f'.card[data-letter="{letter}"]').focus()
        desk.keyboard.press(digit)
    assert sentence(desk) == "A > C = B > D"


def test_clicks_rank_in_order_and_enter_still_submits(desk):
    for letter in "DCB":
        desk.locator(f'.card[data-letter="{letter}"] .prose').click()
    desk.locator('.card[data-letter="A"] [data-place]').click()
    assert sentence(desk) == "D > C > B > A"
    desk.keyboard.press("Enter")
    saved(desk, 1)
    assert Ranking.objects.get().input_methods == ["mouse"]


def test_a_ranked_cards_button_takes_it_out(desk):
    type_letters(desk, "abc")
    desk.locator('.card[data-letter="B"] [data-place]').click()
    assert sentence(desk) == "A > C"


def test_marking_text_is_reading_and_not_ranking(desk):
    desk.locator('.card[data-letter="A"] .prose p').dblclick()
    assert sentence(desk) in {"", "A"}
    desk.keyboard.press("Escape")
    desk.locator('.card[data-letter="B"] .prose p').select_text()
    desk.locator('.card[data-letter="B"]').dispatch_event("click")
    assert sentence(desk) == ""


def test_taps_rank_on_a_phone(phone):
    phone.locator('.card[data-letter="C"] .prose').tap()
    phone.locator('[data-do="tie"]').tap()
    for letter in "AB":
        phone.locator(f'.card[data-letter="{letter}"] .prose').tap()
    phone.locator("[data-missing]").get_by_role("button", name="Rank D next").tap()
    assert sentence(phone) == "C = A > B > D"
    submit(phone).tap()
    saved(phone, 1)
    ranking = Ranking.objects.get()
    assert letters(ranking) == "C = A > B > D"
    assert ranking.input_methods == ["touch"]


def test_nothing_is_wider_than_a_phone(phone):
    type_letters(phone, "ba=d|c")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_on_a_phone_the_order_is_one_line_and_its_buttons_another(phone):
    type_letters(phone, "ba=d|c")
    box = phone.locator(".bar").bounding_box()
    assert box is not None
    assert box["height"] < 120
    buttons = phone.locator(".bar button:visible").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(({ left, right }) => [left, right])"
    )
    assert all(0 <= left < right <= 390 for left, right in buttons)


def test_on_a_phone_the_rarer_buttons_are_behind_one(phone):
    type_letters(phone, "ba")
    redo, more = phone.get_by_role("button", name="Redo"), phone.get_by_role("button", name="More")
    expect(redo).to_be_hidden()
    more.tap()
    expect(redo).to_be_visible()
    phone.keyboard.press("Escape")
    expect(redo).to_be_hidden()
    assert sentence(phone) == "B > A"
    more.tap()
    phone.get_by_role("button", name="None OK").tap()
    assert sentence(phone) == "| B > A"
    expect(redo).to_be_hidden()


def test_a_prompt_is_skipped_by_its_key(desk):
    desk.keyboard.press("-")
    desk.get_by_label("Not my language").check()
    desk.get_by_role("button", name="Skip it").click()
    question(desk, 1)
    assert Assignment.objects.filter(status=Assignment.Status.SKIPPED).count() == 1


def test_without_ties_the_sign_does_nothing(page, live_server, ada, project, prompts):
    project.allow_ties = False
    project.save()
    desk = open_ranking(page, live_server.url, ada)
    assert type_letters(desk, "ba=dc") == "B > A > D > C"
    type_letters(desk, "=")
    expect(desk.locator("[data-announce]")).to_have_text("Nothing changed. This project has no ties.")


def test_the_question_mark_shows_all_keys(desk):
    desk.keyboard.press("?")
    expect(desk.get_by_role("heading", name="Keys")).to_be_visible()
    desk.keyboard.press("b")
    desk.keyboard.press("Escape")
    assert sentence(desk) == ""


def test_hostile_text_neither_acts_nor_loads(desk):
    requests = []
    desk.on("request", lambda request: requests.append(request.url))
    for number in (1, 2):
        rank(desk, "bacd")
        question(desk, number)
    expect(desk.locator(".cards")).to_contain_text("<script>window.hacked = 1</script>")
    expect(desk.locator(".cards")).to_contain_text("(https://evil.example/a)")
    assert desk.evaluate("window.hacked") is None
    assert desk.locator(".prose :is(a, img, script, style, svg, iframe)").count() == 0
    assert not [url for url in requests if "evil" in url]
