"""From what a training says when it fails to what its owner can do about it."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

# Written by torch for each kind of device, by the kernel's killer of processes (signal 9), and by Python.
OUT_OF_MEMORY = re.compile(
    r"out of memory|outofmemory|can't allocate memory|cannot allocate memory|MemoryError|signal 9\b", re.IGNORECASE
)
NOT_A_NUMBER = re.compile(r"not a number|\bnan\b", re.IGNORECASE)
DISK = re.compile(r"could not be written|no space left|quota exceeded|file too large", re.IGNORECASE)
NO_MODEL = re.compile(r"^base model ", re.IGNORECASE)
NO_DATA = re.compile(r"nothing (is left )?to (train on|learn)|no strict preference", re.IGNORECASE)
OTHER_SCORES = re.compile(r"does not score as it did in training", re.IGNORECASE)
GONE = re.compile(r"signs of life|its worker was stopped", re.IGNORECASE)
# Rows longer than this are most of the memory of a pass.
MANY_TOKENS = 512


def advice(error: str, config: Mapping[str, Any]) -> list[str]:
    """What to try next, the likeliest first; nothing where the error says all there is to say."""
    if not error:
        return []
    if NO_MODEL.search(error):
        return [_("Clone the run with another base model; a folder must hold config.json and *.safetensors.")]
    if OUT_OF_MEMORY.search(error):
        return _less_memory(config)
    if NOT_A_NUMBER.search(error):
        return _calmer(config)
    if DISK.search(error):
        return [
            _("Free some space where artifacts lie: old runs keep checkpoints, each three times the size of a model."),
            _("Then press “Resume”; the run goes on from its newest whole checkpoint."),
        ]
    if NO_DATA.search(error):
        return [_("Have more prompts ranked, with a preference among their responses, and start a new run.")]
    if OTHER_SCORES.search(error):
        return [
            _("Nothing of it serves. Resume the run once; if it fails again, the log below tells which scores differ.")
        ]
    if GONE.search(error):
        return [_("See whether the trainer runs and has memory to spare, then press “Resume”.")]
    return []


def _less_memory(config: Mapping[str, Any]) -> list[str]:
    tries = []
    groups = config.get("per_device_train_batch_size", 8)
    if groups > 1:
        tries.append(
            _(
                "Clone the run with per_device_train_batch_size %(less)s instead of %(now)s, and twice the "
                "gradient_accumulation_steps: the same steps, at about half the memory."
            )
            % {"now": groups, "less": groups // 2}
        )
    if config.get("max_length", 1024) > MANY_TOKENS:
        tries.append(_("Lower max_length; what is cut off is counted in the report."))
    if not config.get("gradient_checkpointing"):
        tries.append(_("Switch gradient_checkpointing on: less memory, a third more time."))
    if not config.get("lora_r"):
        tries.append(_("Train adapters alone: lora_r 16; with quantization nf4 the base model needs a quarter."))
    return tries


def _calmer(config: Mapping[str, Any]) -> list[str]:
    rate = config.get("learning_rate", 2e-5)
    tries = [_("Clone the run with a learning_rate of %(rate)g, a third of what it was.") % {"rate": rate / 3}]
    if config.get("bf16"):
        tries.append(_("Switch bf16 off, to see whether it is the precision."))
    return tries
