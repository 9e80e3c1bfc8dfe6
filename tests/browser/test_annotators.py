"""A manager looks at who stands out, sets their rankings aside, and takes them back in."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from labeling.effort import Effort
from labeling.models import Exclusion, Ranking
from labeling.selectors.rankings import counting_rankings
from tests.browser.axe import WIDER, violations
from tests.factories import make_prompts, rank
from tests.pages import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def hasty(project, ada):
    """Ada has taken every order from the screen, in a second each."""
    for number in range(12):
        (prompt,) = make_prompts(project, f"p{number}", responses=["Word " * 200] * 3)
        ranking = rank(ada, prompt, "r1 > r2 > r3", effort=Effort(active_seconds=1.0))
        Ranking.objects.filter(pk=ranking.pk).update(tiers=[[key] for key in ranking.display_order])
    return ada


def test_from_the_table_to_the_reasons_to_the_decision_and_back(screen: Page, live_server, project, max, hasty):
    sign_in(screen, live_server.url, max)
    screen.goto(live_server.url + reverse("annotators", args=[project.slug]))
    assert violations(screen) == []
    assert screen.evaluate(WIDER) <= 0

    screen.get_by_role("link", name="faster than reading").click()
    expect(screen.locator("#too-fast")).to_be_in_viewport()
    expect(screen.get_by_role("img", name="Rate of first ranks by place on the screen")).to_be_visible()
    assert violations(screen) == []
    assert screen.evaluate(WIDER) <= 0

    screen.get_by_label("Reason").fill("Every order is the screen's.")
    screen.get_by_role("button", name="Set their rankings aside").click()
    expect(screen.get_by_role("status")).to_contain_text("The rankings of ada are set aside")
    assert counting_rankings(project).count() == 0
    screen.reload()
    assert violations(screen) == []

    screen.get_by_label("Reason").fill("She was testing the page.")
    screen.get_by_role("button", name="Count their rankings again").click()
    expect(screen.get_by_role("status")).to_contain_text("The rankings of ada count again.")
    assert counting_rankings(project).count() == 12
    assert Exclusion.objects.get().lifted_by == max
