"""What a challenger would have said of live traffic, where the project lets it listen."""

from django.db import models

from rewardmodel.models.registry import RewardModel


class ShadowTally(models.Model):
    """How many prompts a challenger has scored in silence, and of how many it would have chosen the same response."""

    challenger = models.OneToOneField(RewardModel, models.CASCADE, primary_key=True, related_name="shadow_tally")
    scored = models.PositiveIntegerField(default=0)
    agreed = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.challenger} agrees on {self.agreed} of {self.scored}"


class ShadowDisagreement(models.Model):
    """A prompt of which the two would have chosen different responses."""

    challenger = models.ForeignKey(RewardModel, models.CASCADE, related_name="shadow_disagreements")
    champion = models.ForeignKey(RewardModel, models.CASCADE, related_name="+")
    prompt = models.JSONField()
    chosen_by_champion = models.TextField()
    chosen_by_challenger = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.challenger} against {self.champion}"
