import csv

import pytest
from django.test import Client
from django.urls import reverse

from labeling.judgements import Judgement
from labeling.models import Assignment, AssignmentKind, Project, Prompt, Ranking, Response
from labeling.selectors.groups import ranking_groups
from labeling.services.assignments import adjudicate_prompt, skip_assignment
from labeling.services.exclusions import exclude_annotator
from labeling.services.practice import mark_practice
from labeling.services.projects import update_project
from labeling.services.rankings import submit_ranking
from tests.factories import lend, make_prompts, rank, tiers_of


@pytest.fixture
def disputed(project, ada, max) -> Prompt:
    update_project(project=project, overlap=2)
    (prompt,) = make_prompts(project, "=p1", prompt="<b>Why?</b>")
    rank(ada, prompt, "r1 > r2 > r3", rationale="<i>because</i>", confidence=4)
    rank(max, prompt, "r3 > r2 > r1")
    return prompt


def list_page(client: Client, project: Project, **query: str) -> str:
    return client.get(reverse("disputes", args=[project.slug]), query).content.decode()


def prompt_page(client: Client, prompt: Prompt) -> str:
    return client.get(reverse("dispute", args=[prompt.project.slug, prompt.pk])).content.decode()


def adjudicate(client: Client, prompt: Prompt) -> str:
    answer = client.post(reverse("dispute-adjudicate", args=[prompt.project.slug, prompt.pk]))
    assert answer.status_code == 302
    return str(answer["Location"])


def test_disputes_are_for_managers(as_ada, as_olga, disputed):
    slug = disputed.project.slug
    for name, args in (("disputes", [slug]), ("dispute", [slug, disputed.pk])):
        assert as_ada.get(reverse(name, args=args)).status_code == 403
        assert as_olga.get(reverse(name, args=args)).status_code == 404
    path = reverse("dispute-adjudicate", args=[slug, disputed.pk])
    assert (as_ada.post(path).status_code, as_olga.post(path).status_code) == (403, 404)
    assert not Assignment.objects.filter(kind=AssignmentKind.ADJUDICATION).exists()


def test_a_project_of_one_ranking_a_prompt_is_told_why_there_is_no_dispute(as_max, project):
    page = list_page(as_max, project)
    assert "Each prompt of this project goes to one person" in page
    assert reverse("settings", args=[project.slug]) in page


def test_a_new_disagreement_is_listed_at_once(as_max, disputed):
    page = list_page(as_max, disputed.project)
    assert "&lt;b&gt;Why?&lt;/b&gt;" in page
    assert "0\u00a0%" in page


def test_the_list_is_a_file_that_runs_no_formula(as_max, disputed):
    answer = as_max.get(reverse("disputes", args=[disputed.project.slug]), {"format": "csv"})
    (row,) = csv.DictReader(answer.content.decode().splitlines())
    assert answer["Content-Type"].startswith("text/csv")
    assert (row["prompt"], row["rankings"], row["agreement"], row["adjudicated"]) == ("'=p1", "2", "0.0", "0")


@pytest.mark.parametrize("query", [{"show": "x"}, {"below": "x"}, {"after": "nan_1"}, {"before": "1"}])
def test_a_silly_query_is_ignored(as_max, disputed, query):
    assert "Why?" in list_page(as_max, disputed.project, **query)


def test_a_prompt_s_page_shows_what_everybody_said(as_max, disputed):
    page = prompt_page(as_max, disputed)
    assert "A &gt; B &gt; C" in page
    assert "C &gt; B &gt; A" in page
    assert "4 of 5" in page
    assert "&lt;i&gt;because&lt;/i&gt;" in page
    assert page.count("opposed</span>") == 3


def test_hostile_responses_and_models_are_shown_and_not_obeyed(as_max, disputed):
    Response.objects.update(content="<script>alert(1)</script> [x](javascript:alert(1))", model="<img src=x>")
    page = prompt_page(as_max, disputed)
    assert "<script>alert" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert " style=" not in page


def test_who_is_set_aside_is_marked(as_max, disputed, ada, max):
    exclude_annotator(project=disputed.project, annotator=ada, reason="Absent.", manager=max)
    assert "set aside" in prompt_page(as_max, disputed)


def test_skips_are_told_in_the_reader_s_words(as_max, project, ada, prompts):
    skip_assignment(assignment=lend(ada, prompts[0]), reason="not my language: <Welsh>")
    assert "Not my language: &lt;Welsh&gt;" in prompt_page(as_max, prompts[0])


def test_any_prompt_has_a_page_and_no_other_number(as_max, project, prompts):
    assert "Nobody has ranked this prompt yet." in prompt_page(as_max, prompts[0])
    for number in (0, 10**30):
        assert as_max.get(reverse("dispute", args=[project.slug, number])).status_code == 404


def test_adjudicating_leads_to_the_ranking_page_with_that_prompt(as_max, disputed):
    path = adjudicate(as_max, disputed)
    page = as_max.get(path).content.decode()
    assert "You are deciding prompt =p1" in page
    assert f'data-back="{reverse("dispute", args=[disputed.project.slug, disputed.pk])}"' in page
    assert 'data-do="skip"' not in page
    assert "because" not in page


def test_adjudicating_twice_is_one_assignment(as_max, disputed):
    assert adjudicate(as_max, disputed) == adjudicate(as_max, disputed)
    assert Assignment.objects.filter(kind=AssignmentKind.ADJUDICATION).count() == 1


def test_a_decision_is_opened_again_to_be_revised(as_max, disputed, max):
    assignment = adjudicate_prompt(prompt=disputed, manager=max)
    ranking, _ = submit_ranking(
        assignment=assignment, judgement=Judgement(tiers=tiers_of(disputed, "r2 > r1 = r3")), idempotency_key="k"
    )
    page = as_max.get(adjudicate(as_max, disputed)).content.decode()
    assert f'data-revises="{ranking.pk}"' in page
    assert "data-back=" in page
    assert "Change my decision" in prompt_page(as_max, disputed)
    assert "decided</span>" in list_page(as_max, disputed.project, show="settled")


def test_nobody_opens_the_decision_of_somebody_else(as_ada, as_max, disputed, ada, admin):
    others = adjudicate_prompt(prompt=disputed, manager=admin)
    work = Assignment.objects.get(annotator=ada)
    path = reverse("rank", args=[disputed.project.slug])
    for client, named in ((as_max, others.pk), (as_ada, others.pk), (as_ada, work.pk), (as_max, "x")):
        assert client.get(path, {"adjudicate": named}).status_code == 404


def test_a_decision_counts_beside_the_other_rankings(disputed, max):
    assignment = adjudicate_prompt(prompt=disputed, manager=max)
    submit_ranking(
        assignment=assignment, judgement=Judgement(tiers=tiers_of(disputed, "r2 > r1 = r3")), idempotency_key="k"
    )
    (group,) = ranking_groups(disputed.project)
    # Max had ranked it himself: his decision takes the place of that.
    assert len(group.rankings) == 2
    assert group.rankings[1].tiers == [["r2"], ["r1", "r3"]]
    assert Ranking.objects.filter(kind=AssignmentKind.ADJUDICATION).count() == 1


def test_a_practice_prompt_is_not_decided(as_max, project, max):
    (prompt,) = make_prompts(project, "p")
    mark_practice(prompt=prompt, tiers=tiers_of(prompt, "r2 > r1"), explanation="", user=max)
    page = prompt_page(as_max, prompt)
    assert "Adjudicate" not in page
    assert "Expected order" in page
    path = reverse("dispute-adjudicate", args=[project.slug, prompt.pk])
    assert as_max.post(path).status_code == 404
