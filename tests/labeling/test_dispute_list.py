"""Prompts by their agreement, and one of them with its rankings side by side."""

import pytest
from django.contrib.auth.models import User
from django.http import Http404

from labeling.exceptions import InvalidInput
from labeling.judgements import Judgement
from labeling.models import AssignmentKind, Project, Prompt, PromptStatistics
from labeling.selectors.disputes import (
    Wanted,
    all_disputes,
    dispute_page,
    letter,
    open_disputes,
    place_of,
    wanted,
)
from labeling.selectors.side_by_side import side_by_side
from labeling.services.assignments import adjudicate_prompt, next_assignment, skip_assignment
from labeling.services.exclusions import exclude_annotator
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from labeling.services.rankings import revise_ranking, submit_ranking
from labeling.services.tallies import refresh_tallies
from tests.factories import lend, make_prompts, rank, tiers_of

ALL = Wanted("all", None)


@pytest.fixture
def pair(project) -> Project:
    update_project(project=project, overlap=2)
    return project


@pytest.fixture
def compared(pair, ada, max) -> list[Prompt]:
    """Four prompts on which two people agree on 1/3, 0, 1 and 1/3 of three pairs, and one that only Ada ranked."""
    prompts = make_prompts(pair, *(f"p{number}" for number in range(5)))
    for prompt, order in zip(prompts, ("r2 > r3 > r1", "r3 > r2 > r1", "r1 > r2 > r3", "r3 > r1 > r2"), strict=False):
        rank(ada, prompt, "r1 > r2 > r3")
        rank(max, prompt, order)
    rank(ada, prompts[4], "r1 > r2 > r3")
    refresh_tallies(project=pair)
    return prompts


def ids(project: Project, which: Wanted = ALL, **where: object) -> list[str]:
    return [dispute.prompt.external_id for dispute in dispute_page(project, which, **where).disputes]


def decide(manager: User, prompt: Prompt, order: str = "r2 > r1 > r3") -> None:
    assignment = adjudicate_prompt(prompt=prompt, manager=manager)
    submit_ranking(
        assignment=assignment, judgement=Judgement(tiers=tiers_of(prompt, order)), idempotency_key="decision"
    )
    refresh_tallies(project=prompt.project)


def test_the_least_agreement_comes_first_and_what_one_person_ranked_not_at_all(pair, compared):
    assert ids(pair) == ["p1", "p0", "p3", "p2"]


def test_without_a_wish_those_below_the_project_s_limit_are_listed(pair, compared):
    assert wanted(pair) == Wanted("open", 60)
    assert ids(pair, wanted(pair)) == ["p1", "p0", "p3"]
    assert open_disputes(pair) == 3
    pair.dispute_percent = 33
    assert ids(pair, wanted(pair)) == ["p1"]


def test_a_decision_settles_a_dispute(pair, compared, admin):
    decide(admin, compared[1])

    assert ids(pair, wanted(pair)) == ["p0", "p3"]
    assert ids(pair, wanted(pair, show="settled")) == ["p1"]
    assert ids(pair) == ["p1", "p0", "p3", "p2"]
    assert open_disputes(pair) == 2


def test_pages_lead_on_and_back_through_equal_agreements(pair, compared):
    first = dispute_page(pair, ALL, size=2)
    assert (first.before, [one.prompt.external_id for one in first.disputes]) == (None, ["p1", "p0"])

    second = dispute_page(pair, ALL, after=place_of(first.after or ""), size=2)
    assert (second.after, [one.prompt.external_id for one in second.disputes]) == (None, ["p3", "p2"])

    back = dispute_page(pair, ALL, before=place_of(second.before or ""), size=2)
    assert [one.prompt.external_id for one in back.disputes] == ["p1", "p0"]


def test_all_of_them_are_read_chunk_by_chunk(pair, compared, monkeypatch):
    monkeypatch.setattr("labeling.selectors.disputes.CHUNK", 2)
    assert [one.prompt.external_id for one in all_disputes(pair, ALL)] == ["p1", "p0", "p3", "p2"]


@pytest.mark.parametrize("text", ["", "x", "0.5", "nan_1", "1e999_1", "0.5_x", "--_1", "0.5_1234567890123456789"])
def test_what_is_no_place_is_none(text):
    assert place_of(text) is None


@pytest.mark.parametrize("asked", [{"show": "some"}, {"below": "0"}, {"below": "101"}, {"below": "-3"}, {"below": "x"}])
def test_a_wish_that_cannot_be_met_is_refused(project, asked):
    with pytest.raises(InvalidInput):
        wanted(project, **asked)


def test_letters_go_on_after_z():
    assert [letter(position) for position in (0, 25, 26, 27, 52)] == ["A", "Z", "AA", "AB", "BA"]


def test_the_consensus_is_told_in_letters_and_in_the_ids_of_the_import(pair, compared):
    PromptStatistics.objects.filter(prompt=compared[1]).update(consensus=tiers_of(compared[1], "r3 > r2 = r1"))
    dispute = dispute_page(pair, ALL).disputes[0]
    assert (dispute.lettered, dispute.imported) == ([["C"], ["A", "B"]], [["r3"], ["r1", "r2"]])


def test_rankings_stand_side_by_side_with_the_pairs_that_differ(pair, compared):
    found = side_by_side(pair, compared[0].pk)

    assert [column.tiers for column in found.columns] == [[["A"], ["B"], ["C"]], [["B"], ["C"], ["A"]]]
    assert [(row.one, row.other, row.better, row.opposed) for row in found.pairs] == [
        ("A", "B", ["A", "B"], True),
        ("A", "C", ["A", "C"], True),
    ]
    assert found.alike == 1


def test_a_tie_against_an_order_differs_and_is_not_opposed(pair, ada, max):
    (prompt,) = make_prompts(pair, "p")
    rank(ada, prompt, "r1 = r2 > r3")
    rank(max, prompt, "r1 > r2 > r3")
    assert [(row.better, row.opposed) for row in side_by_side(pair, prompt.pk).pairs] == [(["=", "A"], False)]


def test_who_is_set_aside_is_shown_and_makes_no_difference(pair, compared, max, admin):
    exclude_annotator(project=pair, annotator=max, reason="At random.", manager=admin)
    found = side_by_side(pair, compared[1].pk)
    assert [column.excluded for column in found.columns] == [False, True]
    assert (found.pairs, found.alike) == ([], 3)


def test_a_decision_stands_last_and_opposes_nobody(pair, compared, admin):
    decide(admin, compared[2], "r3 > r2 > r1")
    found = side_by_side(pair, compared[2].pk)
    assert [column.is_adjudication for column in found.columns] == [False, False, True]
    assert found.pairs == []


def test_a_revised_ranking_keeps_its_earlier_versions(pair, compared, ada):
    ranking = compared[2].rankings.get(annotator=ada)
    revise_ranking(
        ranking=ranking, judgement=Judgement(tiers=tiers_of(compared[2], "r3 > r2 > r1")), idempotency_key="again"
    )
    columns = side_by_side(pair, compared[2].pk).columns
    mine = next(column for column in columns if column.annotator == ada)
    assert mine.tiers == [["C"], ["B"], ["A"]]
    assert [version.tiers for version in mine.earlier] == [[["A"], ["B"], ["C"]]]


def test_hidden_checks_are_in_no_column(pair, compared, ada):
    compared[0].rankings.filter(annotator=ada).update(kind=AssignmentKind.REPEAT)
    assert len(side_by_side(pair, compared[0].pk).columns) == 1


def test_skips_come_with_their_reasons(pair, ada):
    (prompt,) = make_prompts(pair, "p")
    skip_assignment(assignment=lend(ada, prompt), reason="unclear: which year?")
    assert [(skip.annotator, skip.reason) for skip in side_by_side(pair, prompt.pk).skips] == [
        (ada, "unclear: which year?")
    ]


def test_a_practice_prompt_shows_the_order_it_should_get(project, max):
    (prompt,) = make_prompts(project, "p")
    mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r2 > r1"), explanation="", user=max)
    assert side_by_side(project, prompt.pk).gold == [["B"], ["A"]]


def test_a_prompt_of_another_project_is_not_found(pair, compared):
    other = Project.objects.create(slug="other", name="Other", created_by=pair.created_by)
    with pytest.raises(Http404):
        side_by_side(other, compared[0].pk)


def test_deciding_takes_no_slot_and_who_decides_is_not_lent_the_prompt_as_work(pair, ada, max):
    (prompt,) = make_prompts(pair, "p")
    adjudicate_prompt(prompt=prompt, manager=max)
    assert next_assignment(project=pair, annotator=max) is None
    lend(ada, prompt)
    prompt.refresh_from_db()
    assert prompt.slots_taken == 1
