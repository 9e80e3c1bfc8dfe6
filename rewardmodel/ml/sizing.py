"""How large a base model is, and the preset for one of that size. Reads headers alone: no torch, no weights."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

from rewardmodel.ml.arguments import preset_names, read_preset
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.modelpath import locate, same_model

# From here on adapters alone are trained, and from there on over a base model in 4 bits.
LORA_FROM, QLORA_FROM = 1_000_000_000, 6_000_000_000
# A header of the format is at most this long.
MOST_HEADER_BYTES = 100_000_000


def count_parameters(base_model: str) -> int | None:
    """How many numbers the weights of a local model hold; None for a hub id, which is not here yet.

    Raises `InputError` for a folder without weights in safetensors, or with broken ones.
    """
    folder = Path(locate(base_model))
    if not folder.is_dir():
        return None
    return sum(_numbers_in(file) for file in sorted(folder.glob("*.safetensors")))


def suggested_preset(base_model: str) -> str:
    """The preset made for this model, else for one of its size and kind; empty where nothing is known of it."""
    for name in preset_names():
        if same_model(read_preset(name)["base_model"], base_model):
            return name
    try:
        parameters = count_parameters(base_model)
    except InputError:
        return ""
    if parameters is None:
        return ""
    if parameters < LORA_FROM:
        return "encoder-base"
    return "decoder-lora" if parameters < QLORA_FROM else "decoder-qlora"


def _numbers_in(file: Path) -> int:
    """The format: the header's length in eight bytes, then JSON with the shape of each tensor."""
    try:
        with file.open("rb") as weights:
            (length,) = struct.unpack("<Q", weights.read(8))
            header = json.loads(weights.read(min(length, MOST_HEADER_BYTES)))
        return sum(math.prod(tensor["shape"]) for name, tensor in header.items() if name != "__metadata__")
    except (OSError, struct.error, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"{file}: no safetensors header ({error}). Download or save the model again.") from error
