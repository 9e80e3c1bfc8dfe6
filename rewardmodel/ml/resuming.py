"""Where a run's checkpoints lie, and which of them it may go on from."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

from rewardmodel.ml.checkpoint import write_json
from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.errors import InputError


def prepare_checkpoints(config: TrainConfig, data_hash: str) -> tuple[Path, str | None]:
    """The checkpoints' folder, and the checkpoint to go on from. A new run clears what an earlier one has left.

    Raises `InputError` when a run is to be resumed with other data or other hyperparameters than it began with.
    """
    folder = Path(config.checkpoint_dir or f"{config.output.rstrip('/')}.checkpoints")
    mark = folder / "run.json"
    run: dict[str, Any] = {"data_sha256": data_hash}
    for spec in dataclasses.fields(config):
        if not spec.metadata["may_change"]:
            run[spec.name] = getattr(config, spec.name)
    if config.resume and (newest := newest_checkpoint(folder)) is not None and mark.is_file():
        began = json.loads(mark.read_text(encoding="utf-8"))
        changed = [f"{name} was {began.get(name)!r}, is {run[name]!r}" for name in run if began.get(name) != run[name]]
        if changed:
            raise InputError(f"resume: {'; '.join(changed)}. Restore it, or start anew without --resume.")
        return folder, newest
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    write_json(mark, run)
    return folder, None


def newest_checkpoint(folder: Path) -> str | None:
    """The complete checkpoint with the highest step. The trainer writes trainer_state.json last, so it tells."""
    found = []
    for path in folder.glob("checkpoint-*"):
        try:
            found.append((json.loads((path / "trainer_state.json").read_text())["global_step"], str(path)))
        except (OSError, ValueError, KeyError):
            shutil.rmtree(path, ignore_errors=True)  # cut off while it was written; it would never be whole
    return max(found)[1] if found else None
