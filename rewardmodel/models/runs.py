"""Training runs: a row with guarded transitions; the work itself is a child process of the trainer."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.models import Project
from rewardmodel.models.snapshots import DatasetSnapshot

# The trainer writes a heartbeat every second or two; this long without one means that it is gone.
HEARTBEAT_LIMIT = timedelta(seconds=45)
# A message takes moments; this long in the queue, it is sent again. Claiming decides who trains, so twice does no harm.
QUEUE_LIMIT = timedelta(minutes=5)


class TrainingRunQuerySet(models.QuerySet["TrainingRun"]):
    def queued(self) -> "TrainingRunQuerySet":
        """The oldest first, whichever project it is of: the order in which trainers take them."""
        return self.filter(status=TrainingRun.Status.QUEUED).order_by("pk")

    def active(self) -> "TrainingRunQuerySet":
        return self.filter(status__in=TrainingRun.ACTIVE)

    def stalled(self, now: datetime | None = None) -> "TrainingRunQuerySet":
        limit = (now or timezone.now()) - HEARTBEAT_LIMIT
        return self.filter(status=TrainingRun.Status.RUNNING, heartbeat_at__lt=limit)

    def lost_in_queue(self, now: datetime | None = None) -> "TrainingRunQuerySet":
        limit = (now or timezone.now()) - QUEUE_LIMIT
        return self.filter(status=TrainingRun.Status.QUEUED, queued_at__lt=limit)


class TrainingRun(models.Model):
    """One training of a reward model on one snapshot.

    Each transition is one conditional UPDATE, so a message delivered twice, a reaper and a cancelling admin
    cannot both win. `attempt` names who may write: the worker of an attempt that was given up finds its writes refused.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        SUCCEEDED = "succeeded", _("Succeeded")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Trigger(models.TextChoices):
        MANUAL = "manual", _("Manual")
        API = "api", _("Api")
        COMMAND = "command", _("Command")
        RANKINGS = "rankings", _("enough new rankings")
        SCHEDULE = "schedule", _("Schedule")
        GUIDELINES = "guidelines", _("new guidelines")
        DRIFT = "drift", _("drift")
        IMPORT = "import", _("an imported model")

    ACTIVE = (Status.QUEUED, Status.RUNNING)
    MAX_ATTEMPTS = 3

    project = models.ForeignKey(Project, models.CASCADE, related_name="training_runs")
    snapshot = models.ForeignKey(DatasetSnapshot, models.PROTECT, related_name="training_runs")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    trigger = models.CharField(max_length=10, choices=Trigger)
    continues = models.ForeignKey(
        "rewardmodel.RewardModel",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="continued_by",
        help_text="The version that it goes on from, with what is new since.",
    )
    config = models.JSONField(default=dict, blank=True, help_text="Options of `rewardmodel.ml.train`, by name.")
    attempt = models.PositiveSmallIntegerField(default=1)
    step = models.PositiveIntegerField(default=0)
    total_steps = models.PositiveIntegerField(default=0)
    curve = models.JSONField(default=list, blank=True, help_text="Progress events of the child, as it wrote them.")
    metrics = models.JSONField(default=dict, blank=True)
    device = models.CharField(max_length=120, blank=True, help_text="What it computes on.")
    error = models.TextField(blank=True)
    cancel_requested = models.BooleanField(default=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("project",), condition=Q(status__in=("queued", "running")), name="one_active_run_per_project"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("queued", "running", "succeeded", "failed", "cancelled")),
                name="run_status_known",
            ),
        )

    def __str__(self) -> str:
        return f"run {self.pk}"

    @property
    def is_active(self) -> bool:
        return self.status in self.ACTIVE

    @property
    def seconds(self) -> float:
        """How long an ended run took, from its first claim."""
        return (self.ended_at - self.started_at).total_seconds() if self.ended_at and self.started_at else 0.0

    @property
    def runs_ahead(self) -> int:
        """How many are trained or wait before a queued one."""
        return (
            TrainingRun.objects.active()
            .exclude(pk=self.pk)
            .filter(Q(status=self.Status.RUNNING) | Q(pk__lt=self.pk))
            .count()
        )

    @property
    def newest_step(self) -> dict[str, Any]:
        """The last step that it has told of: loss, tokens a second, seconds left."""
        return next((point for point in reversed(self.curve) if point["event"] == "step"), {})

    @property
    def log(self) -> Path:
        return self.directory / "log.txt"

    @property
    def directory(self) -> Path:
        return Path(settings.ARTIFACTS_DIR) / "runs" / str(self.pk)

    def claim(self) -> bool:
        """Take a queued run for this process; false when it is not queued any more."""
        now = timezone.now()
        return self._move(
            self.Status.QUEUED,
            to=self.Status.RUNNING,
            heartbeat_at=now,
            started_at=self.started_at or now,
            curve=[],
            step=0,
            error="",
        )

    def beat(self, *, step: int, total_steps: int, curve: list[dict[str, object]], device: str = "") -> bool:
        """Record progress; false when this attempt has lost the run or someone asked to cancel it."""
        kept = self._move(
            self.Status.RUNNING,
            to=self.Status.RUNNING,
            heartbeat_at=timezone.now(),
            step=step,
            total_steps=total_steps,
            curve=curve,
            device=device,
        )
        return kept and not self.cancel_requested

    def succeed(self, metrics: dict[str, object]) -> bool:
        return self._move(
            self.Status.RUNNING,
            to=self.Status.SUCCEEDED,
            metrics=metrics,
            step=self.total_steps,
            ended_at=timezone.now(),
        )

    def fail(self, error: str) -> bool:
        return self._move(*self.ACTIVE, to=self.Status.FAILED, error=error, ended_at=timezone.now())

    def end_cancelled(self) -> bool:
        return self._move(*self.ACTIVE, to=self.Status.CANCELLED, ended_at=timezone.now())

    def requeue(self) -> bool:
        """Give a running run whose worker is gone back to the queue, as the next attempt."""
        return self._move(self.Status.RUNNING, to=self.Status.QUEUED, attempt=self.attempt + 1, **self._queued())

    def reopen(self) -> bool:
        """Put a failed or cancelled run back into the queue; its checkpoints are still there."""
        return self._move(
            self.Status.FAILED,
            self.Status.CANCELLED,
            to=self.Status.QUEUED,
            attempt=self.attempt + 1,
            cancel_requested=False,
            error="",
            ended_at=None,
            **self._queued(),
        )

    def _queued(self) -> dict[str, object]:
        return {"queued_at": timezone.now(), "heartbeat_at": None}

    def _move(self, *sources: Status, to: Status, **fields: object) -> bool:
        rows = TrainingRun.objects.filter(pk=self.pk, attempt=self.attempt, status__in=sources).update(
            status=to, **fields
        )
        if rows:
            self.refresh_from_db()
        return bool(rows)
