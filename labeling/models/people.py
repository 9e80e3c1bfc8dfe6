"""Who works on a project, under which name their rankings leave it, and the tokens that act for them."""

import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.models.projects import Project


class Membership(models.Model):
    """A user's role in a project; superusers and the project's creator need none."""

    class Role(models.TextChoices):
        ANNOTATOR = "annotator", _("annotator")
        MANAGER = "manager", _("manager")

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role, default=Role.ANNOTATOR)
    cohort = models.JSONField(default=list, blank=True, help_text="Tags such as a language or a region.")
    admitted = models.BooleanField(default=False, help_text="A manager lets them work whatever the entry test says.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("project", "user"), name="one_membership_per_person"),
            models.CheckConstraint(condition=Q(role__in=("annotator", "manager")), name="membership_role_known"),
        )

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.project}"


def new_pseudonym() -> str:
    return f"a-{secrets.token_hex(5)}"


class Pseudonym(models.Model):
    """The stable name under which a person's rankings leave Podium; nothing about the person follows from it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True)
    name = models.CharField(max_length=32, unique=True, default=new_pseudonym)

    def __str__(self) -> str:
        return self.name


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, now: datetime | None = None) -> "ApiTokenQuerySet":
        now = now or timezone.now()
        return self.filter(revoked_at=None).filter(Q(expires_at=None) | Q(expires_at__gt=now))


class ApiToken(models.Model):
    """A bearer token of the REST API. Only its SHA-256 is stored: the token itself is shown once, when it is made."""

    SCOPES = ("read", "annotate", "write", "train", "score")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name or f"token {self.pk}"
