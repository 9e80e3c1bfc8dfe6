"""The Django admin of what is collected. Rankings and assignments are people's work: read here, not changed."""

from axes.admin import AccessAttemptAdmin as AxesAttemptAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from labeling.exceptions import LabelingError
from labeling.models import (
    ApiToken,
    Assignment,
    Exclusion,
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
from labeling.services.exclusions import exclude_annotator

# Importing their admins has registered them; here each gets the looks of the others.
admin.site.unregister([User, Group, AccessAttempt, AccessFailureLog, AccessLog])


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


@admin.register(AccessAttempt)
class AccessAttemptAdmin(AxesAttemptAdmin, ModelAdmin):
    """Deleting a row lets a person try again before the pause is over."""


class ReadOnly(ModelAdmin):
    # One count of a large table is enough.
    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class MembershipInline(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Project)
class ProjectAdmin(ModelAdmin):
    """What a change brings about (slots, guideline versions) lives in a service, so projects change on their pages."""

    list_display = ("name", "slug", "overlap", "created_by", "created_at")
    search_fields = ("name", "slug")
    inlines = (MembershipInline,)
    readonly_fields = tuple(field.name for field in Project._meta.fields if not field.primary_key)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ResponseInline(StackedInline):
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
    list_display = ("id", "prompt", "annotator", "status", "kind", "lease_expires_at")
    list_filter = ("status", "kind", "prompt__project")
    search_fields = ("prompt__external_id", "annotator__username")
    list_select_related = ("prompt", "annotator")


@admin.register(Ranking)
class RankingAdmin(ReadOnly):
    list_display = ("id", "prompt", "annotator", "source", "kind", "created_at", "superseded_at")
    list_filter = ("source", "kind", "prompt__project", ("created_at", RangeDateTimeFilter))
    search_fields = ("prompt__external_id", "annotator__username")
    list_select_related = ("prompt", "annotator")
    actions = ("exclude_annotators",)

    @admin.action(description="Set aside everything of these annotators in these projects")
    def exclude_annotators(self, request: HttpRequest, queryset: QuerySet[Ranking]) -> None:
        for project, annotator in {(own.prompt.project, own.annotator) for own in queryset.select_related("prompt")}:
            try:
                exclude_annotator(
                    project=project, annotator=annotator, reason="Set aside in the admin.", manager=caller(request)
                )
            except LabelingError as error:
                self.message_user(request, f"{project.slug}: {error.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{project.slug}: the rankings of {annotator} are set aside")


@admin.register(Exclusion)
class ExclusionAdmin(ReadOnly):
    list_display = ("project", "annotator", "reason", "created_by", "created_at", "lifted_at", "lifted_by")
    list_filter = ("project", ("created_at", RangeDateTimeFilter))
    search_fields = ("annotator__username", "reason")
    list_select_related = ("project", "annotator", "created_by", "lifted_by")


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
class ApiTokenAdmin(ModelAdmin):
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


def caller(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise TypeError("the admin let an anonymous caller through")
    return request.user
