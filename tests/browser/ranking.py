"""Working on the ranking page as an annotator does."""

from django.contrib.auth.models import User
from playwright.sync_api import Locator, Page

from tests.pages import sign_in


def type_letters(page: Page, keys: str) -> str:
    for key in keys:
        page.keyboard.press(key)
    return sentence(page)


def sentence(page: Page) -> str:
    return " ".join((page.locator("[data-sentence]").text_content() or "").split())


def submit(page: Page) -> Locator:
    return page.get_by_role("button", name="Submit")


def open_ranking(page: Page, url: str, user: User) -> Page:
    """The ranking page as `user` sees it, once its script has shown the state."""
    sign_in(page, url, user)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{url}/projects/support/rank/")
    page.locator("[data-reason]:not(:empty), [data-finished]").first.wait_for()
    assert not problems
    return page
