"""What the templates of a task are given: work, a revision, practice."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from labeling.effort import Effort
from labeling.models import Ranking
from labeling.services.practice import attempt_practice, mark_practice
from labeling.services.projects import update_project
from labeling.views.tasks import cards
from tests.factories import api, make_prompts, rank, tiers_of


def page(client: Client, project, name: str = "rank", *arguments, **query):
    return client.get(reverse(name, args=[project.slug, *arguments]), query)


def revise(ada, ranking: Ranking, **body):
    path = f"/api/v1/rankings/{ranking.pk}/revise/"
    return api(ada).post(path, {"tiers": ranking.tiers, **body}, headers={"Idempotency-Key": "revision"})


def practice(prompt, max, order: str = "r0 > r1"):
    return mark_practice(prompt=prompt, tiers=tiers_of(prompt, order), explanation="See *rule 2*.", user=max)


def test_the_header_is_told_of_my_own_work(as_ada, project, ada, max, prompts):
    update_project(project=project, overlap=2)
    ranking = rank(ada, prompts[0], "r0 > r1 > r2", effort=Effort(active_seconds=30.0))
    Ranking.objects.filter(pk=ranking.pk).update(created_at=timezone.now() - timedelta(days=2))
    rank(ada, prompts[1], "r0 > r1 > r2", effort=Effort(active_seconds=50.0))
    rank(max, prompts[0], "r0 > r1 > r2")

    context = page(as_ada, project).context

    assert (context["mine"], context["today"], context["pace"]) == (2, 1, 40.0)
    assert context["progress"].filled == 3


def test_a_project_asks_what_it_is_set_to(as_ada, project, prompts):
    assert page(as_ada, project).context["asks"] == ["skip"]

    update_project(
        project=project,
        ask_ratings=True,
        ask_confidence=True,
        ask_rationale=True,
        ask_flags=True,
        allow_skip=False,
        allow_better_response=True,
    )

    assert page(as_ada, project).context["asks"] == ["ratings", "confidence", "rationale", "flags", "better"]


def test_with_26_responses_no_better_one_is_asked_for(as_ada, project):
    update_project(project=project, allow_better_response=True)
    make_prompts(project, "p-1", responses=[f"Reply {number}" for number in range(26)])

    assert page(as_ada, project).context["asks"] == ["skip"]


def test_a_changed_guideline_is_announced_until_it_is_seen(as_ada, ada, project, prompts):
    assert page(as_ada, project).context["guidelines_change"] is None
    update_project(project=project, guidelines="Be brief.")

    change = page(as_ada, project).context["guidelines_change"]
    assert (change["version"], change["after"]) == (2, "Be brief.")
    assert page(as_ada, project, "rank-next").context["guidelines_change"] == change

    seen = api(ada).post("/api/v1/projects/support/guidelines-seen/", {"version": 2})
    assert seen.status_code == 204
    assert page(as_ada, project).context["guidelines_change"] is None


def test_a_revision_starts_from_the_ranking_as_it_was(as_ada, project, ada, prompts):
    update_project(project=project, allow_better_response=True)
    ranking = rank(
        ada,
        prompts[0],
        "r0 > r1 = r2",
        acceptable=[],
        confidence=2,
        rationale="Why not.",
        flags={},
        better_response="Mine.",
        effort=Effort(seconds=40.0, moves=3),
    )

    context = page(as_ada, project, revise=ranking.pk).context
    draft = json.loads(context["draft"])
    assert context["revises"] == ranking
    assert [card["key"] for card in context["cards"]] == ranking.display_order
    assert draft["tiers"] == tiers_of(prompts[0], "r0 > r1 = r2")
    assert (draft["acceptable"], draft["confidence"], draft["rationale"]) == ([], 2, "Why not.")
    assert draft["better_response"] == "Mine."
    assert draft["saved_at"] == int(ranking.created_at.timestamp() * 1000)
    assert "seconds" not in draft
    assert context["asks"] == ["better"]


def test_a_written_response_can_be_changed_where_no_more_is_asked_for(as_ada, project, ada, prompts):
    ranking = rank(ada, prompts[0], "r0 > r1 > r2", better_response="Mine.")
    assert not project.allow_better_response

    assert page(as_ada, project, revise=ranking.pk).context["asks"] == ["better"]


@pytest.mark.parametrize("silly", ["x", "", "-1", "0", "9" * 19, "9" * 5000, "٣"])
def test_what_is_no_ranking_cannot_be_revised(as_ada, project, silly):
    assert page(as_ada, project, revise=silly).status_code == 404


def test_only_my_own_current_ranking_can_be_revised(as_ada, as_max, project, ada, prompts):
    ranking = rank(ada, prompts[0], "r0 > r1 > r2")
    revise(ada, ranking)

    for client in (as_ada, as_max):
        assert page(client, project, revise=ranking.pk).status_code == 404
    newest = Ranking.objects.current().get()
    assert page(as_max, project, revise=newest.pk).status_code == 404
    assert page(as_ada, project, revise=newest.pk).status_code == 200


def test_revising_a_superseded_ranking_is_a_conflict(ada, project, prompts):
    ranking = rank(ada, prompts[0], "r0 > r1 > r2")
    assert revise(ada, ranking).status_code == 201

    again = revise(ada, ranking, rationale="Again.")
    path = f"/api/v1/rankings/{ranking.pk}/revise/"
    late = api(ada).post(path, {"tiers": ranking.tiers}, headers={"Idempotency-Key": "another"})

    assert again.status_code == 422, "the key has been used for another body"
    assert (late.status_code, late.json()["type"].rpartition("/")[2]) == (409, "already-superseded")


def test_practice_comes_before_real_work(as_ada, project, ada, max, prompts):
    golds = [practice(prompt, max) for prompt in prompts[:2]]
    update_project(project=project, practice=True, ask_flags=True)

    context = page(as_ada, project).context
    assert (context["gold"], context["assignment"], context["asks"]) == (golds[0], None, [])
    assert (context["practice_number"], context["practice_total"]) == (1, 2)
    following = page(as_ada, project, "rank-next", after=f"practice-{golds[0].pk}").context
    assert (following["gold"], following["practice_number"]) == (golds[1], 2)

    for gold in golds:
        attempt_practice(gold=gold, annotator=ada, tiers=tiers_of(gold.prompt, "r0 > r1 > r2"))
    work = page(as_ada, project, "rank-next", after=f"practice-{golds[1].pk}").context
    assert (work["gold"], work["assignment"].prompt) == (None, prompts[2])


def test_a_practice_prompt_gives_neither_model_nor_order_away(as_ada, project, max, prompts):
    practice(prompts[0], max)
    update_project(project=project, practice=True)

    text = page(as_ada, project).content.decode()

    assert "secret" not in text
    assert "rule 2" not in text


def test_cards_stop_at_z(prompts):
    responses = list(prompts[0].responses.all())

    assert [card["letter"] for card in cards(responses)] == ["A", "B", "C"]
    assert set(cards(responses)[0]) == {"letter", "key", "content"}
