"""Assignments: one prompt lent to one annotator."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from labeling.models.prompts import Prompt


class AssignmentKind(models.TextChoices):
    """Why somebody is asked to rank a prompt. They cannot tell work from a check or a repeat."""

    WORK = "work"
    GOLD = "gold", "hidden gold check"
    REPEAT = "repeat", "hidden repeat"
    ADJUDICATION = "adjudication"
    JUDGE = "judge", "LLM judge"


# What is looked at to judge the annotator, and never learned from.
HIDDEN_CHECKS = (AssignmentKind.GOLD, AssignmentKind.REPEAT)
# The same, and what LLMs say, which is learned from where that is asked for alone.
NOT_DATA = (*HIDDEN_CHECKS, AssignmentKind.JUDGE)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def open(self) -> "AssignmentQuerySet":
        return self.filter(status=Assignment.Status.OPEN)

    def overdue(self, now: datetime | None = None) -> "AssignmentQuerySet":
        return self.open().filter(lease_expires_at__lte=now or timezone.now())


class Assignment(models.Model):
    """A lease: while it is open or submitted it holds one of the prompt's slots; skipped or expired it holds none.

    A person has at most one assignment of a kind per prompt, ever: an expired one is opened again for the same person,
    with the same order and the draft it had. Only work holds slots; checks, repeats and adjudications come on top.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"
        EXPIRED = "expired"

    prompt = models.ForeignKey(Prompt, models.CASCADE, related_name="assignments")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments")
    kind = models.CharField(max_length=12, choices=AssignmentKind, default=AssignmentKind.WORK)
    slot = models.PositiveSmallIntegerField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    display_order = models.JSONField(help_text="Response keys in the order shown.")
    lease_expires_at = models.DateTimeField()
    draft = models.JSONField(default=dict, blank=True)
    skip_reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("prompt", "annotator", "kind"), name="prompt_lent_once_per_annotator"),
            models.UniqueConstraint(fields=("prompt", "slot"), name="slot_held_once"),
            models.CheckConstraint(
                condition=Q(kind="work", status__in=("open", "submitted"), slot__isnull=False)
                | Q(kind="work", status__in=("skipped", "expired"), slot__isnull=True)
                | (~Q(kind="work") & Q(slot__isnull=True)),
                name="assignment_holds_slot_while_open_or_submitted",
            ),
            models.CheckConstraint(condition=Q(kind__in=AssignmentKind.values), name="assignment_kind_known"),
        )
        indexes = (
            models.Index(fields=("annotator", "status"), name="assignment_by_annotator"),
            models.Index(fields=("lease_expires_at",), condition=Q(status="open"), name="assignment_leases"),
        )

    def __str__(self) -> str:
        return f"assignment {self.pk}"

    @property
    def holds_slot(self) -> bool:
        """Whether it counts among the prompt's annotators while it is open or submitted."""
        return self.kind == AssignmentKind.WORK

    @property
    def is_hidden_check(self) -> bool:
        return self.kind in HIDDEN_CHECKS
