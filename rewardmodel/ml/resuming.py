"""Where a run's checkpoints lie, and which of them it may go on from."""

from __future__ import annotations

import dataclasses
import json
import logging
import shutil
import zipfile
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from rewardmodel.ml.checkpoint import write_json
from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.errors import InputError

logger = logging.getLogger(__name__)


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
    """The complete checkpoint with the highest step; those that are not whole, and never will be, are removed.

    The trainer writes trainer_state.json last; files may have been cut off all the same, by a full disk or a lost
    machine whose cache had not been written.
    """
    found = []
    for path in folder.glob("checkpoint-*"):
        try:
            step = json.loads((path / "trainer_state.json").read_text())["global_step"]
            cut_off = [file.name for file in sorted(path.rglob("*")) if not _is_whole(file)]
        except (OSError, ValueError, KeyError):
            cut_off = ["trainer_state.json"]
        if cut_off:
            logger.warning("the checkpoint %s is not whole (%s) and is passed over", path, ", ".join(cut_off))
            shutil.rmtree(path, ignore_errors=True)
        else:
            found.append((step, str(path)))
    return max(found)[1] if found else None


def _is_whole(file: Path) -> bool:
    """Whether the end of a file of weights or of the optimizer's state is there."""
    if file.suffix == ".safetensors":
        try:
            with safe_open(file, framework="pt"):
                return True
        except SafetensorError:
            return False
    # torch.save writes a zip archive, whose directory stands at its end.
    return file.suffix not in (".pt", ".pth", ".bin") or file.name == "training_args.bin" or zipfile.is_zipfile(file)
