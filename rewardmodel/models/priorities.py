"""Which reward model has last said what its project should rank next."""

from django.db import models

from labeling.models import Project
from rewardmodel.models.registry import RewardModel


class PriorityRefresh(models.Model):
    """The prompts of the project have priorities from that model, and from the rankings up to that one."""

    project = models.OneToOneField(Project, models.CASCADE, primary_key=True, related_name="priority_refresh")
    reward_model = models.ForeignKey(RewardModel, models.CASCADE, related_name="+")
    last_ranking_id = models.PositiveBigIntegerField()
    prompts = models.PositiveIntegerField(help_text="How many were scored.")
    refreshed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"priorities of {self.project} by {self.reward_model}"
