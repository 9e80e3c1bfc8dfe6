import re

from django.urls import reverse

from labeling.models import ApiToken, Assignment
from labeling.ranking import Tiers
from labeling.judgements import Judgement
from labeling.services.rankings import submit_ranking


def test_a_token_is_shown_once(ada):
    page = ada.post(reverse("me"), {"name": "notebook", "scopes": ["read", "score"]}).content.decode()
    secret = re.search(r'value="(podium_[^"]+)"', page)
    assert secret
    assert ApiToken.objects.get().scopes == ["read", "score"]
    again = ada.get(reverse("me")).content.decode()
    assert secret[1] not in again
    assert "notebook" in again


def test_a_token_needs_a_scope(ada):
    assert ada.post(reverse("me"), {"name": "x"}).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_revoked_token_is_gone_from_the_list(ada):
    ada.post(reverse("me"), {"name": "notebook", "scopes": ["read"]})
    ada.post(reverse("token-revoke", args=[ApiToken.objects.get().pk]))
    ada.get(reverse("me"))
    assert "notebook" not in ada.get(reverse("me")).content.decode()
    assert ApiToken.objects.get().revoked_at


def test_nobody_revokes_another_persons_token(ada, max):
    ada.post(reverse("me"), {"scopes": ["read"]})
    assert max.post(reverse("token-revoke", args=[ApiToken.objects.get().pk])).status_code == 404
    assert ApiToken.objects.get().revoked_at is None


def test_my_rankings_are_told_in_the_letters_i_saw(ada, project, prompts):
    ada.get(reverse("rank", args=[project.slug]))
    assignment = Assignment.objects.get()
    first, second, third = assignment.display_order
    tiers: Tiers = [[second], [first, third]]
    submit_ranking(assignment=assignment, judgement=Judgement(tiers=tiers), idempotency_key="k")
    page = ada.get(reverse("me")).content.decode()
    assert "B &gt; A = C" in page
    assert "Question 0?" in page
