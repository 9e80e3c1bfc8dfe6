"""The registry: numbered, immutable reward models and the aliases that point at them."""

import uuid
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q

from labeling.models import Project
from rewardmodel.models.runs import TrainingRun
from rewardmodel.models.snapshots import DatasetSnapshot


class RewardModel(models.Model):
    """A trained model. Its files never change: `directory` is made once, under a name of its own."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="reward_models")
    version = models.PositiveIntegerField()
    run = models.OneToOneField(TrainingRun, models.PROTECT, related_name="reward_model")
    snapshot = models.ForeignKey(DatasetSnapshot, models.PROTECT, related_name="reward_models")
    directory = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    metrics = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-version",)
        constraints = (models.UniqueConstraint(fields=("project", "version"), name="version_unique_in_project"),)

    def __str__(self) -> str:
        return f"{self.project.slug} v{self.version}"

    @property
    def path(self) -> Path:
        path: Path = settings.ARTIFACT_STORE.bring(self.own_path)
        return path

    @property
    def own_path(self) -> Path:
        """Where its files lie on this machine, whether they do or not."""
        return Path(settings.ARTIFACTS_DIR) / "reward-models" / str(self.directory)

    @property
    def alias_names(self) -> list[str]:
        return sorted(alias.name for alias in self.aliases.all())


class Alias(models.Model):
    """A name that moves between versions: at most one version of a project bears it."""

    class Name(models.TextChoices):
        CHAMPION = "champion"
        CHALLENGER = "challenger"
        PREVIOUS = "previous"

    project = models.ForeignKey(Project, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=10, choices=Name)
    reward_model = models.ForeignKey(RewardModel, models.CASCADE, related_name="aliases")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "aliases"
        constraints = (
            models.UniqueConstraint(fields=("project", "name"), name="alias_borne_once_per_project"),
            models.CheckConstraint(condition=Q(name__in=("champion", "challenger", "previous")), name="alias_known"),
        )

    def __str__(self) -> str:
        return f"{self.name} of {self.project.slug}"
