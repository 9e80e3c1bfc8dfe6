"""The ranking page in each of its states, reached by keys and so the same in every language."""

from collections.abc import Iterator

from playwright.sync_api import Page, expect

from labeling.models import Project, Ranking
from tests.browser.ranking import question, rank, type_letters

ASKED = ("ask_ratings", "ask_confidence", "ask_rationale", "ask_flags", "allow_better_response")

ASKING = {".": "rating", ",": "confidence", "!": "flags", "/": "rationale", "+": "better response"}


def ask_everything() -> None:
    Project.objects.update(dimensions=["truth", "tone"], **dict.fromkeys(ASKED, True))


def states(page: Page) -> Iterator[str]:
    """Each state's name while the page is in it, from the first look to the end of the work."""
    yield "nothing ranked"
    type_letters(page, "ba=")
    yield "half ranked"
    type_letters(page, "d|c")
    yield "all ranked, with a line"
    for sign, what in ASKING.items():
        page.keyboard.press(sign)
        yield what
        page.keyboard.press("Escape")
    for sign, place in (("?", "[data-help]"), ("-", "[data-skip]")):
        page.keyboard.press(sign)
        expect(page.locator(f"dialog{place}")).to_be_visible()
        yield f"dialog {place}"
        page.keyboard.press("Escape")
    page.keyboard.press("#")
    expect(page.locator("[data-difference]")).to_be_visible()
    yield "comparing"
    page.keyboard.press("Escape")
    for view in ("two", "one", "all"):
        page.keyboard.press(";")
        yield f"reading {view}"
    page.evaluate("for (const part of document.querySelectorAll('.task details')) part.open = true")
    yield "everything unfolded"
    page.locator("body").click(position={"x": 2, "y": 2})
    page.keyboard.press("Escape")
    rank(page, "abcd")
    yield "asked whether the order as shown is meant"
    page.keyboard.press("y")
    expect(page.locator("[data-mine]")).to_have_text("1")
    yield "just submitted"
    page.goto(f"{page.url.split('?')[0]}?revise={Ranking.objects.get().pk}")
    page.locator("[data-reason]:not(:empty)").wait_for()
    yield "revising"


def the_end(page: Page) -> None:
    """Rank what is left."""
    for number in range(3):
        question(page, number)
        rank(page, "bacd")
        expect(page.locator("[data-mine]")).to_have_text(str(number + 1))
    expect(page.locator("[data-finished]")).to_be_visible()
