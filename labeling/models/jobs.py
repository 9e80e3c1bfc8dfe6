"""Background jobs: a row first, then a message that names it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.models.projects import Project


class Job(models.Model):
    """Work that a request has handed to a worker; the row tells how far it is and how it ended."""

    class Kind(models.TextChoices):
        IMPORT = "import", _("Import")
        EXPORT = "export", _("Export")
        GENERATION = "generation", _("Generation")
        JUDGING = "judging", _("Ranking by a model")

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    STOPPED = (Status.FAILED, Status.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="jobs")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    params = models.JSONField(default=dict)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)
    errors = models.JSONField(default=list)
    result = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("queued", "running", "succeeded", "failed", "cancelled")),
                name="job_status_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def has_stopped(self) -> bool:
        """Whether it ended before it was done."""
        return self.status in self.STOPPED

    def claim(self) -> bool:
        """Take a queued job; false when another worker has it or it was cancelled."""
        return self._move(self.Status.QUEUED, to=self.Status.RUNNING, heartbeat_at=timezone.now())

    def beat(self, *, done: int) -> bool:
        """Record progress; false when the job is no longer ours to run."""
        return self._move(self.Status.RUNNING, to=self.Status.RUNNING, done=done, heartbeat_at=timezone.now())

    def succeed(self, result: dict[str, object]) -> bool:
        return self._move(self.Status.RUNNING, to=self.Status.SUCCEEDED, result=result, ended_at=timezone.now())

    def fail(self, errors: list[dict[str, object]]) -> bool:
        return self._move(self.Status.RUNNING, to=self.Status.FAILED, errors=errors, ended_at=timezone.now())

    def cancel(self) -> bool:
        return self._move(*self.ACTIVE, to=self.Status.CANCELLED, ended_at=timezone.now())

    def resume(self) -> bool:
        """Queue a job again that was cancelled or has failed; what it has done stays done."""
        return self._move(*self.STOPPED, to=self.Status.QUEUED, errors=[], ended_at=None, heartbeat_at=None)

    def _move(self, *sources: Status, to: Status, **fields: object) -> bool:
        # The condition and the change are one statement: of two workers that race for a job, one wins.
        rows = Job.objects.filter(pk=self.pk, status__in=sources).update(status=to, **fields)
        if rows:
            self.refresh_from_db()
        return bool(rows)
