"""The Django admin of runs, models and policies; its actions call the same services as the pages."""

from typing import Any

import django_celery_beat.admin  # noqa: F401  registers what is registered anew below
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import RangeDateTimeFilter

from labeling.admin import ProjectAdmin as LabelingProjectAdmin
from labeling.admin import ReadOnly, caller
from labeling.exceptions import LabelingError
from labeling.models import Project
from rewardmodel.models import (
    Alias,
    DatasetSnapshot,
    Decision,
    GateVerdict,
    RegistryEvent,
    RetrainPolicy,
    RewardModel,
    TrainingRun,
)
from rewardmodel.services.policies import policy_for
from rewardmodel.services.registry import promote_reward_model, roll_back
from rewardmodel.services.runs import queue_training_run, reopen_run, request_cancel

admin.site.unregister(Project)
# Importing beat's admin has registered them. Schedules are kept by services; here one sees what is asked and when.
admin.site.unregister([ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule])


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(ReadOnly):
    list_display = ("name", "task", "scheduler", "enabled", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab")


@admin.register(Project)
class ProjectAdmin(LabelingProjectAdmin):
    actions = ("retrain_now", "roll_back")

    @admin.action(description="Roll back to the champion before")
    def roll_back(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        for project in queryset:
            try:
                model = roll_back(project=project, by=caller(request))
            except LabelingError as error:
                self.message_user(request, f"{project.slug}: {error.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{model} is the champion again")

    @admin.action(description="Retrain now")
    def retrain_now(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        for project in queryset:
            try:
                run = queue_training_run(
                    project=project,
                    trigger=TrainingRun.Trigger.MANUAL,
                    created_by=caller(request),
                    config=policy_for(project).config,
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
    search_fields = ("error", "project__slug")
    actions = ("cancel", "resume")

    @admin.action(description="Resume")
    def resume(self, request: HttpRequest, queryset: QuerySet[TrainingRun]) -> None:
        for run in queryset:
            try:
                reopen_run(run=run)
            except LabelingError as error:
                self.message_user(request, error.detail, messages.ERROR)

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, queryset: QuerySet[TrainingRun]) -> None:
        for run in queryset:
            try:
                request_cancel(run=run)
            except LabelingError as error:
                self.message_user(request, error.detail, messages.ERROR)


class AliasInline(TabularInline):
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
        rows: QuerySet[Any] = super().get_queryset(request).prefetch_related("aliases")
        return rows

    @admin.display(description="aliases")
    def bears(self, model: RewardModel) -> str:
        return ", ".join(model.alias_names)

    @admin.action(description="Make champion")
    def promote(self, request: HttpRequest, queryset: QuerySet[RewardModel]) -> None:
        if len(queryset) != 1:
            self.message_user(request, "choose one version; a project has one champion", messages.ERROR)
            return
        model = promote_reward_model(reward_model=queryset.get(), by=caller(request))
        self.message_user(request, f"{model} is the champion")


@admin.register(RetrainPolicy)
class RetrainPolicyAdmin(ReadOnly):
    """It changes on the project's settings page, where every change is put on record."""

    list_display = ("project", "paused", "every_n_rankings", "every_hours", "cron", "cooldown_hours", "budget_hours")
    list_select_related = ("project",)


@admin.register(GateVerdict)
class GateVerdictAdmin(ReadOnly):
    list_display = ("reward_model", "champion", "passed", "created_at")
    list_filter = ("passed", "reward_model__project", ("created_at", RangeDateTimeFilter))
    list_select_related = ("reward_model__project", "champion__project")


@admin.register(RegistryEvent)
class RegistryEventAdmin(ReadOnly):
    """The audit trail."""

    list_display = ("created_at", "project", "kind", "reward_model", "by", "reason")
    list_filter = ("kind", "project", ("created_at", RangeDateTimeFilter))
    search_fields = ("reason", "by__username")
    list_select_related = ("project", "reward_model__project", "by")


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ("created_at", "project", "kind", "probability", "threshold", "reward_model")
    list_filter = ("kind", "project", ("created_at", RangeDateTimeFilter))
    list_select_related = ("project", "reward_model__project")
