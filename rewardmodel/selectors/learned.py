"""What has learned from somebody's rankings."""

from dataclasses import dataclass

from labeling.models import Project
from rewardmodel.models import DatasetSnapshot, RewardModel


@dataclass(frozen=True, slots=True)
class Learned:
    snapshots: list[DatasetSnapshot]
    models: list[RewardModel]


def learned_from(pseudonym: str) -> Learned:
    """The snapshots that hold rankings under this pseudonym, and the reward models that were trained on them."""
    everything = DatasetSnapshot.objects.select_related("project").order_by("pk")
    snapshots = [snapshot for snapshot in everything.iterator() if _holds(snapshot, pseudonym)]
    models = RewardModel.objects.filter(snapshot__in=snapshots).select_related("project").order_by("project", "version")
    return Learned(snapshots, list(models))


def _holds(snapshot: DatasetSnapshot, pseudonym: str) -> bool:
    if "weights" in snapshot.policy:
        return pseudonym in snapshot.policy["weights"]
    # One that was frozen before weights were noted.
    if not snapshot.path.is_file():
        return False
    quoted = f'"{pseudonym}"'.encode()
    with snapshot.path.open("rb") as file:
        return any(quoted in line for line in file)


def described(learned: Learned) -> dict[str, list[dict[str, object]]]:
    return {
        "snapshots": [
            {"project": _slug(one.project), "id": one.pk, "sha256": one.sha256, "created_at": one.created_at}
            for one in learned.snapshots
        ],
        "reward_models": [
            {"project": _slug(one.project), "version": one.version, "snapshot": one.snapshot_id}
            for one in learned.models
        ],
    }


def _slug(project: Project) -> str:
    return project.slug
