"""Hostile responses on the ranking page: nothing acts, loads, opens, hides, or pushes the other cards away."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hostile import ACTS, BREAKS
from tests.browser.ranking import type_letters
from tests.browser.reading import card, read, width

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CALM = "A calm reply."
ACTIVE = (
    "a, img, script, style, link, svg, iframe, object, form, input, button, dialog, video, "
    "[onerror], [onload], [style], [href], [src]"
)


class Watch:
    """What the page asks for, opens and reports while it shows something hostile."""

    def __init__(self, page: Page) -> None:
        self.foreign: list[str] = []
        self.dialogs: list[str] = []
        self.reports: list[str] = []
        page.on("request", lambda request: self.foreign.append(request.url) if "evil" in request.url else None)
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: self.reports.append(message.text) if message.type == "error" else None)
        page.add_init_script(
            "addEventListener('securitypolicyviolation', (event) => console.error('CSP', event.violatedDirective))"
        )

    def saw_nothing(self) -> bool:
        return (self.foreign, self.dialogs, self.reports) == ([], [], [])


def test_hostile_text_neither_acts_nor_loads(page, live_server, ada, project):
    watch = Watch(page)
    read(page, live_server, ada, project, list(ACTS.values()), prompt="\n\n".join(ACTS.values()))

    expect(page.locator(".cards")).to_contain_text("<script>window.hacked = 1</script>")
    expect(page.locator(".cards")).to_contain_text("(https://evil.example/a)")
    expect(page.locator(".cards")).to_contain_text("{{ 7|add:7 }}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.hacked") is None
    assert watch.saw_nothing(), (watch.foreign, watch.dialogs, watch.reports)
    assert page.locator(f".prose :is({ACTIVE})").count() == 0
    assert page.locator("[data-task]").count() == 1
    assert page.locator("[data-card]").count() == len(ACTS)
    assert width(page) == 1440


def test_hostile_text_is_compared_without_acting(page, live_server, ada, project):
    watch = Watch(page)
    read(page, live_server, ada, project, ["\n\n".join(ACTS.values()), CALM])
    page.keyboard.press("#")
    expect(page.locator("[data-difference]")).to_contain_text("<script>window.hacked = 1</script>")
    assert page.locator(f".side :is({ACTIVE})").count() == 0
    assert page.evaluate("window.hacked") is None
    assert watch.saw_nothing(), (watch.foreign, watch.dialogs, watch.reports)


@pytest.mark.parametrize("hostile", BREAKS.values(), ids=BREAKS.keys())
def test_no_text_breaks_the_page(page, live_server, ada, project, hostile):
    read(page, live_server, ada, project, [hostile, CALM], prompt=f"Q\n\n{hostile}")

    assert width(page) == 1440
    boxes = page.locator("[data-card]").evaluate_all(
        "cards => cards.map((card) => card.getBoundingClientRect().toJSON())"
    )
    assert boxes[0]["top"] == boxes[1]["top"]
    assert boxes[0]["right"] < boxes[1]["left"]
    calm = card(page, CALM)
    assert calm.get_by_text(CALM).bounding_box()["y"] < boxes[0]["top"] + 120
    assert calm.locator(".prose").evaluate("text => getComputedStyle(text).direction") == "ltr"
    page.keyboard.press("'")
    page.keyboard.press(";")
    assert type_letters(page, "ba") == "B > A"


def test_a_phone_stays_as_narrow_as_it_is(browser, live_server, ada, project):
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    hostile = [text[:30_000] for text in BREAKS.values()]
    page = read(context.new_page(), live_server, ada, project, [*hostile, *ACTS.values()][:26])
    assert width(page) == 360
    context.close()


def test_text_painted_over_its_box_is_cut_off_at_the_card(page, live_server, ada, project):
    read(page, live_server, ada, project, [BREAKS["zalgo"], CALM])
    texts = page.locator("[data-card] .prose")
    assert texts.evaluate_all("all => all.every((text) => getComputedStyle(text).contain.includes('content'))")


def test_an_override_turns_nothing_round_and_can_be_seen(page, live_server, ada, project):
    read(page, live_server, ada, project, ["pay \u202e001$ now", CALM])
    paid = card(page, "pay")
    expect(paid.locator(".md-control")).to_have_text("U+202E")
    assert "\u202e" not in (paid.text_content() or "")


def test_four_long_responses_are_mounted_smoothly(page, live_server, ada, project):
    prose = " ".join(f"Sentence {number} of a long reply, with **marks** and `code` in it." for number in range(800))
    page.add_init_script(
        "window.longest = 0; new PerformanceObserver((list) => { for (const task of list.getEntries())"
        " window.longest = Math.max(window.longest, task.duration); }).observe({ type: 'longtask', buffered: true })"
    )
    read(page, live_server, ada, project, [f"{prose}\n\n{number}" for number in range(4)])
    page.keyboard.press("'")
    page.wait_for_timeout(300)
    assert page.evaluate("window.longest") < 1_500
