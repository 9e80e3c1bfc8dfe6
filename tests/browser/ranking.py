"""Working on the ranking page as an annotator does."""

import time
from collections.abc import Callable

from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page, expect

from labeling.models import Ranking
from tests.pages import sign_in


def type_letters(page: Page, keys: str) -> str:
    for key in keys:
        page.keyboard.press(key)
    return sentence(page)


def rank(page: Page, keys: str) -> None:
    """Type the order and submit it; it need not have arrived when this returns."""
    type_letters(page, keys)
    page.keyboard.press("Enter")


def sentence(page: Page) -> str:
    return " ".join((page.locator("[data-sentence]").text_content() or "").split())


def submit(page: Page) -> Locator:
    return page.get_by_role("button", name="Submit")


def question(page: Page, number: int) -> None:
    """Wait until that prompt of the fixture `prompts` is on screen."""
    expect(page.locator(".chat")).to_contain_text(f"Question {number}?")


def saved(page: Page, number: int) -> None:
    """Wait until the header counts so many rankings of today; so many must be stored."""
    expect(page.locator("[data-mine]")).to_have_text(str(number))
    assert Ranking.objects.count() == number


def eventually(page: Page, holds: Callable[[], object]) -> None:
    """Wait until something holds that the page itself does not show, while it goes on."""
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "did not come true in 15 s"
        page.wait_for_timeout(50)


def prefetched(page: Page) -> Page:
    """Wait until nothing more is being loaded: the next prompt lies ready."""
    page.wait_for_load_state("networkidle")
    return page


def letters(ranking: Ranking) -> str:
    """The order in the letters of the page: "B > A = D > C"."""
    names = dict(zip(ranking.display_order, "ABCDEFGH", strict=False))
    return " > ".join(" = ".join(names[key] for key in tier) for tier in ranking.tiers)


def open_ranking(page: Page, url: str, user: User) -> Page:
    """The ranking page as `user` sees it, once its script has shown the state."""
    sign_in(page, url, user)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{url}/projects/support/rank/")
    page.locator("[data-reason]:not(:empty), [data-finished]").first.wait_for()
    assert not problems
    return page
