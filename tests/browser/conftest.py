"""Ada at her desk and on her phone, with three prompts to rank."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.ranking import open_ranking
from tests.factories import make_prompts

HOSTILE = "\n\n".join(
    [
        "<script>window.hacked = 1</script>",
        "<img src=x onerror='window.hacked = 1'>",
        "<svg onload='window.hacked = 1'></svg>",
        "[click](javascript:window.hacked=1) [leak](https://evil.example/a) ![pixel](https://evil.example/p.png)",
        "<!-- hidden -->\n\n<style>* { display: none }</style>",
        "\u202eright to left override",
    ]
)


@pytest.fixture
def prompts(project):
    """Three prompts with four responses each; the last response of the third is hostile."""
    for number in range(3):
        responses = ["Reply 0", "Reply 1", "Reply 2", HOSTILE if number == 2 else "Reply 3"]
        make_prompts(project, f"p{number}", prompt=f"Question {number}?", responses=responses)


@pytest.fixture
def desk(page: Page, live_server, ada, prompts) -> Page:
    return open_ranking(page, live_server.url, ada)


@pytest.fixture
def phone(browser: Browser, live_server, ada, prompts) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield open_ranking(context.new_page(), live_server.url, ada)
    context.close()


@pytest.fixture(params=[(1440, 900, "light"), (390, 844, "dark")], ids=["desk", "phone"])
def screen(request, browser: Browser) -> Iterator[Page]:
    """A desk in the light and a phone in the dark; still, so that no colour is caught half-way."""
    width, height, theme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()
