"""A response that an annotator writes stands above those it was written for, and is one response among others."""

import pytest

from labeling.exceptions import Conflict
from labeling.judgements import Judgement
from labeling.models import Assignment, Prompt, Ranking, Response
from labeling.services.assignments import next_assignment
from labeling.services.projects import update_project
from labeling.services.rankings import revise_ranking, submit_ranking
from labeling.templatetags.rankings import as_sentence
from tests.factories import api, lend, make_prompts, rank, tiers_of
from tests.racing import at_once


def revise(ranking: Ranking, order: str, **said) -> Ranking:
    judgement = Judgement(tiers=tiers_of(ranking.prompt, order), **said)
    revision, _ = revise_ranking(ranking=ranking, judgement=judgement, idempotency_key=f"revises-{ranking.pk}")
    return revision


def contents(ranking: Ranking) -> list[list[str]]:
    texts = dict(ranking.prompt.responses.values_list("key", "content"))
    return [[texts[key] for key in tier] for tier in ranking.tiers]


def test_it_stands_above_all_that_was_shown(ada, prompt):
    ranking = rank(ada, prompt, "r2 > r1 = r3", better_response=" Four.\n")

    assert contents(ranking) == [[" Four.\n"], ["Two."], ["One.", "Three."]]
    written = prompt.responses.get(written_in__isnull=False)
    assert (written.model, written.position, written.written_in) == ("human", 3, ranking.assignment)
    assert written.key not in ranking.display_order


def test_in_a_sentence_it_is_called_mine(ada, prompt):
    ranking = rank(ada, prompt, "r2 > r1 = r3", better_response="Four.")
    letters = dict(zip(ranking.display_order, "ABC", strict=True))
    r1, r2, r3 = (letters[key] for (key,) in tiers_of(prompt, "r1 > r2 > r3"))

    assert as_sentence(ranking) == f"Mine > {r2} > {r1} = {r3}"


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        ("", "Mine | {r2} > {r1} = {r3}"),
        ("r2", "Mine > {r2} | {r1} = {r3}"),
        ("r1 r2 r3", "Mine > {r2} > {r1} = {r3} |"),
        ("r1", "Mine > {r2} > {r1} = {r3}"),
    ],
)
def test_it_may_be_shown_where_anything_is_said_of_that(ada, prompt, shown, sentence):
    keys = dict(prompt.responses.values_list("external_id", "key"))

    ranking = rank(
        ada, prompt, "r2 > r1 = r3", better_response="Four.", acceptable=[keys[name] for name in shown.split()]
    )

    assert ranking.tiers[0][0] in ranking.acceptable
    letters = dict(zip(ranking.display_order, "ABC", strict=True))
    assert as_sentence(ranking) == sentence.format(**{name: letters[key] for name, key in keys.items()})


def test_nothing_is_said_for_it_where_nothing_was_asked(ada, prompt):
    assert rank(ada, prompt, "r2 > r1 = r3", better_response="Four.").acceptable is None


def test_the_same_submission_again_writes_it_once(ada, assignment):
    judgement = Judgement(tiers=tiers_of(assignment.prompt, "r1 > r2 > r3"), better_response="Four.")
    send = {"assignment": assignment, "judgement": judgement, "idempotency_key": "k-1"}

    assert submit_ranking(**send)[0] == submit_ranking(**send)[0]
    assert assignment.prompt.responses.count() == 4


def test_a_revision_with_the_same_text_keeps_it(ada, prompt):
    first = rank(ada, prompt, "r2 > r1 = r3", better_response="Four.")

    second = revise(first, "r3 > r2 > r1", better_response="Four.")

    assert second.tiers[0] == first.tiers[0]
    assert contents(second) == [["Four."], ["Three."], ["Two."], ["One."]]
    assert prompt.responses.offered().count() == 4


def test_a_revision_with_another_text_withdraws_the_old_one(ada, prompt):
    first = rank(ada, prompt, "r1 > r2 > r3", better_response="Four.")

    second = revise(first, "r1 > r2 > r3", better_response="Five.")

    assert contents(second)[0] == ["Five."]
    assert sorted(prompt.responses.offered().values_list("content", flat=True)) == ["Five.", "One.", "Three.", "Two."]
    first.refresh_from_db()
    assert contents(first)[0] == ["Four."]


def test_a_revision_without_it_withdraws_it(ada, prompt):
    first = rank(ada, prompt, "r1 > r2 > r3", better_response="Four.")

    second = revise(first, "r2 > r1 > r3")

    assert contents(second) == [["Two."], ["One."], ["Three."]]
    assert prompt.responses.offered().count() == 3


def test_the_next_annotator_ranks_it_like_any_other(project, ada, max, prompt):
    update_project(project=project, overlap=2)
    written = rank(ada, prompt, "r1 > r2 > r3", better_response="Four.").tiers[0][0]

    ranking = rank(max, prompt, "r1 > r2 > human-3 > r3")

    assert len(ranking.display_order) == 4
    assert ranking.tiers[2] == [written]


def test_a_withdrawn_one_is_lent_to_nobody(project, ada, max, prompt):
    update_project(project=project, overlap=2)
    revise(rank(ada, prompt, "r1 > r2 > r3", better_response="Four."), "r1 > r2 > r3")

    assert len(lend(max, prompt).display_order) == 3


def test_an_import_may_have_used_its_name(project, ada):
    (prompt,) = make_prompts(project, "p-1", responses=[{"id": "human-2", "content": "One."}, "Two."])

    rank(ada, prompt, "human-2 > r2", better_response="Four.")

    assert prompt.responses.get(written_in__isnull=False).external_id == "human-3"


def test_with_26_responses_no_letter_is_left_for_it(project, ada):
    (prompt,) = make_prompts(project, "p-1", responses=[f"Reply {number}" for number in range(26)])
    order = " > ".join(f"r{number}" for number in range(1, 27))

    with pytest.raises(Conflict, match="as many as there are letters"):
        rank(ada, prompt, order, better_response="One more.")

    assert not Ranking.objects.exists()
    assert Assignment.objects.get().status == Assignment.Status.OPEN
    assert rank(ada, prompt, order).tiers == tiers_of(prompt, order)


def test_the_api_refuses_it_where_the_project_does_not_ask(project, ada, assignment):
    body = {"tiers": tiers_of(assignment.prompt, "r1 > r2 > r3"), "better_response": "Four."}
    path = f"/api/v1/assignments/{assignment.pk}/ranking/"

    refused = api(ada).post(path, body, headers={"Idempotency-Key": "k-1"})
    update_project(project=project, allow_better_response=True)
    accepted = api(ada).post(path, body, headers={"Idempotency-Key": "k-1"})

    assert (refused.status_code, accepted.status_code) == (400, 201)
    assert "does not ask for better responses" in refused.json()["detail"]
    assert [len(tier) for tier in accepted.json()["tiers"]] == [1, 1, 1, 1]


def test_one_that_is_there_stays_when_the_project_asks_for_no_more(project, ada, prompt):
    update_project(project=project, allow_better_response=True)
    ranking = rank(ada, prompt, "r1 > r2 > r3", better_response="Four.")
    update_project(project=project, allow_better_response=False)

    body = {"tiers": tiers_of(prompt, "r2 > r1 > r3")[0:3], "better_response": "Four."}
    answer = api(ada).post(f"/api/v1/rankings/{ranking.pk}/revise/", body, headers={"Idempotency-Key": "k-2"})

    assert answer.status_code == 201
    assert answer.json()["tiers"][0] == ranking.tiers[0]


@pytest.mark.django_db(transaction=True)
def test_two_annotators_who_write_at_once_both_keep_their_response(project, ada, max, prompt):
    update_project(project=project, overlap=2)
    assignments = [next_assignment(project=project, annotator=user) for user in (ada, max)]
    judgement = Judgement(tiers=tiers_of(prompt, "r1 > r2 > r3"), better_response="The same.")

    outcomes = at_once(
        [
            lambda assignment=assignment: submit_ranking(
                assignment=assignment, judgement=judgement, idempotency_key="k-1"
            )
            for assignment in assignments
        ]
    )

    assert [created for _, created in outcomes] == [True, True]
    assert sorted(Response.objects.filter(model="human").values_list("position", flat=True)) == [3, 4]
    assert Prompt.objects.get().slots_taken == 2
