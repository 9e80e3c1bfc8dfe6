"""How responses are read: what is on screen, how high it is, what scrolls with what, what folds."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.ranking import open_ranking, sentence, submit, type_letters
from tests.browser.reading import card, letters_on_screen, read, width
from tests.factories import make_prompts

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "\n\n".join(f"Paragraph {number} of a long reply." for number in range(120))
LONGER = "\n\n".join(f"Paragraph {number} of a longer reply." for number in range(240))


@pytest.fixture
def long_ones(page, live_server, ada, project) -> Page:
    """Four responses, two of them long."""
    return read(page, live_server, ada, project, [LONG, LONGER, "Short.", "Also short."])


def text_of(page: Page, words: str):
    return card(page, words).locator("[data-card-text]")


def share_scrolled(page: Page, words: str) -> float:
    return text_of(page, words).evaluate("text => text.scrollTop / (text.scrollHeight - text.clientHeight)")


def test_a_key_shows_two_then_one_then_all(desk):
    assert letters_on_screen(desk) == "ABCD"
    desk.keyboard.press(";")
    assert letters_on_screen(desk) == "AB"
    desk.keyboard.press(";")
    assert letters_on_screen(desk) == "A"
    desk.keyboard.press(";")
    assert letters_on_screen(desk) == "ABCD"


def test_arrows_turn_and_stop_at_the_ends(desk):
    desk.keyboard.press(";")
    desk.keyboard.press("ArrowRight")
    assert letters_on_screen(desk) == "BC"
    expect(desk.locator("[data-announce]")).to_have_text("Shown: B, C.")
    for _ in range(4):
        desk.keyboard.press("ArrowRight")
    assert letters_on_screen(desk) == "CD"
    for _ in range(4):
        desk.keyboard.press("ArrowLeft")
    assert letters_on_screen(desk) == "AB"


def test_any_two_can_be_put_side_by_side(desk):
    desk.keyboard.press(";")
    desk.get_by_role("button", name="Response D", exact=True).click()
    assert letters_on_screen(desk) == "BD"
    desk.get_by_role("button", name="Response A", exact=True).click()
    assert letters_on_screen(desk) == "AD"


def test_letters_rank_what_is_not_on_screen(desk):
    desk.keyboard.press(";")
    desk.keyboard.press(";")
    assert type_letters(desk, "dcba") == "D > C > B > A"


def test_arrows_in_a_text_field_only_move_the_cursor(desk):
    desk.keyboard.press(";")
    desk.get_by_role("button", name="Skip").first.focus()
    desk.evaluate(
        "document.querySelector('.answers').append(Object.assign(document.createElement('textarea'), {id: 't'}))"
    )
    desk.locator("#t").focus()
    desk.keyboard.press("ArrowRight")
    assert letters_on_screen(desk) == "AB"


def test_the_way_of_reading_is_remembered(desk):
    desk.keyboard.press(";")
    desk.keyboard.press("'")
    desk.reload()
    expect(desk.get_by_role("button", name="Two")).to_have_attribute("aria-pressed", "true")
    expect(desk.get_by_role("button", name="Scroll together")).to_have_attribute("aria-pressed", "true")
    assert letters_on_screen(desk) == "AB"


def test_a_focused_card_that_is_turned_away_hands_the_focus_on(desk):
    desk.keyboard.press(";")
    desk.locator('[data-letter="A"]').focus()
    desk.keyboard.press("ArrowRight")
    assert desk.evaluate("document.activeElement.dataset.letter") == "B"


def test_cards_of_one_height_scroll_by_themselves(long_ones):
    long_ones.get_by_role("button", name="Same height").click()
    heights = long_ones.locator("[data-card]").evaluate_all("cards => cards.map((card) => card.offsetHeight)")
    assert len(set(heights)) == 1
    assert heights[0] < 900
    assert long_ones.evaluate("document.documentElement.scrollHeight") < 1_300
    assert text_of(long_ones, "long reply").evaluate("text => text.scrollHeight > text.clientHeight")


def test_scrolling_one_by_the_wheel_scrolls_all_by_their_share(long_ones):
    long_ones.keyboard.press("'")
    text_of(long_ones, "long reply").hover()
    for _ in range(6):
        long_ones.mouse.wheel(0, 250)
        long_ones.wait_for_timeout(60)
    long_ones.wait_for_timeout(200)
    one, other = share_scrolled(long_ones, "long reply"), share_scrolled(long_ones, "longer reply")
    assert 0.1 < one < 1
    assert other == pytest.approx(one, abs=0.01)
    assert text_of(long_ones, "long reply").evaluate("text => text.scrollTop") == pytest.approx(1_500, abs=2)


def test_scrolling_by_keys_scrolls_the_others_too(long_ones):
    long_ones.keyboard.press("'")
    card(long_ones, "longer reply").focus()
    long_ones.keyboard.press("End")
    long_ones.wait_for_timeout(200)
    assert share_scrolled(long_ones, "long reply") == pytest.approx(1, abs=0.01)
    long_ones.keyboard.press("Home")
    long_ones.keyboard.press("PageDown")
    long_ones.wait_for_timeout(200)
    assert share_scrolled(long_ones, "long reply") == pytest.approx(share_scrolled(long_ones, "longer reply"), abs=0.01)


def test_the_one_that_leads_is_not_pulled_back_by_those_that_follow(long_ones):
    long_ones.keyboard.press("'")
    text = text_of(long_ones, "longer reply")
    for to in (101, 203, 305, 407):
        text.evaluate("(text, to) => (text.scrollTop = to)", to)
        long_ones.wait_for_timeout(100)
        assert text.evaluate("text => text.scrollTop") == to


def test_scrolling_apart_leaves_the_others_where_they_are(long_ones):
    long_ones.get_by_role("button", name="Same height").click()
    card(long_ones, "longer reply").focus()
    long_ones.keyboard.press("End")
    long_ones.wait_for_timeout(200)
    assert share_scrolled(long_ones, "long reply") == 0


def test_a_card_collapses_and_opens_again(desk):
    first = desk.locator('[data-letter="A"]')
    button = first.get_by_role("button", name="Text of response A")
    button.click()
    expect(first.locator(".prose")).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")
    button.click()
    expect(first.locator(".prose")).to_be_visible()
    assert sentence(desk) == ""


def test_a_long_prompt_folds_and_unfolds(page, live_server, ada, project):
    read(page, live_server, ada, project, ["One.", "Two."], prompt=LONG)
    last = page.get_by_text("Paragraph 119 of")
    box = page.locator(".turn .prose")
    assert box.evaluate("box => box.clientHeight") < 400
    page.get_by_role("button", name="Show the whole message").click()
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight + 1")
    expect(last).to_be_visible()


def test_a_long_conversation_begins_with_its_system_prompt_and_ends_with_its_last_turns(
    page, live_server, ada, project
):
    turns = [
        {"role": ("assistant", "user")[number % 2], "content": f"Turn {number}. {LONG[:900]}"}
        for number in range(1, 12)
    ]
    read(page, live_server, ada, project, ["One.", "Two."], prompt=[{"role": "system", "content": "Be kind."}, *turns])
    expect(page.locator(".turn.system")).to_contain_text("Be kind.")
    expect(page.locator(".turn.system .who")).to_have_text("System")
    expect(page.get_by_text("Turn 11.")).to_be_visible()
    expect(page.get_by_text("Turn 3.")).to_be_hidden()
    page.get_by_role("button", name="Show 9 earlier messages").click()
    expect(page.get_by_text("Turn 3.")).to_be_visible()


@pytest.mark.parametrize(
    ("size", "count", "columns"),
    [(2560, 9, 4), (1920, 4, 4), (1440, 4, 2), (1440, 3, 2), (1440, 2, 2), (820, 4, 2), (390, 4, 1)],
)
def test_columns_follow_the_width_and_the_number(page, live_server, ada, project, size, count, columns):
    page.set_viewport_size({"width": size, "height": 900})
    read(page, live_server, ada, project, [f"Reply {number}" for number in range(count)])
    lefts = page.locator("[data-card]").evaluate_all(
        "cards => cards.map((card) => Math.round(card.getBoundingClientRect().left))"
    )
    assert len(set(lefts)) == columns
    assert width(page) == size


def test_right_to_left_text_runs_in_its_own_direction(page, live_server, ada, project):
    arabic = "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643 abc\n\n- \u0648\u0627\u062d\u062f\n\nAnd English after it."
    read(page, live_server, ada, project, [arabic, "Plain."])
    shown = card(page, "And English")
    directions = shown.locator(".prose > *").evaluate_all("all => all.map((one) => getComputedStyle(one).direction)")
    assert directions == ["rtl", "rtl", "ltr"]
    edges = shown.evaluate(
        """card => {
          const range = document.createRange();
          const end = (node) => { range.selectNodeContents(node); return range.getBoundingClientRect(); };
          const box = card.querySelector(".prose").getBoundingClientRect();
          const [first, last] = ["p", "p:last-child"].map((one) => end(card.querySelector(one)));
          return [box.right - first.right, last.left - box.left];
        }"""
    )
    assert max(edges) < 20
    assert page.locator("html").evaluate("html => getComputedStyle(html).direction") == "ltr"


def test_chinese_text_wraps_within_its_card(page, live_server, ada, project):
    read(page, live_server, ada, project, ["我喜欢烤面包，也喜欢吃面包。" * 200, "短。"])
    assert width(page) == 1440
    assert card(page, "我喜欢").locator(".prose").evaluate("text => text.scrollWidth <= text.clientWidth")


def test_a_formula_a_table_and_code_are_set(page, live_server, ada, project):
    rich = "$\\frac{a}{b}$\n\n| x |\n|---|\n| 1 |\n\n```python\nreturn 1\n```"
    read(page, live_server, ada, project, [rich, "Plain."])
    fraction = card(page, "return").locator("mfrac")
    assert fraction.evaluate(
        "f => f.children[0].getBoundingClientRect().bottom <= f.children[1].getBoundingClientRect().top + 1"
    )
    colours = card(page, "return").evaluate(
        "card => [...card.querySelectorAll('.md-keyword, .md-fence code')].map((one) => getComputedStyle(one).color)"
    )
    assert len(set(colours)) == 2
    expect(card(page, "return").locator("table")).to_be_visible()


WIDE = "\n\n".join(
    [
        "# Heading\n\n## Sub\n\n> quoted [link](https://example.org) ![pic](x.png) \u202e",
        "| wide " * 30 + "|\n" + "|---" * 30 + "|\n" + "| cell " * 30 + "|",
        "```python\n" + "value = function(1, 'text')  # a comment\n" + "x = " + "1 + " * 200 + "1\n```",
        "```diff\n- old\n+ new\n```",
        "$$" + "x + " * 100 + "x$$",
    ]
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_rich_text_has_no_accessibility_violations(page, live_server, ada, project, scheme):
    page.emulate_media(color_scheme=scheme)
    read(page, live_server, ada, project, [WIDE, "Plain.", LONG], prompt=WIDE)
    assert violations(page) == []
    page.keyboard.press("'")
    page.keyboard.press(";")
    assert violations(page) == []


def test_wide_code_is_scrolled_by_its_own_arrows(page, live_server, ada, project):
    read(page, live_server, ada, project, [WIDE, f"{WIDE}\n\n2", f"{WIDE}\n\n3"])
    page.keyboard.press(";")
    code = page.locator("[data-card]:visible pre[tabindex]").first
    before = letters_on_screen(page)
    code.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert code.evaluate("code => code.scrollLeft") > 0
    assert letters_on_screen(page) == before


def test_a_touch_scrolls_together_on_a_phone(browser, live_server, ada, project):
    make_prompts(project, "p0", responses=[LONG, LONGER])
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = open_ranking(context.new_page(), live_server.url, ada)
    phone.get_by_role("button", name="Scroll together").tap()
    text = text_of(phone, "long reply")
    text.evaluate("text => text.scrollIntoView({ block: 'start' })")
    box = text.bounding_box()
    assert box is not None
    touch = context.new_cdp_session(phone)
    x, y = box["x"] + 100, box["y"] + 220
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 11):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 20 * step}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    phone.wait_for_timeout(300)
    assert share_scrolled(phone, "long reply") > 0.02
    assert share_scrolled(phone, "longer reply") == pytest.approx(share_scrolled(phone, "long reply"), abs=0.01)
    assert submit(phone).is_visible()
    context.close()
