"""When a project's reward model is trained again."""

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from timezone_field import TimeZoneField

from labeling.models import Project


class RetrainPolicy(models.Model):
    """Retrains after so many new rankings, by the clock, under new guidelines or when something drifts, each with at
    least one new ranking; never too soon after the last run, nor beyond a week's budget. Paused unless switched on.
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

    cron = models.CharField(
        max_length=100,
        blank=True,
        help_text=_("Minute, hour, day of the month, month, day of the week: “0 3 * * 1” is every Monday at 3:00."),
    )
    time_zone = TimeZoneField(default="UTC", choices_display="WITH_GMT_OFFSET")
    on_guidelines = models.BooleanField(default=False)
    email_managers = models.BooleanField(default=True)
    config = models.JSONField(
        default=dict, blank=True, help_text="Options of the runs it starts, and of those that nobody gives other ones."
    )
    on_drift = models.BooleanField(
        default=False,
        help_text=_("When what the champion says of live responses, or how far annotators agree, has changed."),
    )
    warm_start = models.BooleanField(
        default=False,
        help_text=_("Go on from the champion with what is new and as many old prompts, in a fraction of the time."),
    )
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
