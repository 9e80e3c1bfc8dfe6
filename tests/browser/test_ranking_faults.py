"""Nothing is lost on the ranking page and nothing is stored twice, whatever breaks."""

import re

import pytest
from playwright.sync_api import expect

from labeling.models import Membership, Ranking
from labeling.services.members import add_member
from labeling.services.projects import create_project
from tests.browser.ranking import letters, open_ranking, prefetched, question, rank, saved, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SUBMISSION = re.compile("/ranking/$")


def test_a_lost_connection_shows_the_next_prompt_and_sends_the_ranking_later(desk):
    prefetched(desk)
    desk.context.set_offline(True)
    rank(desk, "badc")
    question(desk, 1)
    expect(desk.locator("[data-waiting]")).to_have_text("1 ranking waits to be sent")
    assert not Ranking.objects.exists()
    desk.context.set_offline(False)
    saved(desk, 1)
    expect(desk.locator("[data-waiting]")).to_be_hidden()
    assert letters(Ranking.objects.get()) == "B > A > D > C"


def test_without_a_prompt_fetched_ahead_it_waits_and_says_why(desk):
    prefetched(desk)
    desk.context.set_offline(True)
    rank(desk, "badc")
    question(desk, 1)
    rank(desk, "ca=bd")
    expect(desk.locator("[data-notice]")).to_contain_text("Your ranking is kept here")
    expect(desk.locator("[data-waiting]")).to_have_text("2 rankings wait to be sent")
    desk.context.set_offline(False)
    saved(desk, 2)
    question(desk, 2)
    assert [letters(ranking) for ranking in Ranking.objects.order_by("pk")] == ["B > A > D > C", "C > A = B > D"]


def test_an_answer_that_is_lost_is_not_a_second_ranking(desk):
    keys = []

    def lose(route):
        route.fetch()
        keys.append(route.request.headers["idempotency-key"])
        route.abort()

    desk.route(SUBMISSION, lose, times=1)
    with desk.expect_response(SUBMISSION) as again:
        rank(desk, "badc")
    assert [again.value.request.headers["idempotency-key"]] == keys
    saved(desk, 1)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_in_trouble_is_asked_again_with_the_same_key(desk, status):
    keys = []

    def refuse(route):
        keys.append(route.request.headers["idempotency-key"])
        route.fulfill(status=status, body="{}")

    desk.route(SUBMISSION, refuse, times=2)
    rank(desk, "badc")
    saved(desk, 1)
    assert len(keys) == 2
    assert {Ranking.objects.get().idempotency_key} == set(keys)


def test_two_presses_of_enter_within_20_ms_make_one_ranking(desk):
    prefetched(desk)
    type_letters(desk, "badc")
    desk.evaluate("""async () => {
        const enter = () => new KeyboardEvent("keydown", {key: "Enter", bubbles: true, cancelable: true});
        const press = () => document.body.dispatchEvent(enter());
        press();
        await new Promise((resolve) => setTimeout(resolve, 15));
        press();
    }""")
    saved(desk, 1)
    question(desk, 1)


def test_the_second_enter_does_not_submit_the_next_prompt_with_its_draft(desk):
    prefetched(desk)
    rank(desk, "badc")
    question(desk, 1)
    type_letters(desk, "cabd")
    desk.get_by_role("button", name="Undo the submission").click()
    question(desk, 0)
    type_letters(desk, "=")
    desk.keyboard.press("Enter")
    desk.keyboard.press("Enter")
    question(desk, 1)
    desk.wait_for_timeout(400)
    question(desk, 1)
    assert not Ranking.objects.filter(prompt__external_id="p1").exists()


def test_an_ended_session_keeps_the_ranking_until_one_has_signed_in_in_another_tab(desk, live_server, ada):
    prefetched(desk)
    desk.context.clear_cookies()
    rank(desk, "badc")
    notice = desk.locator("[data-notice-name=session]")
    expect(notice).to_contain_text("You are signed out")
    expect(notice.get_by_role("link", name="Sign in")).to_have_attribute(
        "href", "/accounts/login/?next=/projects/support/rank/"
    )
    question(desk, 1)
    assert not Ranking.objects.exists()
    other = open_ranking(desk.context.new_page(), live_server.url, ada)
    saved(other, 1)
    expect(notice).to_be_hidden()


def test_a_page_closed_with_a_ranking_on_its_way_warns_and_sends_it_on_the_next_visit(desk, live_server, ada):
    prefetched(desk)
    desk.context.set_offline(True)
    rank(desk, "badc")
    expect(desk.locator("[data-waiting]")).to_be_visible()
    with desk.expect_event("dialog") as warning:
        desk.close(run_before_unload=True)
    assert warning.value.type == "beforeunload"
    with desk.expect_event("close"):
        warning.value.accept()
    desk.context.set_offline(False)
    open_ranking(desk.context.new_page(), live_server.url, ada).locator("[data-mine]", has_text="1").wait_for()
    assert letters(Ranking.objects.get()) == "B > A > D > C"


def test_a_crash_after_enter_loses_nothing(desk, live_server, ada):
    prefetched(desk)
    desk.route(SUBMISSION, lambda route: None)
    rank(desk, "badc")
    question(desk, 1)
    context = desk.context
    desk.close()
    page = open_ranking(context.new_page(), live_server.url, ada)
    expect(page.locator("[data-mine]")).to_have_text("1")
    assert Ranking.objects.count() == 1


def test_a_page_made_before_a_ranking_arrived_does_not_ask_for_it_again(desk):
    prefetched(desk)
    submissions = []
    desk.route(SUBMISSION, lambda route: submissions.append(route))
    rank(desk, "badc")
    question(desk, 1)

    def overtaken(route):
        stale = route.fetch()
        submissions[0].continue_()
        desk.wait_for_timeout(1000)
        assert Ranking.objects.count() == 1
        route.fulfill(response=stale)

    desk.route(re.compile("/rank/$"), overtaken, times=1)
    desk.reload()
    question(desk, 1)
    saved(desk, 1)


def test_the_ranking_page_of_another_project_sends_it_too(desk, live_server, ada, admin):
    other = create_project(creator=admin, slug="other", name="Other")
    add_member(project=other, user=ada, role=Membership.Role.ANNOTATOR)
    prefetched(desk)
    desk.route(SUBMISSION, lambda route: route.abort())
    rank(desk, "badc")
    expect(desk.locator("[data-waiting]")).to_be_visible()
    context = desk.context
    desk.close()
    page = context.new_page()
    page.goto(f"{live_server.url}/projects/other/rank/")
    expect(page.locator("[data-toast]")).to_have_text("Saved B > A > D > C")
    expect(page.locator("[data-mine]")).to_have_text("0")
    assert Ranking.objects.get().prompt.project.slug == "support"


@pytest.mark.parametrize("body", ["<title>Sign in to the proxy</title>", '{"id": 1', "null", '{"id": "1"}'])
def test_an_answer_that_is_no_ranking_is_not_taken_for_one(desk, body):
    prefetched(desk)
    desk.route(SUBMISSION, lambda route: route.fulfill(status=200, body=body), times=1)
    rank(desk, "badc")
    expect(desk.locator("[data-waiting]")).to_have_text("1 ranking waits to be sent")
    assert not Ranking.objects.exists()
    expect(desk.locator("[data-toast]")).to_have_text("Saved B > A > D > C")
    saved(desk, 1)


def test_a_proxy_that_sends_to_its_own_sign_in_delays_the_ranking(desk):
    prefetched(desk)
    desk.route(SUBMISSION, lambda route: route.fulfill(status=302, headers={"Location": "/elsewhere/"}), times=1)
    rank(desk, "badc")
    expect(desk.locator("[data-waiting]")).to_be_visible()
    saved(desk, 1)


def test_what_an_older_form_left_in_the_storage_is_swept_away(desk):
    name = desk.evaluate("`podium:${document.querySelector('[data-rank]').dataset.user}:outbox:7`")
    desk.evaluate("(name) => localStorage.setItem(name, JSON.stringify({key: 'k', body: {}}))", name)
    desk.reload()
    prefetched(desk)
    assert desk.evaluate("(name) => localStorage.getItem(name)", name) is None
