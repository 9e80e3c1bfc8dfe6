"""Podium in Chinese says nothing in English, save names, keys, code and what people and models wrote."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from tests.browser.ranking import open_ranking
from tests.browser.states import ask_everything, states
from tests.browser.world import FOR_ANNOTATORS, furnish, pages_of
from tests.pages import sign_in

pytestmark = pytest.mark.browser

NAMES = {"Podium", "English", "Support", "ada", "max", "admin", "notebook"}
# The scopes of a token, as programs name them.
NAMES |= {"read", "annotate", "write", "train", "score"}
NAMES |= {
    "CSV",
    "SHA",
    "cron",
    "InstructGPT",
    "TRL",
    "JSON",
    "JSONL",
    "Parquet",
    "Markdown",
    "REST",
    "API",
    "JavaScript",
    "prompt",
    "chosen",
    "rejected",
    "margin",
}
# Shapes, formats and splits as programs name them, the specification that webhooks follow.
NAMES |= {"trl", "dpo", "kto", "openrlhf", "groups", "jsonl", "csv", "parquet", "gzip", "zstd", "Arrow", "Python"}
NAMES |= {"prompt", "chosen", "rejected", "margin", "validation", "test", "Standard", "Webhooks", "https", "msg"}
# Other tools and hosts by their names, an address as an example.
NAMES |= {"Label", "Studio", "Argilla", "OpenAI", "SageMaker", "Ground", "Truth", "Hugging", "Face", "ASCII", "Top"}
NAMES |= {"tokenized", "hf", "owner", "name", "split", "train"}
KEYS = {"Shift", "Ctrl", "Enter", "Esc", "Tab", "Backspace", "Delete", "Alt"}
# What stands in elements of these is code, a key, a text in a language of its own, or what somebody wrote.
OTHERS = "code, pre, kbd, script, style, noscript, textarea, [lang=en], [dir=auto], .prose, .letter, svg"
SAID = """(others) => {
    const said = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!element.closest(others)) said.push(walker.currentNode.textContent);
    }
    for (const name of ["title", "aria-label", "placeholder", "alt", "aria-description"]) {
        for (const element of document.querySelectorAll(`[${name}]`)) {
            if (!element.closest(others)) said.push(element.getAttribute(name));
        }
    }
    return [document.title, ...said];
}"""


@pytest.fixture
def page(browser: Browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def world(project, ada, max):
    furnish(project, ada, max)
    return project


def english(page: Page) -> set[str]:
    """The English words on the page, hidden ones too: dialogs and announcements wait there."""
    words = {word for text in page.evaluate(SAID, OTHERS) for word in re.findall(r"[A-Za-z]{3,}", text)}
    return words - NAMES - KEYS


def walk(page: Page, url: str, paths: list[str]) -> dict[str, set[str]]:
    found = {}
    for path in paths:
        page.goto(url + path)
        assert page.locator("html").get_attribute("lang") == "zh-hans"
        if words := english(page):
            found[path] = words
    return found


def test_a_manager_s_pages_are_in_chinese(page: Page, live_server, world, max):
    sign_in(page, live_server.url, max)
    paths = [path for paths in pages_of(world).values() for path in paths]
    assert walk(page, live_server.url, [*paths, "/nothing/"]) == {}


def test_an_annotator_s_pages_are_in_chinese(page: Page, live_server, world, ada):
    sign_in(page, live_server.url, ada)
    pages = pages_of(world)
    assert walk(page, live_server.url, [path for name in FOR_ANNOTATORS for path in pages[name]]) == {}


def test_the_ranking_page_is_in_chinese_in_each_of_its_states(page: Page, live_server, ada, prompts):
    ask_everything()
    open_ranking(page, live_server.url, ada)
    found = {state: words for state in states(page) if (words := english(page) - {"truth", "tone"})}
    assert found == {}


def test_signing_in_is_in_chinese_and_so_is_being_refused(page: Page, live_server, db):
    assert walk(page, live_server.url, [reverse("login")]) == {}
    page.locator("#id_username").fill("ada")
    page.locator("#id_password").fill("wrong")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert english(page) == set()


def test_a_form_that_is_refused_says_so_in_chinese(page: Page, live_server, world, max):
    sign_in(page, live_server.url, max)
    page.goto(live_server.url + reverse("project-create"))
    page.locator("#id_name").fill("面包")
    page.locator("#id_slug").fill("no slug")
    page.get_by_role("button", name="创建项目").click()
    expect(page.get_by_role("alert")).to_contain_text("网址标识")
    assert english(page) - set(world.dimensions) == set()


def test_the_language_is_chosen_in_the_header_and_stays_chosen(page: Page, live_server, db):
    page.goto(live_server.url + reverse("login"))
    page.locator("summary", has_text="语言和主题").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(live_server.url + "/nothing/")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()


def test_the_theme_is_chosen_in_the_header_and_stays_chosen(page: Page, live_server, db):
    page.goto(live_server.url + reverse("login"))
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    page.locator("summary", has_text="语言和主题").click()
    page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(background) != light
    page.goto(live_server.url + "/nothing/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
