"""The Django admin of runs and models: its actions are the services."""

import pytest
from django.contrib import admin
from django.urls import reverse

from labeling.models import Project
from rewardmodel.models import Decision, GateVerdict, RegistryEvent, RetrainPolicy, RewardModel, TrainingRun
from rewardmodel.selectors.registry import champion
from rewardmodel.services.policies import policy_for
from rewardmodel.services.snapshots import freeze_snapshot
from tests.factories import rank
from tests.rewardmodel.factories import make_reward_model, make_run

MODELS = [model for model in admin.site._registry if model._meta.app_label == "rewardmodel"]


@pytest.fixture
def signed_in(client, admin):
    client.force_login(admin)
    return client


def changelist(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def act(client, model, action: str, *rows) -> list[str]:
    """Run an action on rows; what the admin says of it."""
    form = {"action": action, "_selected_action": [row.pk for row in rows]}
    answer = client.post(changelist(model), form, follow=True)
    assert answer.status_code == 200
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_and_every_row_opens(signed_in, project, ada, prompt, tmp_path, model):
    make_run(project, ada, prompt).fail("broken")
    version = make_reward_model(project, tmp_path)
    policy_for(project)
    GateVerdict.objects.create(reward_model=version, champion=version, passed=True, checks=[], comparison={})
    figures = {"score": 0.1, "probability": 0.5, "threshold": 0.8}
    Decision.objects.create(project=project, reward_model=version, kind="hold", prompt=[], response="a", **figures)

    assert signed_in.get(changelist(model)).status_code == 200
    row = model._default_manager.first()
    path = reverse(f"admin:rewardmodel_{model._meta.model_name}_change", args=[row.pk])
    assert signed_in.get(path).status_code == 200


def test_retrain_now_queues_a_run_or_says_why_not(signed_in, project, ada, prompt, sent, admin):
    assert "nobody has ranked" in act(signed_in, Project, "retrain_now", project)[0]
    rank(ada, prompt, "r2 > r1 = r3")

    assert "is queued" in act(signed_in, Project, "retrain_now", project)[0]
    assert "wait for it to end" in act(signed_in, Project, "retrain_now", project)[0]

    assert (TrainingRun.objects.get().trigger, TrainingRun.objects.get().created_by) == ("manual", admin)


def test_runs_are_cancelled(signed_in, project, ada, prompt):
    run = make_run(project, ada, prompt)

    act(signed_in, TrainingRun, "cancel", run)
    assert TrainingRun.objects.get().status == "cancelled"
    assert "has been cancelled already" in act(signed_in, TrainingRun, "cancel", run)[0]


def test_a_cancelled_run_is_taken_up_again(signed_in, project, ada, prompt, sent):
    run = make_run(project, ada, prompt)
    run.end_cancelled()

    act(signed_in, TrainingRun, "resume", run)
    assert TrainingRun.objects.get().status == "queued"
    assert "is queued" in act(signed_in, TrainingRun, "resume", run)[0]


def test_a_project_is_rolled_back(signed_in, project, ada, prompt, tmp_path):
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    first, second = (make_reward_model(project, tmp_path) for _ in range(2))
    assert "no previous champion" in act(signed_in, Project, "roll_back", project)[0]
    act(signed_in, RewardModel, "promote", second)

    assert "v1 is the champion again" in act(signed_in, Project, "roll_back", project)[0]
    assert champion(project) == first


def test_the_audit_trail_and_policies_are_read_and_never_changed(signed_in, project):
    policy = policy_for(project)
    for model, row in ((RetrainPolicy, policy), (RegistryEvent, None)):
        assert signed_in.get(reverse(f"admin:rewardmodel_{model._meta.model_name}_add")).status_code == 403
        if row:
            path = reverse(f"admin:rewardmodel_{model._meta.model_name}_change", args=[row.pk])
            assert signed_in.post(path, {"paused": ""}).status_code == 403


def test_one_version_is_made_champion(signed_in, project, ada, prompt, tmp_path):
    rank(ada, prompt, "r2 > r1 = r3")
    freeze_snapshot(project=project, created_by=ada)
    first, second = (make_reward_model(project, tmp_path) for _ in range(2))

    assert "choose one version" in act(signed_in, RewardModel, "promote", first, second)[0]
    assert champion(project) == first
    act(signed_in, RewardModel, "promote", second)
    assert champion(project) == second
