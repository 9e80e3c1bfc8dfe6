"""Reward models and which of them serves."""

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404

from labeling.models import Project
from labeling.selectors.access import check_manages, projects_for
from rewardmodel.exceptions import NoRewardModel
from rewardmodel.models import Alias, RewardModel


def reward_models(project: Project) -> QuerySet[RewardModel]:
    return project.reward_models.prefetch_related("aliases").select_related("run", "snapshot")


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
