"""People whose rankings in a project are set aside, and when, why and by whom."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from labeling.models.projects import Project


class ExclusionQuerySet(models.QuerySet["Exclusion"]):
    def active(self) -> "ExclusionQuerySet":
        return self.filter(lifted_at=None)


class Exclusion(models.Model):
    """While it is active, the person's rankings in the project count nowhere and they are lent no work.

    Nothing is deleted: lifting it brings the rankings back as they were, and the row stays as the record.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="exclusions")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    reopened = models.BooleanField(default=False, help_text="Their prompts got one more slot each.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_reason = models.TextField(blank=True)

    objects = ExclusionQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("project", "annotator"), condition=Q(lifted_at=None), name="one_active_exclusion_per_person"
            ),
        )

    def __str__(self) -> str:
        return f"rankings of {self.annotator} in {self.project} set aside"
