import re

from django.urls import reverse

from labeling.judgements import Judgement
from labeling.models import ApiToken, Assignment
from labeling.ranking import Tiers
from labeling.services.rankings import submit_ranking


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
