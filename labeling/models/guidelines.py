"""Guidelines as they were and as they are, and who has been told of them."""

from django.conf import settings
from django.db import models

from labeling.models.projects import Project


class GuidelinesVersion(models.Model):
    """One wording of a project's guidelines. Rankings name the version that they were made under; none is changed."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="guidelines_versions")
    version = models.PositiveIntegerField()
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("project", "version")
        constraints = (
            models.UniqueConstraint(fields=("project", "version"), name="guidelines_version_unique_in_project"),
        )

    def __str__(self) -> str:
        return f"version {self.version}"


class GuidelinesSeen(models.Model):
    """The last version that a person has been shown, so that a change is announced to them once."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()

    class Meta:
        verbose_name_plural = "guidelines seen"
        constraints = (models.UniqueConstraint(fields=("project", "user"), name="guidelines_seen_once_per_person"),)

    def __str__(self) -> str:
        return f"{self.user} has seen version {self.version} of {self.project}"
