"""Writing the registry's audit trail."""

from typing import Any

from django.contrib.auth.models import User

from labeling.models import Project
from rewardmodel.models import GateVerdict, RegistryEvent, RewardModel
from rewardmodel.services.mirror import mirror_later


def record(
    project: Project,
    kind: RegistryEvent.Kind,
    *,
    model: RewardModel | None = None,
    by: User | None = None,
    verdict: GateVerdict | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> RegistryEvent:
    """by: None for what Podium did by itself. What concerns a model is mirrored."""
    if model is not None:
        mirror_later(project)
    return RegistryEvent.objects.create(
        project=project,
        kind=kind,
        reward_model=model,
        verdict=verdict,
        by=by,
        reason=reason,
        details=details or {},
    )
