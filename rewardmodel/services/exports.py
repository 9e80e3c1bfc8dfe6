"""Exports of frozen snapshots: the same bytes whenever they are asked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labeling.exceptions import InvalidInput
from labeling.models import Project
from labeling.selectors.exports import Choices, in_pieces, pieces_of
from labeling.services.exports import export_path, run_export_job, write_aside
from rewardmodel.models import DatasetSnapshot
from rewardmodel.selectors.snapshots import snapshot_groups, snapshot_lines, snapshot_whole_groups

RUN_SNAPSHOT_EXPORT = "rewardmodel.tasks.run_snapshot_export"
RUN_TOKENIZED_SNAPSHOT_EXPORT = "rewardmodel.tasks.run_tokenized_snapshot_export"


def check_frozen(choices: Choices) -> None:
    """Raise `InvalidInput` for choices that need to know what a snapshot does not hold."""
    asked = {"since": choices.since, "until": choices.until, "min_agreement": choices.min_agreement}
    if named := [name for name, value in asked.items() if value is not None]:
        raise InvalidInput(f"a snapshot holds no times and no agreement; leave {' and '.join(named)} out, or snapshot")
    if choices.judges:
        raise InvalidInput("a snapshot holds no rankings of LLMs; leave judges out, or snapshot")
    if choices.after:
        raise InvalidInput("an export of a snapshot goes on by HTTP range (curl -C -); leave after out")


def snapshot_pieces(snapshot: DatasetSnapshot, choices: Choices) -> Iterator[bytes]:
    check_frozen(choices)
    if choices.are_plain_groups:
        return in_pieces(snapshot_lines(snapshot))
    groups = snapshot_whole_groups(snapshot) if choices.whole_groups else snapshot_groups(snapshot)
    return pieces_of(groups, choices)


def snapshot_etag(snapshot: DatasetSnapshot, choices: Choices) -> str:
    return f'"{choices.digest(snapshot.sha256)}"'


def snapshot_file(snapshot: DatasetSnapshot, choices: Choices, *, make: bool) -> Path | None:
    """The export as a file; None when it has not been made and `make` is not given."""
    if choices.are_plain_groups:
        return snapshot.path
    path = export_path(snapshot.project, f"{choices.digest(snapshot.sha256)}{choices.suffix}")
    if not path.is_file():
        if not make:
            return None
        write_aside(path, snapshot_pieces(snapshot, choices))
    return path


def run_snapshot_export(*, job_id: str) -> None:
    run_export_job(job_id=job_id, pieces=_pieces)


def _pieces(project: Project, choices: Choices, source: dict[str, Any]) -> Iterator[bytes]:
    return snapshot_pieces(project.snapshots.select_related("project").get(pk=source["snapshot"]), choices)
