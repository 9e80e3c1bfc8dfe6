"""Who may make which call: one table, every path of the API in it."""

import pytest
from django.apps import apps

from labeling.models import ApiToken
from rewardmodel.services import scoring
from tests.factories import api
from tests.rewardmodel.api.world import CALLS, make_world


@pytest.fixture
def world(project, ada, max, tmp_path, sent, settings):
    settings.SCORER_URL = f"unix://{tmp_path}/nobody.sock"
    scoring._scorer.cache_clear()
    yield make_world(project, ada, max, tmp_path)
    scoring._scorer.cache_clear()


every_call = pytest.mark.parametrize("call", CALLS, ids=str)


@every_call
def test_without_a_token_it_is_401(world, call):
    assert call.make(api(None), world).status_code == 401


@every_call
def test_an_outsider_finds_nothing(world, olga, call):
    answer = call.make(api(olga), world)

    assert answer.status_code == call.olga
    assert b"Support" not in getattr(answer, "content", b"")


@every_call
def test_ada_annotates(world, ada, call):
    assert call.make(api(ada, call.scope), world).status_code == call.ada


@every_call
def test_max_manages(world, max, call):
    assert call.make(api(max, call.scope), world).status_code == call.max


@every_call
def test_a_superuser_may_do_what_a_manager_may(world, admin, call):
    assert call.make(api(admin, call.scope), world).status_code == (call.admin or call.max)


@every_call
def test_every_other_scope_together_is_not_enough(world, max, ada, call):
    others = [scope for scope in ApiToken.SCOPES if scope != call.scope]

    for user in (max, ada):
        answer = call.make(api(user, *others), world)
        assert answer.status_code == 403
        assert f"the scope {call.scope!r}" in answer.json()["detail"]


@every_call
def test_who_has_left_the_project_is_an_outsider(world, project, ada, call):
    project.memberships.filter(user=ada).delete()

    assert call.make(api(ada, call.scope), world).status_code == call.olga


def test_a_refused_call_changes_nothing(world, project, olga, ada):
    def everything():
        return {
            model: list(model._default_manager.order_by("pk").values())
            for model in apps.get_models()
            if model is not ApiToken and model._meta.app_label in {"labeling", "rewardmodel"}
        }

    before = everything()
    for call in CALLS:
        if call.olga >= 400:
            call.make(api(olga), world)
        if call.ada == 403:
            call.make(api(ada), world)

    assert everything() == before
