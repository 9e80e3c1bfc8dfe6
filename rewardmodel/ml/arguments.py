"""From the command line and a preset to a `TrainConfig`.

Precedence: a flag, then the preset, then the class's default. Without `--preset`, the preset written for the given
base model holds, so that the two shipped models train well with no flags at all.
"""

from __future__ import annotations

import argparse
import dataclasses
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, get_type_hints

from rewardmodel.ml.config import OTHER_NAMES, TrainConfig, present_names
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.modelpath import same_model

PRESETS = Path(__file__).parent / "presets"


class Parser(argparse.ArgumentParser):
    """argparse that raises `InputError` for a wrong flag, so that the progress file hears of it too."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}. See {self.prog} --help.")


def parse_train_arguments(argv: Sequence[str] | None) -> TrainConfig:
    """Raises `InputError` for an unknown flag, preset, field or value."""
    types = get_type_hints(TrainConfig)
    # A flag that is not given must be told from one that repeats the default, or it would hide the preset.
    parser = Parser(
        prog="python -m rewardmodel.ml.train",
        description="Train a reward model on rankings or pairs. "
        "Exit codes: 0 done, 1 crash, 2 wrong input, 3 stopped, 4 parent died.",
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("--preset", help=f"{', '.join(preset_names())} or a TOML file; flags override it")
    for spec in dataclasses.fields(TrainConfig):
        flag = "--" + spec.name.replace("_", "-")
        help = spec.metadata["help"] + (f" (default: {spec.default})" if spec.default not in ("", False) else "")
        if types[spec.name] is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=help)
        else:
            parser.add_argument(flag, type=types[spec.name], help=help)

    for name, kind in OTHER_NAMES.items():
        flag = "--" + name.replace("_", "-")
        action: Any = {"action": argparse.BooleanOptionalAction} if kind is bool else {"type": kind}
        parser.add_argument(flag, **action, help=argparse.SUPPRESS)

    given = present_names(vars(parser.parse_args(argv)))
    preset = given.pop("preset", None)
    base_model = given.get("base_model", TrainConfig.base_model)
    defaults = read_preset(preset) if preset else preset_for(base_model)
    return TrainConfig(**{**defaults, **given})


def preset_names() -> list[str]:
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def preset_for(base_model: str) -> dict[str, Any]:
    """The shipped preset whose base model is this one, else nothing."""
    for name in preset_names():
        values = read_preset(name)
        if same_model(values["base_model"], base_model):
            return values
    return {}


def read_preset(name_or_file: str) -> dict[str, Any]:
    """Field values from a shipped preset or a TOML file, unchecked but for their names and types."""
    path = Path(name_or_file) if name_or_file.endswith(".toml") else PRESETS / f"{name_or_file}.toml"
    if not path.is_file():
        raise InputError(f"preset: got {name_or_file!r}, needed one of {', '.join(preset_names())} or a TOML file.")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"preset {path}: not valid TOML: {error}. Mend the file.") from error

    types = get_type_hints(TrainConfig)
    values = present_names(values)
    for name, value in values.items():
        if name not in types:
            raise InputError(f"preset {path}: got the field {name!r}, needed one of {', '.join(types)}.")
        if types[name] is float and type(value) is int:
            values[name] = float(value)
        elif type(value) is not types[name]:
            raise InputError(f"preset {path}: {name}: got {value!r}, needed {types[name].__name__}.")
    return values
