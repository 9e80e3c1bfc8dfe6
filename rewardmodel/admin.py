"""The Django admin of runs, models and policies; its actions call the same services as the pages."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from labeling.admin import ProjectAdmin as LabelingProjectAdmin
from labeling.admin import ReadOnly
from labeling.exceptions import LabelingError
from labeling.models import Project
from rewardmodel.models import Alias, DatasetSnapshot, RetrainPolicy, RewardModel, TrainingRun
from rewardmodel.services.registry import promote_reward_model
from rewardmodel.services.runs import queue_training_run, request_cancel

admin.site.unregister(Project)


@admin.register(Project)
class ProjectAdmin(LabelingProjectAdmin):
    actions = ("retrain_now",)

    @admin.action(description="Retrain now")
    def retrain_now(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        for project in queryset:
            try:
                run = queue_training_run(
                    project=project,
                    trigger=TrainingRun.Trigger.MANUAL,
                    created_by=request.user if request.user.is_authenticated else None,
                )
            except LabelingError as error:
                self.message_user(request, f"{project.slug}: {error.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{project.slug}: run {run.pk} is queued")


@admin.register(DatasetSnapshot)
class DatasetSnapshotAdmin(ReadOnly):
    list_display = ("id", "project", "sha256", "groups", "rankings", "pairs", "created_at")
    list_filter = ("project",)
    list_select_related = ("project",)


@admin.register(TrainingRun)
class TrainingRunAdmin(ReadOnly):
    list_display = ("id", "project", "status", "trigger", "attempt", "step", "total_steps", "created_at", "ended_at")
    list_filter = ("status", "trigger", "project")
    list_select_related = ("project",)
    actions = ("cancel",)

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, queryset: QuerySet[TrainingRun]) -> None:
        for run in queryset:
            try:
                request_cancel(run=run)
            except LabelingError as error:
                self.message_user(request, error.detail, messages.ERROR)


class AliasInline(admin.TabularInline[Alias, RewardModel]):
    model = Alias
    extra = 0
    fields = readonly_fields = ("name", "changed_at")
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(RewardModel)
class RewardModelAdmin(ReadOnly):
    list_display = ("project", "version", "bears", "run", "created_at")
    list_filter = ("project",)
    list_select_related = ("project", "run")
    inlines = (AliasInline,)
    actions = ("promote",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("aliases")

    @admin.display(description="aliases")
    def bears(self, model: RewardModel) -> str:
        return ", ".join(model.alias_names)

    @admin.action(description="Make champion")
    def promote(self, request: HttpRequest, queryset: QuerySet[RewardModel]) -> None:
        if len(queryset) != 1:
            self.message_user(request, "choose one version; a project has one champion", messages.ERROR)
            return
        model = promote_reward_model(
            reward_model=queryset.get(), by=request.user if request.user.is_authenticated else None
        )
        self.message_user(request, f"{model} is the champion")


@admin.register(RetrainPolicy)
class RetrainPolicyAdmin(admin.ModelAdmin[RetrainPolicy]):
    list_display = ("project", "paused", "every_n_rankings", "every_hours", "cooldown_hours", "budget_hours")
    list_select_related = ("project",)
