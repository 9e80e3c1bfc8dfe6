"""Prompts with a known order: people practise on them before real work, or meet them among it without knowing."""

from django.conf import settings
from django.db import models

from labeling.models.prompts import Prompt


class GoldOrder(models.Model):
    """The order that a prompt's responses should get: tiers of response keys, best first.

    It may be partial: responses that it leaves out may stand anywhere. A prompt with one has no slots, so nobody is
    lent it as work.
    """

    prompt = models.OneToOneField(Prompt, models.CASCADE, related_name="gold")
    tiers = models.JSONField()
    in_round = models.BooleanField(
        default=True, help_text="Ranked in the practice round; otherwise kept for hidden checks."
    )
    explanation = models.TextField(blank=True, help_text="Why, in Markdown; shown after an attempt.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("prompt",)

    def __str__(self) -> str:
        return f"gold order of {self.prompt}"


class PracticeAttempt(models.Model):
    """How somebody ranked a practice prompt. It is no ranking: it makes no pairs and trains nothing."""

    gold = models.ForeignKey(GoldOrder, models.CASCADE, related_name="attempts")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    tiers = models.JSONField()
    agreed = models.PositiveSmallIntegerField(help_text="Pairs in the expected order.")
    pairs = models.PositiveSmallIntegerField(help_text="Pairs that the expected order decides.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("annotator", "gold"), name="attempts_by_annotator"),)

    def __str__(self) -> str:
        return f"attempt {self.pk}"
