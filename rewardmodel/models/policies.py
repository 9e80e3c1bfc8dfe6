"""When a project's reward model is trained again."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.models import Project


class RetrainPolicy(models.Model):
    """Retrains after so many new rankings, or after so many hours with at least one; paused unless switched on."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="retrain_policy")
    paused = models.BooleanField(default=True)
    every_n_rankings = models.PositiveIntegerField(
        default=100,
        validators=[MinValueValidator(1)],
        help_text=_("Retrain when this many rankings were added since the last snapshot."),
    )
    every_hours = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Retrain this many hours after the last run, if there are new rankings. Empty: never by the clock."
        ),
    )

    class Meta:
        verbose_name_plural = "retrain policies"

    def __str__(self) -> str:
        return f"retraining of {self.project.slug}"
