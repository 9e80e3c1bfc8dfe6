"""Writing what is large: a folder that could not be written whole is taken away, and why is said in words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from rewardmodel.ml.errors import StorageError

MEGABYTE = 1 << 20


@contextmanager
def written_whole(folder: Path) -> Iterator[None]:
    """Around the writing of a folder. Raises `StorageError` where the disk did not take it, after removing what there
    is of it: half a checkpoint would only fill the disk further.
    """
    try:
        yield
    except (OSError, SafetensorError, RuntimeError) as error:
        # torch.save hides the system's error behind a RuntimeError of its zip writer.
        if isinstance(error, RuntimeError) and not any(sign in str(error) for sign in ("inline_container", "write")):
            raise
        shutil.rmtree(folder, ignore_errors=True)
        free = shutil.disk_usage(next(path for path in folder.parents if path.exists())).free // MEGABYTE
        reason = str(error).strip().splitlines()[0]
        raise StorageError(
            f"{folder}: could not be written ({reason}); {free} MB are free there. Free some, or give another folder, "
            "and go on with --resume: the checkpoints before it are whole."
        ) from error
