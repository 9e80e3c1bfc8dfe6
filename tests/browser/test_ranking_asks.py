"""What a project may ask beside the order: each by its key, each free to leave open."""

import pytest
from playwright.sync_api import Page, expect

from labeling.models import Project, Ranking, Response
from labeling.services.projects import update_project
from tests.browser.axe import violations
from tests.browser.ranking import letters, open_ranking, rank, saved, sentence, type_letters

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ASKED = ("ask_ratings", "ask_confidence", "ask_rationale", "ask_flags", "allow_better_response")


@pytest.fixture
def asking(page: Page, live_server, ada, project, prompts) -> Page:
    """The ranking page of a project that asks for everything, with two dimensions."""
    Project.objects.update(dimensions=["truth", "tone"], **dict.fromkeys(ASKED, True))
    return open_ranking(page, live_server.url, ada)


def test_all_of_it_may_be_left_open(asking):
    rank(asking, "bacd")
    saved(asking, 1)
    ranking = Ranking.objects.get()
    assert (ranking.ratings, ranking.flags, ranking.confidence, ranking.rationale) == ({}, {}, None, "")


def test_a_point_and_digits_rate_one_card_after_the_other(asking):
    type_letters(asking, ".45")
    expect(asking.locator("[data-announce]")).to_have_text("A, tone: 5")
    type_letters(asking, "3")
    rank(asking, "bacd")
    saved(asking, 1)
    ranking = Ranking.objects.get()
    a, b, *_ = ranking.display_order
    assert ranking.ratings == {a: {"truth": 4, "tone": 5}, b: {"truth": 3}}


def test_a_second_point_goes_to_the_next_card_and_a_digit_too_many_is_none(asking):
    asking.locator('.card[data-letter="C"]').focus()
    type_letters(asking, "..212")
    assert sentence(asking) == ""
    rank(asking, "bacd")
    saved(asking, 1)
    ranking = Ranking.objects.get()
    assert ranking.ratings == {ranking.display_order[3]: {"truth": 2, "tone": 1}}


def test_escape_goes_back_to_the_card(asking):
    asking.locator('.card[data-letter="C"]').focus()
    type_letters(asking, "ba.")
    asking.keyboard.press("Escape")
    expect(asking.locator('.card[data-letter="C"]')).to_be_focused()
    assert type_letters(asking, "1") == "B = C > A"


def test_ratings_are_given_by_mouse_too_and_taken_back(asking):
    card = asking.locator('.card[data-letter="A"]')
    card.get_by_text("Rate A").click()
    four = card.get_by_role("group", name="truth").get_by_label("4")
    four.click()
    expect(four).to_be_checked()
    asking.keyboard.press("Control+z")
    expect(four).not_to_be_checked()
    asking.keyboard.press("Control+y")
    expect(four).to_be_checked()
    four.press("Delete")
    expect(four).not_to_be_checked()


def test_ratings_unfold_on_all_cards_and_stay_so(asking):
    truth = asking.get_by_role("group", name="truth")
    expect(truth).to_have_count(0)
    type_letters(asking, ".4")
    expect(truth).to_have_count(4)
    asking.reload()
    expect(asking.locator("[data-reason]")).not_to_be_empty()
    expect(truth).to_have_count(4)
    asking.get_by_text("Rate A").click()
    expect(truth).to_have_count(0)


def test_a_comma_and_a_digit_say_how_sure_one_is(asking):
    type_letters(asking, "bacd,")
    type_letters(asking, "4")
    asking.keyboard.press("Enter")
    saved(asking, 1)
    assert Ranking.objects.get().confidence == 4


def test_flags_are_raised_by_digits_on_one_card_after_the_other(asking):
    type_letters(asking, "!1")
    expect(asking.locator("[data-announce]")).to_have_text("A: Harmful")
    type_letters(asking, "33!24")
    rank(asking, "bacd")
    saved(asking, 1)
    ranking = Ranking.objects.get()
    a, b, *_ = ranking.display_order
    assert ranking.flags == {a: ["harmful"], b: ["broken", "private"]}


def test_digits_that_answer_give_no_places(asking):
    type_letters(asking, "ba!1.1,")
    assert sentence(asking) == "B > A"
    asking.keyboard.press("Escape")
    assert sentence(asking) == "B > A"
    asking.keyboard.press("Escape")
    assert sentence(asking) == ""


def test_a_better_response_stands_above_the_others(asking):
    type_letters(asking, "ba=cd+")
    asking.keyboard.type("A far better reply.")
    asking.keyboard.press("Escape")
    assert sentence(asking) == "yours > B > A = C > D"
    asking.keyboard.press("Enter")
    saved(asking, 1)
    ranking = Ranking.objects.get()
    written = Response.objects.get(content="A far better reply.")
    assert ranking.tiers[0] == [written.key]
    ranking.tiers = ranking.tiers[1:]
    assert letters(ranking) == "B > A = C > D"


def test_all_that_was_said_is_there_after_a_reload(asking):
    type_letters(asking, "ba!1.3,2/")
    asking.keyboard.type("Because.")
    asking.keyboard.press("Escape")
    type_letters(asking, "+")
    asking.keyboard.type("Better.")
    asking.keyboard.press("Escape")
    asking.reload()
    expect(asking.locator("[data-reason]")).to_have_text("C, D still to rank")
    assert sentence(asking) == "yours > B > A"
    type_letters(asking, "cd")
    asking.keyboard.press("Enter")
    saved(asking, 1)
    ranking = Ranking.objects.get()
    a = ranking.display_order[0]
    assert ranking.flags == {a: ["harmful"]}
    assert ranking.ratings == {a: {"truth": 3}}
    assert (ranking.confidence, ranking.rationale) == (2, "Because.")


def test_all_that_is_asked_is_within_reach_of_everybody(asking):
    type_letters(asking, "ba|=c.")
    assert violations(asking) == []


def test_a_revision_changes_what_was_said_and_can_be_left(asking):
    type_letters(asking, "bacd|!1,4")
    asking.keyboard.press("Enter")
    saved(asking, 1)
    first = Ranking.objects.get()
    asking.goto(f"{asking.url}?revise={first.pk}")
    expect(asking.get_by_text("You are changing your ranking of")).to_be_visible()
    assert sentence(asking) == "B > A > C > D |"
    expect(asking.get_by_role("button", name="Keep it as it was")).to_be_visible()
    type_letters(asking, "=")
    asking.get_by_role("button", name="Save the change").click()
    expect(asking.get_by_text("You are changing your ranking of")).to_have_count(0)
    asking.wait_for_load_state("networkidle")
    second = Ranking.objects.get(supersedes=first)
    assert [len(tier) for tier in second.tiers] == [1, 1, 2]
    assert (second.flags, second.confidence) == (first.flags, first.confidence)


def test_a_rating_on_what_is_not_rated_any_more_stands_in_no_way(asking, project):
    type_letters(asking, "bacd.4")
    asking.keyboard.press("Escape")
    asking.keyboard.press("Enter")
    saved(asking, 1)
    update_project(project=project, dimensions=["brevity"])
    first = Ranking.objects.get()
    asking.goto(f"{asking.url}?revise={first.pk}")
    type_letters(asking, "0")
    asking.keyboard.press("Enter")
    expect(asking.locator("[data-toast]")).to_contain_text("Saved")
    assert Ranking.objects.current().get().supersedes == first


def test_ties_that_are_not_allowed_any_more_are_parted_with_a_word(asking, project):
    type_letters(asking, "b=acd")
    asking.keyboard.press("Enter")
    saved(asking, 1)
    update_project(project=project, allow_ties=False)
    asking.goto(f"{asking.url}?revise={Ranking.objects.get().pk}")
    expect(asking.locator("[data-notice]")).to_contain_text("does not allow ties any more")


def test_nothing_is_written_while_a_ranking_is_on_its_way(asking):
    asking.context.set_offline(True)
    type_letters(asking, "bacd")
    asking.keyboard.press("Enter")
    type_letters(asking, "bacd")
    asking.keyboard.press("Enter")
    expect(asking.locator("[data-rationale]")).not_to_be_editable()
    asking.context.set_offline(False)
