"""The ranking page in a real Chromium: by keys, by hand, on a phone, and under attack."""

import pytest
from playwright.sync_api import expect

from labeling.models import Assignment, Ranking
from tests.browser.ranking import sentence, submit, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_letters_rank_and_an_equals_sign_ties(desk):
    assert type_letters(desk, "ba=dc") == "B > A = D > C"
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-toast]")).to_have_text("Saved B > A = D > C")
    a, b, c, d = Assignment.objects.order_by("pk")[0].display_order
    ranking = Ranking.objects.get()
    assert ranking.tiers == [[b], [a, d], [c]]
    assert ranking.acceptable is None
    assert ranking.seconds is not None


def test_the_next_prompt_follows_until_none_is_left(desk):
    for number in range(3):
        expect(desk.locator(".chat")).to_contain_text(f"Question {number}?")
        type_letters(desk, "abcd")
        desk.keyboard.press("Enter")
        expect(desk.locator("[data-mine]")).to_have_text(str(number + 1))
    expect(desk.get_by_role("heading", name="Nothing left to rank")).to_be_visible()
    assert Ranking.objects.count() == 3


def test_a_partial_order_cannot_be_submitted_and_the_reason_is_said(desk):
    expect(submit(desk)).to_be_disabled()
    type_letters(desk, "ba")
    expect(submit(desk)).to_be_disabled()
    expect(desk.locator("[data-reason]")).to_have_text("C, D still to rank")
    desk.keyboard.press("Enter")
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


def test_digits_place_the_focused_card(desk):
    for letter, digit in (("C", "2"), ("A", "1"), ("B", "2"), ("D", "3")):
        desk.locator(f'[data-letter="{letter}"]').focus()
        desk.keyboard.press(digit)
    assert sentence(desk) == "A > C = B > D"


def test_keys_in_a_text_field_are_only_text(desk):
    desk.locator("[data-rationale]").fill("")
    desk.locator("[data-rationale]").press_sequentially("abcd = bad 0?")
    desk.keyboard.press("Enter")
    assert sentence(desk) == ""
    desk.keyboard.press("Escape")
    type_letters(desk, "abcd")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-mine]")).to_have_text("1")
    assert Ranking.objects.get().rationale == "abcd = bad 0?\n"


def test_shortcuts_of_the_browser_do_not_rank(desk):
    desk.keyboard.press("Control+b")
    desk.keyboard.press("Alt+a")
    assert sentence(desk) == ""


def test_what_may_be_shown_is_asked_apart_from_the_order(desk):
    type_letters(desk, "abcd")
    desk.keyboard.press("Shift+B")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-mine]")).to_have_text("1")
    ranking = Ranking.objects.get()
    assert ranking.acceptable == [ranking.display_order[1]]
    expect(desk.locator(".chat")).to_contain_text("Question 1?")
    type_letters(desk, "abcd0")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-mine]")).to_have_text("2")
    assert Ranking.objects.order_by("pk")[1].acceptable == []


def test_ratings_are_stored_by_response_and_dimension(desk):
    desk.get_by_text("Rate A").click()
    desk.locator('[data-letter="A"] [data-dimension="coherence"][value="4"]').check(force=True)
    desk.locator('[data-letter="B"] [data-dimension="relevance"][value="2"]').check(force=True)
    type_letters(desk, "abcd")
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-mine]")).to_have_text("1")
    ranking = Ranking.objects.get()
    a, b, *_ = ranking.display_order
    assert ranking.ratings == {a: {"coherence": 4}, b: {"relevance": 2}}


def test_clicks_rank_in_order_and_enter_still_submits(desk):
    for letter in "DCB":
        desk.locator(f'[data-letter="{letter}"] .prose').click()
    desk.locator('[data-letter="A"] [data-place]').click()
    assert sentence(desk) == "D > C > B > A"
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-mine]")).to_have_text("1")


def test_a_ranked_cards_button_takes_it_out(desk):
    type_letters(desk, "abc")
    desk.locator('[data-letter="B"] [data-place]').click()
    assert sentence(desk) == "A > C"


def test_marking_text_is_reading_and_not_ranking(desk):
    desk.locator('[data-letter="A"] .prose p').dblclick()
    assert sentence(desk) in {"", "A"}
    desk.keyboard.press("Escape")
    desk.locator('[data-letter="B"] .prose p').select_text()
    desk.locator('[data-letter="B"]').dispatch_event("click")
    assert sentence(desk) == ""


def test_taps_rank_on_a_phone(phone):
    phone.locator('[data-letter="C"] .prose').tap()
    phone.locator('[data-do="tie"]').tap()
    for letter in "ABD":
        phone.locator(f'[data-letter="{letter}"] .prose').tap()
    assert sentence(phone) == "C = A > B > D"
    submit(phone).tap()
    expect(phone.locator("[data-mine]")).to_have_text("1")
    assert [len(tier) for tier in Ranking.objects.get().tiers] == [2, 1, 1]


def test_nothing_is_wider_than_a_phone(phone):
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_a_prompt_is_skipped_with_a_reason(desk):
    desk.get_by_role("button", name="Skip").click()
    desk.get_by_label("Reason").fill("abc is not my language")
    desk.get_by_role("button", name="Skip it").click()
    expect(desk.locator(".chat")).to_contain_text("Question 1?")
    skipped = Assignment.objects.get(status=Assignment.Status.SKIPPED)
    assert skipped.skip_reason == "abc is not my language"


def test_without_ties_the_sign_does_nothing(desk, project):
    project.allow_ties = False
    project.save()
    desk.reload()
    expect(desk.locator("[data-reason]")).not_to_be_empty()
    assert type_letters(desk, "ba=dc") == "B > A > D > C"


def test_the_question_mark_shows_all_keys(desk):
    desk.keyboard.press("?")
    expect(desk.get_by_role("heading", name="Keys")).to_be_visible()
    desk.keyboard.press("b")
    desk.keyboard.press("Escape")
    assert sentence(desk) == ""


def test_each_step_is_announced(desk):
    type_letters(desk, "ba=d")
    expect(desk.locator("[data-announce]")).to_contain_text("D is 2nd, tied with A")


def test_hostile_text_neither_acts_nor_loads(desk):
    requests = []
    desk.on("request", lambda request: requests.append(request.url))
    for number in (1, 2):
        type_letters(desk, "abcd")
        desk.keyboard.press("Enter")
        expect(desk.locator(".chat")).to_contain_text(f"Question {number}?")
    expect(desk.locator(".cards")).to_contain_text("<script>window.hacked = 1</script>")
    expect(desk.locator(".cards")).to_contain_text("(https://evil.example/a)")
    assert desk.evaluate("window.hacked") is None
    assert desk.locator(".prose :is(a, img, script, style, svg, iframe)").count() == 0
    assert not [url for url in requests if "evil" in url]
