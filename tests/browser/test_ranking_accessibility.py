"""The ranking page in each of its states: axe-core finds nothing, and nothing is wider than the screen."""

import pytest
from playwright.sync_api import Browser, Page, expect

from labeling.models import Project
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from tests.browser.axe import WIDER, violations
from tests.browser.ranking import open_ranking, rank, type_letters
from tests.browser.states import ask_everything, states, the_end
from tests.factories import tiers_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def complaints(page: Page) -> list[str]:
    return violations(page) + (["wider than the screen"] if page.evaluate(WIDER) > 0 else [])


def test_every_state_of_the_ranking_page(screen: Page, live_server, ada, prompts):
    ask_everything()
    open_ranking(screen, live_server.url, ada)
    found = {state: wrong for state in states(screen) if (wrong := complaints(screen))}
    assert found == {}


def test_the_end_of_the_work_and_a_project_without_prompts(screen: Page, live_server, ada, prompts):
    open_ranking(screen, live_server.url, ada)
    the_end(screen)
    assert complaints(screen) == []


def test_a_practice_round_and_changed_guidelines(screen: Page, live_server, ada, max, project, prompts):
    first = project.prompts.order_by("pk")[0]
    mark_practice(prompt=first, tiers=tiers_of(first, "r1 > r2"), explanation="The first is *true*.", user=max)
    Project.objects.update(practice=True)
    open_ranking(screen, live_server.url, ada)
    found = {"practice": complaints(screen)}
    rank(screen, "bacd")
    expect(screen.locator("[data-feedback]")).to_be_visible()
    found["feedback"] = complaints(screen)
    update_project(project=project, guidelines="Prefer the **brief** answer.", practice=False)
    screen.reload()
    expect(screen.locator("[data-guidelines-change]")).to_be_visible()
    found["changed guidelines"] = complaints(screen)
    assert {state: wrong for state, wrong in found.items() if wrong} == {}


def test_keys_that_are_characters_can_be_switched_off_and_stay_off(desk):
    desk.keyboard.press("?")
    desk.locator("[data-character-keys]").uncheck()
    desk.keyboard.press("Escape")
    desk.reload()
    desk.locator("[data-reason]:not(:empty)").wait_for()
    assert type_letters(desk, "ba|-") == ""
    desk.locator('.card[data-letter="B"] [data-place]').click()
    assert type_letters(desk, "a") == "B"
    desk.keyboard.press("Backspace")
    desk.locator("[data-do=help]").click()
    desk.locator("[data-character-keys]").check()
    desk.keyboard.press("Escape")
    assert type_letters(desk, "a") == "A"


@pytest.mark.parametrize("width", [360, 720])
def test_no_state_is_wider_than_the_narrowest_phone_or_a_page_at_double_size(
    browser: Browser, live_server, ada, prompts, width
):
    ask_everything()
    context = browser.new_context(viewport={"width": width, "height": 720})
    page = open_ranking(context.new_page(), live_server.url, ada)
    wider = {state: by for state in states(page) if (by := page.evaluate(WIDER)) > 0}
    context.close()
    assert wider == {}
