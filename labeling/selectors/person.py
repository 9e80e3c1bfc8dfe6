"""Everything that is stored about one person, for that person."""

from collections.abc import Iterator
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db.models import QuerySet

from labeling.models import (
    ApiToken,
    Assignment,
    Exclusion,
    GuidelinesSeen,
    Job,
    Membership,
    PracticeAttempt,
    Project,
    Pseudonym,
    Ranking,
    Response,
)

Rows = QuerySet[Any, Any]


def person_parts(user: User) -> Iterator[tuple[str, Rows]]:
    """Each kind of record with its name; secrets are stored as digests and are not among them."""
    account = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "date_joined", "last_login")
    yield "account", User.objects.filter(pk=user.pk).values(*account)
    yield "pseudonym", Pseudonym.objects.filter(user=user).values("name")
    yield "memberships", Membership.objects.filter(user=user).values("project__slug", "role", "cohort", "created_at")
    yield (
        "api_tokens",
        ApiToken.objects.filter(user=user).values(
            "name", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at"
        ),
    )
    yield (
        "rankings",
        Ranking.objects.filter(annotator=user)
        .order_by("pk")
        .values(
            "id",
            "prompt__project__slug",
            "prompt__external_id",
            "kind",
            "source",
            "tiers",
            "display_order",
            "ratings",
            "acceptable",
            "flags",
            "confidence",
            "rationale",
            "seconds",
            "active_seconds",
            "first_touch_seconds",
            "moves",
            "input_methods",
            "supersedes",
            "superseded_at",
            "created_at",
        ),
    )
    yield (
        "assignments",
        Assignment.objects.filter(annotator=user)
        .order_by("pk")
        .values("id", "prompt__external_id", "kind", "status", "draft", "skip_reason", "created_at"),
    )
    yield (
        "written_responses",
        Response.objects.filter(written_in__annotator=user).order_by("pk").values("key", "content", "withdrawn_at"),
    )
    yield (
        "practice_attempts",
        PracticeAttempt.objects.filter(annotator=user).values("gold__prompt__external_id", "tiers", "created_at"),
    )
    yield (
        "exclusions",
        Exclusion.objects.filter(annotator=user).values(
            "project__slug", "reason", "created_at", "lifted_at", "lifted_reason"
        ),
    )
    yield "guidelines_seen", GuidelinesSeen.objects.filter(user=user).values("project__slug", "version")
    yield "projects_created", Project.objects.filter(created_by=user).values("slug", "created_at")
    yield "jobs", Job.objects.filter(created_by=user).values("id", "kind", "status", "created_at")
    by_name = {"username": user.get_username()}
    when = ("attempt_time", "ip_address", "user_agent")
    yield "sign_ins", AccessLog.objects.filter(**by_name).values(*when)
    yield "failed_sign_ins", AccessAttempt.objects.filter(**by_name).values(*when)
    yield "admin_log", LogEntry.objects.filter(user=user).values("action_time", "object_repr", "action_flag")
