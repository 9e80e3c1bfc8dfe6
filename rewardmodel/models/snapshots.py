"""Dataset snapshots: the frozen groups file that a reward model learned from."""

from pathlib import Path

from django.conf import settings
from django.db import models

from labeling.models import Project


class DatasetSnapshot(models.Model):
    """A groups file, named by its own SHA-256: what was frozen cannot change without a new name."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="snapshots")
    sha256 = models.CharField(max_length=64)
    groups = models.PositiveIntegerField()
    rankings = models.PositiveIntegerField()
    pairs = models.PositiveIntegerField()
    # What was collected when it was frozen: retraining counts the human rankings made since.
    last_ranking_id = models.PositiveBigIntegerField(default=0)
    policy = models.JSONField(
        default=dict, help_text="What decided on the content: whose rankings were left out, weights, ties, split salt."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            # Frozen twice from the same rankings, it is one snapshot.
            models.UniqueConstraint(fields=("project", "sha256"), name="snapshot_content_unique_in_project"),
        )

    def __str__(self) -> str:
        return f"{self.project.slug} {self.sha256[:12]}"

    @property
    def path(self) -> Path:
        path: Path = settings.ARTIFACT_STORE.bring(self.folder(self.project) / f"{self.sha256}.jsonl")
        return path

    @property
    def index_path(self) -> Path:
        """Its rankings in the order they were made: `[id, offset of the group's line, place in the group]` each."""
        path: Path = settings.ARTIFACT_STORE.bring(self.folder(self.project) / f"{self.sha256}.index.json")
        return path

    @staticmethod
    def folder(project: Project) -> Path:
        """One a project: two projects may hold the same groups, but never the same rankings."""
        return Path(settings.ARTIFACTS_DIR) / "snapshots" / str(project.pk)
