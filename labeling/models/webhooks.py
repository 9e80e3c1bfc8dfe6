"""Webhooks: who is told of what, and the outbox of what is to be told."""

import json
import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.models.projects import Project


class EventKind(models.TextChoices):
    RANKING_CREATED = "ranking.created", _("A ranking was made")
    RANKING_REVISED = "ranking.revised", _("A ranking was revised")
    RUN_FINISHED = "run.finished", _("A training run has ended")
    MODEL_PROMOTED = "model.promoted", _("Another reward model serves")
    PROJECT_FINISHED = "project.finished", _("Every prompt has all its rankings")
    QUALITY_ALERT = "quality.alert", _("An annotator's habits ask for a look")


class Webhook(models.Model):
    """An address that is told of a project's events, signed after the Standard Webhooks specification."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=2000)
    events = models.JSONField(default=list)
    secret = models.TextField(editable=False, help_text="Sealed by `labeling.vault`.")
    active = models.BooleanField(default=True)
    stopped_because = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"webhook {self.pk} of {self.project}"


def new_message_id() -> str:
    return f"msg_{uuid.uuid4().hex}"


class WebhookDelivery(models.Model):
    """One event for one webhook. Written in the transaction of what happened, so neither exists without the other.

    Its message id is the same at every attempt.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        DELIVERED = "delivered", _("Delivered")
        FAILED = "failed", _("Given up")

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    message_id = models.CharField(max_length=40, unique=True, default=new_message_id, editable=False)
    kind = models.CharField(max_length=30, choices=EventKind)
    payload = models.JSONField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="When it is tried next; while it is being tried, when the try is given up.")
    log = models.JSONField(default=list, help_text="Each attempt: when, how long it took, what was answered.")
    created_at = models.DateTimeField(auto_now_add=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "webhook deliveries"
        indexes = (
            models.Index(fields=("due_at",), condition=models.Q(status="pending"), name="delivery_due"),
            models.Index(fields=("webhook", "-id"), name="delivery_by_webhook"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.message_id}"

    @property
    def payload_text(self) -> str:
        return json.dumps(self.payload, ensure_ascii=False, indent=2)


class ProjectWatch(models.Model):
    """What a project's webhooks have been told already of things that are noticed by looking."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="watch")
    finished = models.BooleanField(default=False)
    signals = models.JSONField(default=dict, help_text="Codes of signals by the pseudonym of the annotator.")

    def __str__(self) -> str:
        return f"watch of {self.project}"
