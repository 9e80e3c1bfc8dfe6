"""When a project's reward model is trained again."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.models import Project


class RetrainPolicy(models.Model):
    """Retrains after so many new rankings, after so many hours, or under new guidelines, each with at least one new
    ranking; never too soon after the last run, nor beyond a week's budget. Paused unless switched on.
    """

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

    on_guidelines = models.BooleanField(default=False)
    cooldown_hours = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Never sooner than so many hours after the last run ended. Empty: at once."),
    )
    budget_hours = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Hours of training in any seven days. Empty: no limit."),
    )

    class Meta:
        verbose_name_plural = "retrain policies"

    def __str__(self) -> str:
        return f"retraining of {self.project.slug}"
