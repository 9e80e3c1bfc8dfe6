"""QLoRA (Dettmers et al. 2023): the base model's linear layers in 4 bits, adapters and head in float32.

`bitsandbytes` is asked for only where it is used.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from typing import Any

import torch
from transformers import BitsAndBytesConfig, PreTrainedModel

from rewardmodel.ml.errors import InputError

# Under which names the families keep their heads; a head in 4 bits could not be trained.
HEADS = ("score", "classifier")


@dataclass(frozen=True)
class FourBits:
    """NormalFloat of 4 bits, its constants quantized again. Raises `InputError` without bitsandbytes.

    compute: the type that products are computed in.
    """

    compute: torch.dtype = torch.float32

    def __post_init__(self) -> None:
        if importlib.util.find_spec("bitsandbytes") is None:
            raise InputError(
                "quantization: got 'nf4', which needs the package bitsandbytes. Run pip install bitsandbytes, or leave "
                "it out."
            )

    def options(self) -> dict[str, Any]:
        """For `from_pretrained`: weights are quantized on the device that they are to stay on."""
        accelerator = torch.cuda.is_available()
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if accelerator else torch.device("cpu")
        quantized = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=self.compute,
            llm_int8_skip_modules=list(HEADS),
        )
        return {"quantization_config": quantized, "device_map": {"": device}}

    def prepare(self, model: PreTrainedModel) -> None:
        """Make it fit to be trained under adapters."""
        for module in model.modules():
            # On some processors the first pass in eval mode packs the weights anew, for a kernel without gradients.
            if hasattr(module, "support_avx512bf16_for_cpu"):
                setattr(module, "support_avx512bf16_for_cpu", False)  # noqa: B010  no attribute of nn.Module's
