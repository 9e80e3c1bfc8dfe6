"""A manager decides a dispute with the keyboard alone: the ranking page, and back."""

import re
from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from labeling.models import Assignment, AssignmentKind, Prompt, Ranking
from labeling.services.projects import update_project
from tests.browser.ranking import letters, rank, type_letters
from tests.factories import exported_lines, make_prompts
from tests.factories import rank as rank_by_service
from tests.pages import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def disputed(project, ada, max) -> Prompt:
    """Ada and Max rank it the other way round; another prompt waits to be ranked."""
    update_project(project=project, overlap=2)
    prompt, _ = make_prompts(project, "p0", "p1")
    rank_by_service(ada, prompt, "r1 > r2 > r3")
    rank_by_service(max, prompt, "r3 > r2 > r1")
    return prompt


@pytest.fixture
def deciding(page: Page, live_server, max, disputed) -> Iterator[Page]:
    """Max has gone from the overview to the dispute and, by keyboard, on to the ranking page."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    sign_in(page, live_server.url, max)
    page.goto(live_server.url + reverse("project", args=["support"]))
    page.get_by_role("link", name="1 prompt", exact=True).press("Enter")
    page.get_by_role("link", name="What about p0?").press("Enter")
    page.get_by_role("button", name="Adjudicate").press("Enter")
    expect(page.locator(".kind").first).to_contain_text("You are deciding prompt p0")
    page.locator("[data-reason]:not(:empty)").wait_for()
    yield page
    assert problems == []


def back(page: Page, prompt: Prompt) -> None:
    expect(page).to_have_url(re.compile(re.escape(reverse("dispute", args=["support", prompt.pk])) + "$"))


def test_a_decision_settles_the_dispute_and_is_exported(deciding, disputed, live_server):
    rank(deciding, "bac")
    back(deciding, disputed)

    decision = Ranking.objects.get(kind=AssignmentKind.ADJUDICATION)
    assert letters(decision) == "B > A > C"
    expect(deciding.locator("thead")).to_contain_text("decision")
    deciding.goto(live_server.url + reverse("disputes", args=["support"]))
    expect(deciding.get_by_role("heading", name="No open dispute")).to_be_visible()
    deciding.get_by_label("Show", exact=True).select_option("settled")
    deciding.get_by_label("Agreement below").fill("")
    deciding.get_by_role("button", name="Show them").press("Enter")
    expect(deciding.locator("tbody tr")).to_have_count(1)
    expect(deciding.locator("tbody tr")).to_contain_text("decided")
    assert b"".join(exported_lines(disputed.project, shape="groups")).count(b'"tiers"') == 2, "his first is replaced"


def test_nothing_else_is_lent_meanwhile(deciding, disputed, max):
    deciding.wait_for_load_state("networkidle")
    assert list(Assignment.objects.filter(annotator=max, status="open").values_list("kind", flat=True)) == [
        AssignmentKind.ADJUDICATION
    ]


def test_a_reload_keeps_the_prompt_and_the_draft(deciding, disputed):
    type_letters(deciding, "ba")
    with deciding.expect_response("**/draft/"):
        pass
    deciding.reload()
    expect(deciding.locator("[data-sentence]")).to_contain_text("B")
    expect(deciding.locator(".kind").first).to_contain_text("You are deciding prompt p0")


def test_a_decision_is_revised_and_leads_back_again(deciding, disputed):
    rank(deciding, "bac")
    back(deciding, disputed)
    deciding.get_by_role("button", name="Change my decision").press("Enter")
    deciding.locator("[data-reason]:not(:empty)").wait_for()
    deciding.keyboard.press("Escape")
    back(deciding, disputed)

    deciding.get_by_role("button", name="Change my decision").press("Enter")
    deciding.locator("[data-reason]:not(:empty)").wait_for()
    for _ in range(3):
        deciding.keyboard.press("Backspace")
    rank(deciding, "cab")
    back(deciding, disputed)
    assert letters(Ranking.objects.current().get(kind=AssignmentKind.ADJUDICATION)) == "C > A > B"


def test_without_an_answer_the_page_waits_and_then_leads_back(deciding, disputed):
    deciding.route("**/ranking/", lambda route: route.abort())
    rank(deciding, "bac")
    expect(deciding.locator("[data-notice]")).to_contain_text("No answer from the server")
    deciding.unroute("**/ranking/")
    back(deciding, disputed)
    assert Ranking.objects.filter(kind=AssignmentKind.ADJUDICATION).count() == 1


def test_a_refused_decision_stays_on_screen_with_the_reason(deciding, disputed):
    Assignment.objects.filter(kind=AssignmentKind.ADJUDICATION).update(status="skipped")
    rank(deciding, "bac")
    expect(deciding.locator("[data-notice]")).not_to_be_empty()
    expect(deciding.locator("[data-sentence]")).to_contain_text("B")
    assert not Ranking.objects.filter(kind=AssignmentKind.ADJUDICATION).exists()
