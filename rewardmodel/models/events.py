"""The audit trail of a project's registry: who changed what, when, and why. Rows are added and never changed."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.models import Project
from rewardmodel.models.gate import GateVerdict
from rewardmodel.models.registry import RewardModel


class RegistryEvent(models.Model):
    class Kind(models.TextChoices):
        REGISTERED = "registered", _("registered")
        JUDGED = "judged", _("judged by the gate")
        PROMOTED = "promoted", _("promoted")
        ROLLED_BACK = "rolled_back", _("rolled back to")
        REJECTED = "rejected", _("rejected")
        POLICY = "policy", _("policy changed")

    project = models.ForeignKey(Project, models.CASCADE, related_name="registry_events")
    kind = models.CharField(max_length=12, choices=Kind)
    reward_model = models.ForeignKey(RewardModel, models.CASCADE, null=True, blank=True, related_name="events")
    verdict = models.ForeignKey(GateVerdict, models.CASCADE, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.TextField(blank=True)
    details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=("registered", "judged", "promoted", "rolled_back", "rejected", "policy")),
                name="registry_event_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.project.slug}: {self.kind} {self.reward_model or ''}".rstrip()
