"""When a better model goes live: what each project asks of a challenger, and what was found."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.models import Project
from rewardmodel.gate import Bounds
from rewardmodel.models.registry import RewardModel


class GatePolicy(models.Model):
    """What a challenger must hold, and what happens when it does."""

    class Mode(models.TextChoices):
        AUTOMATIC = "automatic", _("Promote it at once")
        ASK = "ask", _("Wait for a manager to promote it")
        SHADOW = "shadow", _("Let it score live traffic in silence, then wait for a manager")

    project = models.OneToOneField(Project, models.CASCADE, related_name="gate_policy")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.AUTOMATIC)
    max_drop = models.FloatField(default=Bounds.max_drop, validators=[MinValueValidator(0), MaxValueValidator(100)])
    slice_tolerance = models.FloatField(
        default=Bounds.slice_tolerance, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )
    fewest_prompts = models.PositiveIntegerField(
        default=Bounds.fewest_prompts, validators=[MinValueValidator(1), MaxValueValidator(1_000_000)]
    )
    max_ece = models.FloatField(default=Bounds.max_ece, validators=[MinValueValidator(0), MaxValueValidator(1)])
    max_length_correlation = models.FloatField(
        default=Bounds.max_length_correlation, validators=[MinValueValidator(0), MaxValueValidator(1)]
    )
    max_slowdown = models.FloatField(
        default=Bounds.max_slowdown, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )

    class Meta:
        verbose_name_plural = "gate policies"
        constraints = (
            models.CheckConstraint(condition=models.Q(mode__in=("automatic", "ask", "shadow")), name="gate_mode_known"),
        )

    def __str__(self) -> str:
        return f"gate of {self.project.slug}"

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            max_drop=self.max_drop,
            slice_tolerance=self.slice_tolerance,
            fewest_prompts=self.fewest_prompts,
            max_ece=self.max_ece,
            max_length_correlation=self.max_length_correlation,
            max_slowdown=self.max_slowdown,
        )


class GateVerdict(models.Model):
    """What the gate found of a challenger against the champion of that moment. Never changed."""

    reward_model = models.ForeignKey(RewardModel, models.CASCADE, related_name="verdicts")
    champion = models.ForeignKey(RewardModel, models.CASCADE, related_name="verdicts_against")
    passed = models.BooleanField()
    checks = models.JSONField(help_text="Name, passed and figures of each.")
    comparison = models.JSONField(help_text="As `rewardmodel.ml.compare` wrote it; empty where it could not.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.reward_model} {'passed' if self.passed else 'did not pass'} against {self.champion}"
