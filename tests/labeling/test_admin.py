"""The Django admin shows everything and lets nobody change people's work there."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from labeling.models import Ranking
from labeling.services.exclusions import exclude_annotator
from labeling.services.guidelines import meet_guidelines
from labeling.services.practice import attempt_practice, mark_practice
from labeling.services.tokens import create_token
from tests.factories import make_prompts, rank, tiers_of

MODELS = [model for model in admin.site._registry if model._meta.app_label == "labeling"]


@pytest.fixture
def signed_in(client, admin):
    client.force_login(admin)
    return client


def address(model, act: str, *arguments) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{act}", args=arguments)


def test_what_people_make_is_registered():
    shown = {model.__name__ for model in MODELS}

    assert shown >= {"Project", "Prompt", "Assignment", "Ranking", "ApiToken", "Job"}
    assert shown >= {"GuidelinesVersion", "GuidelinesSeen", "GoldOrder", "PracticeAttempt"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_and_every_row_opens(signed_in, project, ada, prompt, max, model):
    rank(ada, prompt, "r2 > r1 = r3")
    (practice,) = make_prompts(project, "p-2")
    gold = mark_practice(prompt=practice, tiers=tiers_of(practice, "r1 > r2"), explanation="", user=max)
    attempt_practice(gold=gold, annotator=ada, tiers=tiers_of(practice, "r1 > r2 > r3"))
    meet_guidelines(project=project, user=ada)
    create_token(user=ada, scopes=["read"])
    apps.get_model("labeling", "Job").objects.create(project=project, created_by=max, kind="import")
    exclude_annotator(project=project, annotator=max, reason="Only looked in.", manager=ada)

    assert signed_in.get(address(model, "changelist")).status_code == 200
    assert signed_in.get(address(model, "changelist"), {"q": "x"}).status_code == 200
    row = model._default_manager.first()
    assert signed_in.get(address(model, "change", row.pk)).status_code == 200


def test_what_annotators_of_chosen_rankings_have_said_is_set_aside(signed_in, ada, prompt):
    ranking = rank(ada, prompt, "r2 > r1 = r3")
    form = {"action": "exclude_annotators", "_selected_action": [ranking.pk]}

    first, second = (signed_in.post(address(Ranking, "changelist"), form, follow=True) for _ in range(2))

    assert "the rankings of ada are set aside" in first.content.decode()
    assert "are set aside already" in second.content.decode()
    assert not Ranking.objects.counting().exists()


def test_its_scripts_may_evaluate_and_nobody_elses(signed_in):
    of_admin = signed_in.get(reverse("admin:index")).headers["Content-Security-Policy"]
    of_pages = signed_in.get(reverse("home")).headers["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-eval'" in of_admin
    assert "unsafe" not in of_pages


def test_a_ranking_can_be_neither_added_nor_changed_nor_deleted(signed_in, ada, prompt):
    ranking = rank(ada, prompt, "r2 > r1 = r3")
    before = Ranking.objects.values().get()

    assert signed_in.get(address(Ranking, "add")).status_code == 403
    assert signed_in.post(address(Ranking, "change", ranking.pk), {"rationale": "mine"}).status_code == 403
    assert signed_in.post(address(Ranking, "delete", ranking.pk), {"post": "yes"}).status_code == 403
    assert Ranking.objects.values().get() == before


def test_who_is_no_staff_is_sent_to_sign_in(client, max):
    client.force_login(max)

    assert client.get(address(Ranking, "changelist")).status_code == 302
