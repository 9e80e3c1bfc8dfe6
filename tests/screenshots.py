"""Pictures of the pages for the README, taken from a real instance into docs/images.

`python -m tests.screenshots` starts an instance of its own; with PODIUM_URL and PODIUM_ADMIN_PASSWORD it visits a
running one, where it trains a reward model if none was trained yet.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.podium import PASSWORD, Podium
from tests.services import find_chromium

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
PROJECT = "/projects/demo/"
DESK, PHONE = (1440, 900), (390, 844)
TRAINING_SECONDS = 600


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with instance() as (url, password), sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = signed_in(chromium, url, password, DESK)
        picture_ranking(page, "ranking")
        picture_training(page)
        picture(page, PROJECT, "project")
        picture(page, "/me/", "me")
        picture(page, f"{PROJECT}practice/", "practice")
        picture(page, "/admin/", "admin")
        picture_ranking(signed_in(chromium, url, password, PHONE), "ranking-390")
        picture_ranking(signed_in(chromium, url, password, DESK, dark=True), "ranking-dark")
        picture_ranking(signed_in(chromium, url, password, DESK, chinese=True), "ranking-zh")
        chromium.close()


@contextmanager
def instance() -> Iterator[tuple[str, str]]:
    """Address and admin password of the instance to visit."""
    if url := os.environ.get("PODIUM_URL"):
        yield url.rstrip("/"), os.environ["PODIUM_ADMIN_PASSWORD"]
        return
    with tempfile.TemporaryDirectory(prefix="podium-screenshots-") as state:
        podium = Podium(Path(state))
        try:
            yield podium.start().url, PASSWORD
        finally:
            podium.stop()


def signed_in(
    chromium: Browser, url: str, password: str, size: tuple[int, int], *, dark: bool = False, chinese: bool = False
) -> Page:
    width, height = size
    context = chromium.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        locale="zh-CN" if chinese else "en",
        has_touch=size == PHONE,
        is_mobile=size == PHONE,
        device_scale_factor=2 if size == PHONE else 1,
    )
    page = context.new_page()
    page.goto("/accounts/login/")
    page.locator("#id_username").fill("admin")
    page.locator("#id_password").fill(password)
    page.locator("main form button").click()
    expect(page.locator(".projects")).to_be_visible()
    return page


def picture_ranking(page: Page, name: str) -> None:
    """The ranking page with an order half given, which is cleared again: pictures leave no draft behind."""
    page.goto(f"{PROJECT}rank/")
    expect(page.locator("[data-reason]")).not_to_be_empty()
    page.keyboard.press("Escape")
    for key in "ba=d":
        page.keyboard.press(key)
    # The draft is saved first, so that nothing of it is on its way any more.
    page.wait_for_timeout(1500)
    page.screenshot(path=IMAGES / f"{name}.png")
    with page.expect_response("**/draft/"):
        page.keyboard.press("Escape")


def picture_training(page: Page) -> None:
    page.goto(f"{PROJECT}runs/")
    if page.locator(".state.succeeded").count():
        page.locator("tr", has=page.locator(".state.succeeded")).first.get_by_role("link").click()
    elif page.locator(".state:is(.queued, .running)").count():
        page.locator("tr", has=page.locator(".state:is(.queued, .running)")).first.get_by_role("link").click()
    else:
        page.get_by_role("button", name="Retrain now").click()
    ended = page.locator("h1 .state:not(.queued, .running)")
    ended.wait_for(timeout=TRAINING_SECONDS * 1000)
    expect(ended).to_have_text("Succeeded")
    # The last points are drawn a frame after they came.
    page.wait_for_timeout(500)
    page.screenshot(path=IMAGES / "run.png", full_page=True)


def picture(page: Page, path: str, name: str) -> None:
    page.goto(path)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
