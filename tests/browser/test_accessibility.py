"""Every page as annotator and manager, on a desk in the light and on a phone in the dark: axe-core finds nothing,
nothing is wider than the screen, the focus is to be seen, nothing moves for those who asked for stillness."""

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

import labeling.urls
import rewardmodel.urls
from tests.browser.axe import WIDER, violations
from tests.browser.world import ACTS, FOR_ANNOTATORS, FRAGMENTS, furnish, pages_of
from tests.pages import sign_in

pytestmark = pytest.mark.browser

FOCUS_SEEN = """() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return document.activeElement === document.body || (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2);
}"""
MOVING = """() => [...document.querySelectorAll("*")].filter((element) => {
    const { transitionDuration, animationDuration } = getComputedStyle(element);
    return [...transitionDuration.split(", "), ...animationDuration.split(", ")].some((time) => parseFloat(time) > 0);
}).map((element) => element.outerHTML.slice(0, 80))"""


@pytest.fixture
def world(project, ada, max):
    furnish(project, ada, max)
    return project


def complaints(page: Page, url: str, paths: list[str]) -> dict[str, list[str]]:
    """What is wrong with which of the pages."""
    found = {}
    for path in paths:
        page.goto(url + path)
        wrong = violations(page)
        if page.evaluate(WIDER) > 0:
            wrong.append("wider than the screen")
        if wrong:
            found[path] = wrong
    return found


def test_the_walks_miss_no_page(world):
    names = {path.name for path in labeling.urls.urlpatterns + rewardmodel.urls.urlpatterns}
    assert set(pages_of(world)) == names - ACTS - FRAGMENTS


def test_a_manager_s_pages(screen: Page, live_server, world, max):
    sign_in(screen, live_server.url, max)
    paths = [path for paths in pages_of(world).values() for path in paths]
    assert complaints(screen, live_server.url, paths) == {}


def test_an_annotator_s_pages(screen: Page, live_server, world, ada):
    sign_in(screen, live_server.url, ada)
    pages = pages_of(world)
    paths = [path for name in FOR_ANNOTATORS for path in pages[name]]
    assert complaints(screen, live_server.url, [*paths, "/nothing/"]) == {}


def test_a_stranger_s_pages(screen: Page, live_server, db):
    assert complaints(screen, live_server.url, [reverse("login"), "/nothing/"]) == {}


def test_the_menus_and_a_refused_form(screen: Page, live_server, world, max):
    sign_in(screen, live_server.url, max)
    screen.goto(live_server.url + reverse("project-create"))
    for name in ("Language and theme", "max"):
        screen.locator("summary", has_text=name).click()
        assert violations(screen) == []
        assert screen.evaluate(WIDER) <= 0
    screen.keyboard.press("Escape")
    screen.get_by_label("Name").first.fill(" ")
    screen.get_by_label("Slug").fill("not a slug")
    screen.get_by_role("button", name="Create project").click()
    expect(screen.get_by_role("alert")).to_contain_text("Slug")
    assert violations(screen) == []


@pytest.mark.parametrize(("width", "height"), [(360, 740), (720, 450)])
def test_the_narrowest_phone_and_a_page_at_double_size_scroll_one_way_only(
    browser: Browser, live_server, world, max, width, height
):
    # 200 % on a screen of 1440 px leaves 720 px of the page's own measure.
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    sign_in(page, live_server.url, max)
    wider = {}
    for path in (path for paths in pages_of(world).values() for path in paths):
        page.goto(live_server.url + path)
        if (by := page.evaluate(WIDER)) > 0:
            wider[path] = by
    context.close()
    assert wider == {}


def test_each_stop_of_the_tab_key_is_to_be_seen(page: Page, live_server, world, max):
    sign_in(page, live_server.url, max)
    for name in ("home", "settings", "people", "models"):
        page.goto(live_server.url + pages_of(world)[name][0])
        for _ in range(page.locator("a[href], button, input, select, textarea, summary").count()):
            page.keyboard.press("Tab")
            assert page.evaluate(FOCUS_SEEN), page.evaluate("document.activeElement.outerHTML")


def test_nothing_moves_for_those_who_asked_for_stillness(browser: Browser, live_server, world, max):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    sign_in(page, live_server.url, max)
    moving = {}
    for name, paths in pages_of(world).items():
        page.goto(live_server.url + paths[0])
        if found := page.evaluate(MOVING):
            moving[name] = found
    context.close()
    assert moving == {}
