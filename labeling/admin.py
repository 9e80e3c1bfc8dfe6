"""The Django admin of what is collected. Rankings and assignments are people's work: read here, not changed."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from labeling.models import (
    ApiToken,
    Assignment,
    GoldOrder,
    GuidelinesSeen,
    GuidelinesVersion,
    Job,
    Membership,
    PracticeAttempt,
    Project,
    Prompt,
    Ranking,
    Response,
)


class ReadOnly(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class MembershipInline(admin.TabularInline[Membership, Project]):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin[Project]):
    """What a change brings about (slots, guideline versions) lives in a service, so projects change on their pages."""

    list_display = ("name", "slug", "overlap", "created_by", "created_at")
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)
    readonly_fields = tuple(field.name for field in Project._meta.fields if not field.primary_key)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ResponseInline(admin.StackedInline[Response, Prompt]):
    model = Response
    extra = 0
    can_delete = False
    fields = readonly_fields = ("external_id", "model", "written_in", "withdrawn_at", "content")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Prompt)
class PromptAdmin(ReadOnly):
    list_display = ("external_id", "project", "split", "slots_taken", "slots")
    list_filter = ("project", "split")
    search_fields = ("external_id",)
    list_select_related = ("project",)
    inlines = (ResponseInline,)


@admin.register(Assignment)
class AssignmentAdmin(ReadOnly):
    list_display = ("id", "prompt", "annotator", "status", "lease_expires_at")
    list_filter = ("status", "prompt__project")
    list_select_related = ("prompt", "annotator")


@admin.register(Ranking)
class RankingAdmin(ReadOnly):
    list_display = ("id", "prompt", "annotator", "source", "created_at", "superseded_at")
    list_filter = ("source", "prompt__project")
    list_select_related = ("prompt", "annotator")


@admin.register(GuidelinesVersion)
class GuidelinesVersionAdmin(ReadOnly):
    list_display = ("project", "version", "created_at")
    list_filter = ("project",)
    list_select_related = ("project",)


@admin.register(GuidelinesSeen)
class GuidelinesSeenAdmin(ReadOnly):
    list_display = ("project", "user", "version")
    list_filter = ("project",)
    list_select_related = ("project", "user")


@admin.register(GoldOrder)
class GoldOrderAdmin(ReadOnly):
    list_display = ("prompt", "created_by", "created_at")
    list_filter = ("prompt__project",)
    list_select_related = ("prompt", "created_by")


@admin.register(PracticeAttempt)
class PracticeAttemptAdmin(ReadOnly):
    list_display = ("gold", "annotator", "agreed", "pairs", "created_at")
    list_filter = ("gold__prompt__project",)
    list_select_related = ("gold__prompt", "annotator")


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin[ApiToken]):
    list_display = ("user", "name", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at")
    readonly_fields = ("user", "name", "scopes", "created_at", "last_used_at")
    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("id", "kind", "project", "status", "done", "total", "created_at")
    list_filter = ("status", "kind")
    list_select_related = ("project",)
