"""Opening prompts of one's own on the ranking page, to read them."""

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, Page

from tests.browser.ranking import open_ranking
from tests.factories import make_prompts


def read(page: Page, server: Any, user: Any, project: Any, responses: Sequence[str], **fields: Any) -> Page:
    """The ranking page with one prompt that has these responses, in an order of its own."""
    make_prompts(project, "p0", responses=responses, **fields)
    return open_ranking(page, server.url, user)


def card(page: Page, words: str) -> Locator:
    """The card whose text has these words."""
    return page.locator("[data-card]", has_text=words)


def letters_on_screen(page: Page) -> str:
    return "".join(
        page.locator("[data-card]:visible").evaluate_all("cards => cards.map((card) => card.dataset.letter)")
    )


def width(page: Page) -> int:
    """How wide the page is: as wide as the window, unless something breaks out."""
    return int(page.evaluate("document.documentElement.scrollWidth"))
