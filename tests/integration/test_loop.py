"""The whole loop, as a newcomer walks it: start, rank in the browser, retrain, watch, score."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.podium import PASSWORD, Podium

pytestmark = [pytest.mark.browser, pytest.mark.integration]

QUESTION = {
    "prompt": "Where is my parcel?",
    "responses": ["It is on its way; you can follow it under Orders.", "No idea."],
}


@pytest.fixture
def podium(tmp_path):
    podium = Podium(tmp_path / "state").start()
    yield podium
    podium.stop()


def sign_in(page: Page, podium: Podium) -> None:
    page.goto(podium.url)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Fennimoor support").first).to_be_visible()


def test_three_rankings_by_keyboard_then_retrain_then_a_score(podium, page):
    token = podium.token("read", "score")
    status, refusal = podium.call("POST", "/api/v1/projects/demo/score/", token, QUESTION)
    assert (status, refusal["type"]) == (409, "no-reward-model")

    sign_in(page, podium)
    page.goto(f"{podium.url}/projects/demo/rank/")
    for keys in ("bacd", "d=acb", "cab=d"):
        shown = page.locator("[data-task]").get_attribute("data-task")
        for key in keys:
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        expect(page.locator("[data-task]")).not_to_have_attribute("data-task", shown)

    page.goto(f"{podium.url}/projects/demo/")
    page.get_by_role("button", name="Retrain now").click()
    expect(page).to_have_url(re.compile(r"/runs/\d+/"))
    expect(page.get_by_role("progressbar").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Succeeded").first).to_be_visible(timeout=300_000)

    status, scored = podium.call("POST", "/api/v1/projects/demo/score/", token, QUESTION)
    assert status == 200
    assert scored["model"]["version"] == 1
    assert [len(row) for row in scored["scores"]] == [2]
    assert scored["best"] == [max(range(2), key=scored["scores"][0].__getitem__)]
    _, rankings = podium.call("GET", "/api/v1/projects/demo/rankings/?page_size=1000", token)
    tiers = [ranking["tiers"] for ranking in rankings["results"]][-3:]
    assert [[len(tier) for tier in ranking] for ranking in tiers] == [[1, 1, 1, 1], [2, 1, 1], [1, 1, 2]]
