import re

import pytest
from django.urls import reverse

from labeling.effort import Effort
from labeling.judgements import Judgement
from labeling.models import ApiToken, Assignment
from labeling.ranking import Tiers
from labeling.services.members import remove_member
from labeling.services.projects import update_project
from labeling.services.rankings import revise_ranking, submit_ranking
from tests.factories import make_prompts, rank


def test_a_token_is_shown_once(as_ada):
    page = as_ada.post(reverse("me"), {"name": "notebook", "scopes": ["read", "score"]}).content.decode()
    secret = re.search(r'value="(podium_[^"]+)"', page)
    assert secret
    assert ApiToken.objects.get().scopes == ["read", "score"]
    again = as_ada.get(reverse("me")).content.decode()
    assert secret[1] not in again
    assert "notebook" in again


def test_a_token_needs_a_scope(as_ada):
    assert as_ada.post(reverse("me"), {"name": "x"}).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_gone_from_the_list(as_ada):
    as_ada.post(reverse("me"), {"name": "notebook", "scopes": ["read"]})
    as_ada.post(reverse("token-revoke", args=[ApiToken.objects.get().pk]))
    as_ada.get(reverse("me"))
    assert "notebook" not in as_ada.get(reverse("me")).content.decode()
    assert ApiToken.objects.get().revoked_at


def test_nobody_revokes_another_persons_token(as_ada, as_max):
    as_ada.post(reverse("me"), {"scopes": ["read"]})
    assert as_max.post(reverse("token-revoke", args=[ApiToken.objects.get().pk])).status_code == 404
    assert ApiToken.objects.get().revoked_at is None


def test_my_rankings_are_told_in_the_letters_i_saw(as_ada, project, prompts):
    as_ada.get(reverse("rank", args=[project.slug]))
    assignment = Assignment.objects.get()
    first, second, third = assignment.display_order
    tiers: Tiers = [[second], [first, third]]
    submit_ranking(assignment=assignment, judgement=Judgement(tiers=tiers), idempotency_key="k")
    page = as_ada.get(reverse("me")).content.decode()
    assert "B &gt; A = C" in page
    assert "Question 0?" in page


def test_my_page_says_how_much_and_how_fast(as_ada, ada, prompts):
    rank(ada, prompts[0], "r0 > r1 > r2", effort=Effort(active_seconds=90.0))

    page = as_ada.get(reverse("me")).content.decode()

    assert "1 ranking" in page
    assert "1 min 30 s a ranking" in page
    assert "about 40 an hour" in page


def test_agreement_is_told_only_where_the_manager_allows_it(as_ada, project, ada, max, prompts):
    update_project(project=project, overlap=2)
    rank(ada, prompts[0], "r0 > r1 > r2")
    rank(max, prompts[0], "r0 > r2 > r1")
    assert "Agreement" not in as_ada.get(reverse("me")).content.decode()

    update_project(project=project, show_agreement=True)

    assert "67 % on 1 prompt" in as_ada.get(reverse("me")).content.decode()


def test_the_history_holds_superseded_rankings_and_revises_current_ones(as_ada, project, ada, prompts):
    first = rank(ada, prompts[0], "r0 > r1 > r2")
    judgement = Judgement(tiers=first.tiers[::-1])
    second, _ = revise_ranking(ranking=first, judgement=judgement, idempotency_key="k-2")

    page = as_ada.get(reverse("history")).content.decode()

    assert page.count("Question 0?") == 3, "two rankings, and the name of one link"
    assert "superseded" in page
    assert f"?revise={second.pk}" in page
    assert f"?revise={first.pk}" not in page


def test_a_project_that_i_have_left_offers_no_revision(as_ada, project, ada, prompts):
    rank(ada, prompts[0], "r0 > r1 > r2")
    remove_member(project=project, user=ada)

    page = as_ada.get(reverse("history")).content.decode()

    assert "Question 0?" in page
    assert "?revise=" not in page


@pytest.mark.parametrize("query", ["?before=x", "?before=" + "9" * 5000, "?after=-1", "?before=0&after=0"])
def test_a_silly_page_of_the_history_is_no_crash(as_ada, query):
    assert as_ada.get(reverse("history") + query).status_code == 200


def test_nobody_sees_the_history_of_another(as_max, ada, prompts):
    rank(ada, prompts[0], "r0 > r1 > r2")

    assert "Question 0?" not in as_max.get(reverse("history")).content.decode()


def test_a_page_of_the_history_costs_the_same_however_long_it_is(as_ada, project, ada, django_assert_max_num_queries):
    for prompt in make_prompts(project, *(f"p-{number}" for number in range(30))):
        rank(ada, prompt, "r1 > r2 > r3")

    with django_assert_max_num_queries(8):
        as_ada.get(reverse("history"))
