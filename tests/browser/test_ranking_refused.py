"""A ranking that the server does not take is explained and kept until its author lets it go."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from labeling.models import Assignment, Membership, Prompt, Ranking
from labeling.services.assignments import next_assignment, reclaim_leases
from labeling.services.members import add_member
from tests.browser.ranking import eventually, letters, open_ranking, prefetched, question, rank, saved, type_letters
from tests.pages import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def expire_leases(project):
    Assignment.objects.update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    reclaim_leases(project=project, now=timezone.now())


def test_a_late_submission_is_kept_while_its_place_is_free(desk, project):
    prefetched(desk)
    expire_leases(project)
    rank(desk, "badc")
    saved(desk, 1)
    expect(desk.locator("[data-notice-name=refused]")).to_have_count(0)


def test_a_late_submission_whose_place_is_taken_is_explained_and_can_be_looked_at(desk, project, olga):
    prefetched(desk)
    expire_leases(project)
    add_member(project=project, user=olga, role=Membership.Role.ANNOTATOR)
    assert next_assignment(project=project, annotator=olga) is not None
    rank(desk, "ba=dc")
    notice = desk.locator("[data-notice-name=refused]")
    expect(notice).to_contain_text("Not saved: B > A = D > C")
    expect(notice).to_contain_text("others had taken its place")
    notice.get_by_role("button", name="Look at it").click()
    expect(desk.locator("[data-refused-list]")).to_contain_text("Question 0?")
    desk.get_by_role("button", name="Let it go").click()
    expect(notice).to_have_count(0)
    assert not Ranking.objects.exists()


def test_a_refused_ranking_survives_a_reload(desk):
    prefetched(desk)
    Assignment.objects.filter(prompt__external_id="p0").update(status=Assignment.Status.SKIPPED, slot=None)
    rank(desk, "badc")
    notice = desk.locator("[data-notice-name=refused]")
    expect(notice).to_contain_text("already")
    desk.reload()
    expect(notice).to_contain_text("Not saved: B > A > D > C")


def test_what_the_server_finds_wrong_can_be_put_right(desk, project):
    prefetched(desk)
    type(project).objects.update(allow_ties=False)
    rank(desk, "ba=dc")
    question(desk, 1)
    notice = desk.locator("[data-notice-name=refused]")
    expect(notice).to_contain_text("The server says")
    notice.get_by_role("button", name="Look at it").click()
    desk.get_by_role("button", name="Open it again").click()
    question(desk, 0)
    expect(desk.locator("[data-sentence]")).to_have_text("B > A = D > C")
    desk.keyboard.press("Escape")
    rank(desk, "badc")
    saved(desk, 1)
    assert letters(Ranking.objects.get()) == "B > A > D > C"
    question(desk, 1)


def test_with_nothing_else_to_show_what_the_server_finds_wrong_stays_on_screen(
    page, live_server, ada, prompts, project
):
    Prompt.objects.exclude(external_id="p0").update(slots=0)
    desk = prefetched(open_ranking(page, live_server.url, ada))
    type(project).objects.update(allow_ties=False)
    rank(desk, "ba=dc")
    expect(desk.locator("[data-notice]")).to_contain_text(re.compile("The server says: .*tie"))
    expect(desk.locator("[data-sentence]")).to_have_text("B > A = D > C")


def test_a_prompt_that_went_back_is_explained_while_it_is_ranked(page, live_server, ada, prompts, project):
    Prompt.objects.exclude(external_id="p0").update(slots=0)
    page.clock.install()
    desk = prefetched(open_ranking(page, live_server.url, ada))
    desk.keyboard.press("b")
    expire_leases(project)
    desk.clock.fast_forward("06:00")
    desk.mouse.move(100, 100)
    expect(desk.locator("[data-notice]")).to_contain_text("went back to the others")
    expect(desk.locator("[data-sentence]")).to_have_text("B")


def test_a_correction_of_what_was_refused_meanwhile_is_the_ranking(desk, project):
    prefetched(desk)
    desk.context.set_offline(True)
    rank(desk, "ba=dc")
    question(desk, 1)
    desk.locator("[data-undo]").click()
    question(desk, 0)
    type(project).objects.update(allow_ties=False)
    desk.context.set_offline(False)
    expect(desk.locator("[data-notice-name=refused]")).to_be_visible()
    for _ in range(3):
        desk.keyboard.press("Backspace")
    rank(desk, "adc")
    saved(desk, 1)
    assert letters(Ranking.objects.get()) == "B > A > D > C"
    expect(desk.locator("[data-notice-name=refused]")).to_have_count(0)


def test_who_signs_in_after_me_gets_none_of_my_rankings(desk, live_server, ada, max):
    type_letters(desk, "badc")
    sign_in(desk, live_server.url, max)
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-notices]")).to_contain_text("signed out")
    assert not Ranking.objects.exists()
    sign_in(desk, live_server.url, ada)
    desk.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(desk.locator("[data-toast]")).to_contain_text("Saved")
    assert Ranking.objects.get().annotator == ada


@pytest.fixture
def refused_on_screen(page, live_server, ada, prompts, project):
    """The server refuses the tie in the only prompt, which stays on screen."""
    Prompt.objects.exclude(external_id="p0").update(slots=0)
    desk = prefetched(open_ranking(page, live_server.url, ada))
    type(project).objects.update(allow_ties=False)
    rank(desk, "ba=dc")
    expect(desk.locator("[data-notice]")).to_contain_text("The server says")
    return desk


def test_what_was_refused_and_is_on_screen_survives_a_reload(refused_on_screen):
    for _ in range(2):
        refused_on_screen.reload()
        expect(refused_on_screen.locator("[data-sentence]")).to_have_text("B > A > D > C")  # without ties by now


@pytest.fixture
def heartbeats(page):
    """Whether each was answered well; the first may come before the test asks for one."""
    answers = []
    page.on("response", lambda answer: answer.url.endswith("/heartbeat/") and answers.append(answer.ok))
    return answers


def test_what_was_refused_is_held_again(heartbeats, refused_on_screen):
    refused_on_screen.mouse.move(200, 200)
    eventually(refused_on_screen, lambda: heartbeats)
    assert all(heartbeats)


def test_what_was_opened_again_survives_a_reload_and_is_held_again(desk, project):
    prefetched(desk)
    # Else it would be lent anew, as the prompt that comes next.
    desk.route(re.compile(r"/rank/next/\?after="), lambda route: route.abort())
    type(project).objects.update(allow_ties=False)
    rank(desk, "ba=dc")
    question(desk, 1)
    desk.locator("[data-notice-name=refused]").get_by_role("button", name="Look at it").click()
    task = Assignment.objects.get(prompt__external_id="p0").pk
    with desk.expect_response(re.compile(f"/{task}/heartbeat/$")) as response:
        desk.get_by_role("button", name="Open it again").click()
        question(desk, 0)
    assert response.value.ok
    type(project).objects.update(allow_ties=True)
    desk.reload()
    question(desk, 0)
    expect(desk.locator("[data-sentence]")).to_have_text("B > A = D > C")


def test_a_refused_revision_that_is_opened_again_still_revises(desk, project):
    prefetched(desk)
    desk.context.set_offline(True)
    rank(desk, "badc")
    question(desk, 1)
    desk.locator("[data-undo]").click()
    question(desk, 0)
    desk.keyboard.press("Backspace")
    rank(desk, "=c")
    question(desk, 1)
    type(project).objects.update(allow_ties=False)
    desk.context.set_offline(False)
    desk.locator("[data-notice-name=refused]").get_by_role("button", name="Look at it").click()
    desk.get_by_role("button", name="Open it again").click()
    question(desk, 0)
    desk.keyboard.press("Backspace")
    rank(desk, "c")
    expect(desk.locator("[data-toast]")).to_have_text("Saved B > A > D > C")
    old, new = Ranking.objects.order_by("pk")
    assert new.supersedes == old
