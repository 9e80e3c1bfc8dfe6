"""Freezing what was collected into a groups file that never changes."""

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from labeling.formats.groups import RankingGroup, group_records
from labeling.formats.jsontext import encode
from labeling.models import Project
from labeling.ranking import expand_ranking
from labeling.selectors.groups import ranking_groups
from labeling.selectors.rankings import last_ranking_id
from labeling.services.analysis import bring_up_to_date
from rewardmodel.exceptions import NothingToTrainOn
from rewardmodel.models import DatasetSnapshot
from rewardmodel.selectors.snapshots import snapshot_policy


def freeze_snapshot(*, project: Project, created_by: User | None) -> DatasetSnapshot:
    """Write the project's groups to a file named by its SHA-256 and record it.

    The same rankings give the same file and the same snapshot: annotators' weights are estimated from them first.
    Beside it lies an index that names, for each ranking in the order they were made, the group it stands in. Raises
    `NothingToTrainOn` when nobody has ranked anything.
    """
    bring_up_to_date(project=project)
    folder = DatasetSnapshot.folder(project)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Read before the groups: a ranking that arrives meanwhile counts as new for the next snapshot, never as lost.
    last = last_ranking_id(project)
    policy = snapshot_policy(project)
    digest = hashlib.sha256()
    index: list[tuple[int, int, int]] = []
    weights: dict[str, float] = {}
    groups = pairs = offset = 0
    with tempfile.NamedTemporaryFile(dir=folder, prefix="writing-", delete=False) as file:
        try:
            for group in ranking_groups(project):
                line = _line(group)
                file.write(line)
                digest.update(line)
                index.extend((ranking.id, offset, place) for place, ranking in enumerate(group.rankings))
                for ranking in group.rankings:
                    # Whoever adjudicates weighs 1 there, and what they weigh elsewhere.
                    weights[ranking.annotator] = min(ranking.weight, weights.get(ranking.annotator, 1.0))
                offset += len(line)
                groups += 1
                pairs += sum(len(expand_ranking(ranking.tiers)) for ranking in group.rankings)
            if not groups:
                raise NothingToTrainOn(
                    _("nobody has ranked a prompt of %(project)s yet; rank some, then train")
                    % {"project": repr(project.slug)}
                )
            file.flush()
            os.fsync(file.fileno())
            sha256 = digest.hexdigest()
            # The index first: the groups file under its own name means that both are complete.
            _write_index(folder / f"{sha256}.index.json", sorted(index))
            Path(file.name).rename(folder / f"{sha256}.jsonl")
            for suffix in (".index.json", ".jsonl"):
                settings.ARTIFACT_STORE.keep(folder / f"{sha256}{suffix}")
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    snapshot, created = DatasetSnapshot.objects.get_or_create(
        project=project,
        sha256=sha256,
        defaults={
            "groups": groups,
            "rankings": len(index),
            "pairs": pairs,
            "last_ranking_id": last,
            "policy": {**policy, "weights": dict(sorted(weights.items()))},
            "created_by": created_by,
        },
    )
    if not created and snapshot.last_ranking_id < last:
        DatasetSnapshot.objects.filter(pk=snapshot.pk).update(last_ranking_id=last)
    return snapshot


def _line(group: RankingGroup) -> bytes:
    (record,) = group_records(group)
    return encode(record) + b"\n"


def _write_index(path: Path, index: list[tuple[int, int, int]]) -> None:
    """The first index stays: later rankings that say the same give the same groups file, but have other ids."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix="writing-")
    with os.fdopen(handle, "w") as file:
        json.dump(index, file)
    # link() refuses to overwrite, so of two that freeze at once both end up with the first one's.
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    os.unlink(draft)
