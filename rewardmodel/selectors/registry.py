"""Reward models and which of them serves."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404

from labeling.models import Project
from labeling.selectors.access import check_manages, projects_for
from rewardmodel.exceptions import NoRewardModel
from rewardmodel.models import Alias, GateVerdict, RegistryEvent, RewardModel


def reward_models(project: Project) -> QuerySet[RewardModel]:
    return project.reward_models.prefetch_related("aliases").select_related("run", "snapshot")


def newest_verdicts(models: Sequence[RewardModel]) -> dict[int, GateVerdict]:
    """What the gate has last found of each, by id."""
    found = GateVerdict.objects.filter(reward_model__in=models).select_related("champion").order_by("pk")
    return {verdict.reward_model_id: verdict for verdict in found}


def registry_events(project: Project) -> QuerySet[RegistryEvent]:
    """The audit trail, newest first."""
    return project.registry_events.select_related("reward_model", "verdict", "by")


def reward_model_for(user: User, model_id: int) -> RewardModel:
    """A model of a project that the caller manages; `PermissionDenied` for its annotators, `Http404` for all others."""
    model = RewardModel.objects.select_related("project").filter(pk=model_id, project__in=projects_for(user)).first()
    if model is None:
        raise Http404(f"no reward model {model_id}")
    check_manages(user, model.project)
    return model


def find_champion(project: Project) -> RewardModel | None:
    alias = Alias.objects.filter(project=project, name=Alias.Name.CHAMPION).select_related("reward_model").first()
    return alias.reward_model if alias else None


def champion(project: Project) -> RewardModel:
    """The model that serves. Raises `NoRewardModel` when none does."""
    model = find_champion(project)
    if model is None:
        raise NoRewardModel(
            f"{project.slug!r} has no reward model yet; rank some prompts and start a training run, then try again"
        )
    return model
