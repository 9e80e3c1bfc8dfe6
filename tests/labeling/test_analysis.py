"""Reliability, consensus and leaderboard as they are stored, and what follows from them."""

import random
from itertools import islice

import pytest
from django.contrib.auth.models import User

from labeling.judgements import Judgement
from labeling.models import AnnotatorReliability, ProjectAnalysis, PromptStatistics
from labeling.selectors.groups import ranking_groups
from labeling.services import analysis
from labeling.services.analysis import bring_up_to_date, catch_up, refresh_statistics
from labeling.services.assignments import adjudicate_prompt
from labeling.services.exclusions import exclude_annotator
from labeling.services.projects import update_project
from labeling.services.rankings import submit_ranking
from tests.factories import make_prompts, rank, tiers_of

pytestmark = pytest.mark.django_db
MODELS = [{"id": f"r{number}", "content": f"Reply {number}.", "model": f"model-{number}"} for number in (1, 2, 3)]


@pytest.fixture
def crowd(project) -> dict[str, User]:
    """Two who rank alike and one who rolls dice, on 30 prompts."""
    update_project(project=project, overlap=3)
    people = {name: User.objects.create_user(name) for name in ("grace", "alan", "dice")}
    draw = random.Random(7)
    for prompt in make_prompts(project, *[f"p-{number:02}" for number in range(30)], responses=MODELS):
        for name, user in people.items():
            order = draw.sample(["r1", "r2", "r3"], 3) if name == "dice" else ["r1", "r2", "r3"]
            rank(user, prompt, " > ".join(order))
    return people


def test_who_rolls_dice_weighs_less_in_the_export_and_the_others_do_not(project, crowd):
    bring_up_to_date(project=project)

    (group,) = islice(ranking_groups(project), 1)
    names = {user.pk: name for name, user in crowd.items()}
    stored = {names[row.annotator_id]: row for row in AnnotatorReliability.objects.all()}
    assert stored["dice"].reliability < 0.5
    assert stored["grace"].reliability > 0.9
    assert sorted(ranking.weight for ranking in group.rankings) == sorted(
        round(row.reliability, 4) for row in stored.values()
    )


def test_the_weights_can_be_left_out(project, crowd):
    bring_up_to_date(project=project)
    update_project(project=project, weigh_by_reliability=False)

    (group,) = islice(ranking_groups(project), 1)
    assert {ranking.weight for ranking in group.rankings} == {1.0}


def test_without_evidence_everybody_weighs_one(project, ada):
    rank(ada, make_prompts(project, "p-1")[0], "r1 > r2 > r3")
    bring_up_to_date(project=project)

    assert not AnnotatorReliability.objects.exists()
    (group,) = ranking_groups(project)
    assert group.rankings[0].weight == 1.0


def test_the_consensus_follows_those_who_agree(project, crowd):
    bring_up_to_date(project=project)

    for statistics in PromptStatistics.objects.select_related("prompt"):
        assert statistics.consensus == tiers_of(statistics.prompt, "r1 > r2 > r3")
        assert 0.5 < statistics.confidence < 1


def test_an_adjudication_is_the_consensus(project, crowd, max):
    prompt = project.prompts.get(external_id="p-00")
    assignment = adjudicate_prompt(prompt=prompt, manager=max)
    decided = Judgement(tiers=tiers_of(prompt, "r3 > r1 = r2"))
    submit_ranking(assignment=assignment, judgement=decided, idempotency_key="once")
    bring_up_to_date(project=project)

    statistics = PromptStatistics.objects.get(prompt=prompt)
    assert (statistics.consensus, statistics.confidence) == (decided.tiers, 1.0)


def test_the_leaderboard_ranks_the_models_that_wrote_the_responses(project, crowd):
    bring_up_to_date(project=project)

    (board,) = ProjectAnalysis.objects.get().leaderboard
    assert [standing["model"] for standing in board["standings"]] == ["model-1", "model-2", "model-3"]


def test_who_is_excluded_is_in_nothing(project, crowd, max):
    exclude_annotator(project=project, annotator=crowd["dice"], reason="Dice.", manager=max)
    bring_up_to_date(project=project)

    assert not AnnotatorReliability.objects.filter(annotator=crowd["dice"]).exists()
    assert {len(group.rankings) for group in ranking_groups(project)} == {2}


def test_a_page_brings_little_up_itself_and_leaves_much_to_the_worker(project, crowd, monkeypatch):
    monkeypatch.setattr(analysis, "PROMPTS_ON_A_PAGE", 10)
    catch_up(project=project)
    assert not PromptStatistics.objects.exists()

    assert refresh_statistics() == ["support"]
    assert PromptStatistics.objects.count() == 30
    assert not ProjectAnalysis.objects.get().stale

    rank(crowd["dice"], make_prompts(project, "p-99")[0], "r1 > r2 > r3")
    catch_up(project=project)
    assert PromptStatistics.objects.count() == 31
    assert not ProjectAnalysis.objects.get().stale


def test_a_large_project_is_analysed_at_intervals(project, crowd, monkeypatch):
    monkeypatch.setattr(analysis, "SMALL", 50)
    refresh_statistics()
    analysed_at = ProjectAnalysis.objects.get().analysed_at
    rank(crowd["dice"], make_prompts(project, "p-99")[0], "r1 > r2 > r3")

    refresh_statistics()

    assert ProjectAnalysis.objects.get().analysed_at == analysed_at
    assert ProjectAnalysis.objects.get().stale
    bring_up_to_date(project=project)
    assert not ProjectAnalysis.objects.get().stale


def test_the_worker_has_nothing_to_do_twice(project, crowd):
    assert refresh_statistics() == ["support"]
    assert refresh_statistics() == []
