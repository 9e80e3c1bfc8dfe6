"""Whether an application may show a response: what each project asks for, and every answer that was given."""

import hashlib
import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.models import Project
from rewardmodel.models.registry import RewardModel

SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class DecisionPolicy(models.Model):
    """Shown from one probability on, written anew below another, held for people between them."""

    project = models.OneToOneField(Project, models.CASCADE, related_name="decision_policy")
    show_from = models.FloatField(default=0.8, validators=SHARE)
    regenerate_below = models.FloatField(default=0.0, validators=SHARE)

    class Meta:
        verbose_name_plural = "decision policies"

    def __str__(self) -> str:
        return f"decisions of {self.project.slug}"

    def clean(self) -> None:
        if self.regenerate_below > self.show_from:
            raise ValidationError(
                {"regenerate_below": _("must not be above the probability from which responses are shown")}
            )

    def say(self, probability: float) -> str:
        if probability >= self.show_from:
            return Decision.Kind.SHOW
        return Decision.Kind.REGENERATE if probability < self.regenerate_below else Decision.Kind.HOLD


class Decision(models.Model):
    """One answer, with the texts that it is about and the version that gave it."""

    class Kind(models.TextChoices):
        SHOW = "show", _("shown")
        HOLD = "hold", _("held")
        REGENERATE = "regenerate", _("to be written anew")

    project = models.ForeignKey(Project, models.CASCADE, related_name="decisions")
    reward_model = models.ForeignKey(RewardModel, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=10, choices=Kind)
    score = models.FloatField()
    probability = models.FloatField()
    threshold = models.FloatField()
    prompt = models.JSONField()
    prompt_key = models.CharField(max_length=64, help_text="SHA-256 of the prompt's messages.")
    response = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When it was sent to annotators.")

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("project", "-id"), name="decision_newest"),
            models.Index(
                fields=("project", "prompt_key"),
                condition=models.Q(kind="hold", sent_at=None),
                name="decision_held_unsent",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=("show", "hold", "regenerate")), name="decision_kind_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} ({self.probability:.2f})"


def key_of(prompt: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps(prompt, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
