"""What a finished model's folder holds, how it is written whole or not at all, and how it is checked on loading.

model.safetensors config.json tokenizer…   loadable by AutoModelForSequenceClassification and by vLLM
reward_model.json                          all that is needed to score alike and to rebuild it
heads.safetensors adapter/                 the rows of several heads, LoRA's adapters; where there are any
metrics.json README.md                     figures; the model card
complete.json                              written last: the size of every other file
"""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

import torch
import transformers

from rewardmodel.ml.errors import InputError

FORMAT = 1
MARK = "complete.json"
DESCRIPTION = "reward_model.json"


def versions(code_version: str) -> dict[str, str]:
    """What produced the model. podium: as the caller named it, or empty."""
    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "transformers": transformers.__version__,
        "podium": code_version,
    }


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def refuse_taken(output: Path) -> None:
    """Raise `InputError` when the output folder holds anything: a model is never overwritten."""
    if output.is_dir() and not any(output.iterdir()):
        return
    if output.exists():
        raise InputError(f"output {output}: already there and not empty. Give another --output, or remove it.")


def publish(partial: Path, output: Path) -> None:
    """Mark a folder complete and move it to its final name. A reader sees all of it or nothing."""
    files = sorted(path for path in partial.rglob("*") if path.is_file() and path.name != MARK)
    for path in files:
        path.chmod(0o644)  # safetensors writes 0600, but the scorer may be another user
        with path.open("rb") as file:  # on disk before the mark is, or a power cut leaves a whole folder of holes
            os.fsync(file.fileno())
    sizes = {str(path.relative_to(partial)): path.stat().st_size for path in files}
    write_json(partial / MARK, {"format": FORMAT, "files": sizes})
    partial.replace(output)


def is_complete(folder: Path) -> bool:
    """Whether the mark is there and every file has the size it names."""
    try:
        files = json.loads((folder / MARK).read_text(encoding="utf-8"))["files"]
        return all((folder / name).stat().st_size == size for name, size in files.items())
    except (OSError, ValueError, KeyError):
        return False


def read_description(folder: Path) -> dict[str, Any]:
    """reward_model.json of a complete model. Raises `InputError` when the folder is not one."""
    if not folder.is_dir():
        raise InputError(f"model {folder}: no such folder. Give one that rewardmodel.ml.train has written.")
    if not is_complete(folder):
        raise InputError(
            f"model {folder}: not whole, {MARK} is missing or a file has another size. Train or copy it again."
        )
    if not list(folder.glob("*.safetensors")):
        raise InputError(f"model {folder}: no *.safetensors. Pickled weights can run code and are not loaded.")
    description: dict[str, Any] = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    if description["format"] != FORMAT:
        raise InputError(f"model {folder}: format {description['format']}, needed {FORMAT}. Train it again.")
    return description
