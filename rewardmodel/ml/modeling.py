"""Loading a model with a reward head, and making it safe to score with: one label, float32 head, a real pad token.

The class stays Hugging Face's own `AutoModelForSequenceClassification`, so that anybody can load what is saved.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import HfApi, try_to_load_from_cache
from huggingface_hub.errors import HFValidationError
from peft import LoraConfig, PeftModel, PeftModelForSequenceClassification, TaskType
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  the name everyone knows it by
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    logging,
    set_seed,
)

from rewardmodel.ml.errors import InputError
from rewardmodel.ml.modelpath import locate
from rewardmodel.ml.quantization import FourBits

# Tokens that models reserve for padding or for nothing: better than a new row in the embedding.
SPARE_TOKENS = (
    "<pad>",
    "[PAD]",
    "<|pad|>",
    "<|finetune_right_pad_id|>",
    "<|reserved_special_token_0|>",
)


@dataclass(frozen=True)
class Loaded:
    """new_head: the head is random; else it was there, as that of a reward model is."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    new_head: bool = True


class Float32Head(nn.Linear):
    """The head in float32, also under autocast.

    In bfloat16 the scores between 4 and 8 lie 0.03 apart: ties that are none, and margins that vanish.
    """

    def forward(self, input: Tensor) -> Tensor:
        weight, bias = self.weight.float(), None if self.bias is None else self.bias.float()
        with torch.autocast(weight.device.type, enabled=False):
            return F.linear(input.to(weight), weight, bias)


def quiet_transformers() -> None:
    """No progress bars, and no warning that the head is new: it always is."""
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def load_base_model(
    name: str, *, seed: int, dropout: float = 0.0, device_map: str = "none", four_bits: FourBits | None = None
) -> Loaded:
    """A base model under a new reward head, float32, with a pad token. A reward model keeps its head.

    four_bits: how its linear layers are kept, but for the head; None: as they are. Raises `InputError` when it cannot
    be found or read, or would run code of its own.
    """
    place = locate(name)
    # Asked once here: transformers would ask for each file, and retry for a minute where there is no network.
    cached = not Path(place).is_dir() and is_only_in_cache(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False, local_files_only=cached)
        config = AutoConfig.from_pretrained(place, trust_remote_code=False, local_files_only=cached)
        config.num_labels = 1
        set_dropout(config, dropout)
        set_seed(seed)  # the head is random, and must be the same in every process and every run
        model, loading = AutoModelForSequenceClassification.from_pretrained(
            place,
            config=config,
            output_loading_info=True,
            dtype=torch.float32,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=cached,
            **(four_bits.options() if four_bits else {"device_map": None if device_map == "none" else device_map}),
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        reason = str(error).strip().split("\n")[0]
        raise InputError(
            f"base model {name}: cannot be loaded ({reason}). Needed a model transformers knows, in safetensors."
        ) from error
    if four_bits:
        four_bits.prepare(model)
    repair_pad_token(model, tokenizer)
    name, head = keep_head_in_float32(model)
    if head.bias is not None:
        # A shift of all rewards costs nothing, so its gradient is rounding noise; AdamW would turn that into steps of
        # the full learning rate.
        head.bias.requires_grad_(False)
    return Loaded(model, tokenizer, new_head=f"{name}.weight" in loading["missing_keys"])


def is_only_in_cache(name: str) -> bool:
    """Whether a hub id is in the local cache while the hub cannot be reached.

    Raises `InputError` when it is neither there nor on the hub.
    """
    try:
        HfApi().model_info(name, timeout=10)
    except Exception as error:  # the hub's own errors, the network's, and a malformed id
        malformed = isinstance(error, HFValidationError)
        if not malformed and isinstance(try_to_load_from_cache(name, "config.json"), str):
            return True
        reason = str(error).strip().split("\n")[0]
        raise InputError(
            f"base model {name}: no such folder, and not a reachable hub id ({reason}). Give an existing one."
        ) from error
    return False


def set_dropout(config: Any, dropout: float) -> None:
    """Set every dropout rate in a config; each family has its own names for them."""
    for key, value in config.to_dict().items():
        if "drop" in key and isinstance(value, int | float) and not isinstance(value, bool):
            setattr(config, key, dropout)


def repair_pad_token(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Give model and tokenizer one pad token that is not EOS.

    Hugging Face's heads read the last token that is not padding. If EOS pads, they read the token before the EOS
    while other engines read the EOS itself; if nothing pads, a batch of two is refused and a batch of one reads
    wrongly.
    """
    pad = tokenizer.pad_token_id
    if pad is None or pad == tokenizer.eos_token_id:
        vocabulary = tokenizer.get_vocab()
        spare = next(
            (t for t in SPARE_TOKENS if t in vocabulary and t != tokenizer.eos_token),
            SPARE_TOKENS[1],
        )
        tokenizer.add_special_tokens({"pad_token": spare})
    # Some models have more rows than their tokenizer has tokens, room for the new one.
    embedding = model.get_input_embeddings()
    if isinstance(embedding, nn.Embedding) and len(tokenizer) > embedding.num_embeddings:
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
    tokenizer.padding_side = "right"
    for config in {id(c): c for c in (model.config, model.config.get_text_config())}.values():
        config.pad_token_id = tokenizer.pad_token_id


def keep_head_in_float32(model: PreTrainedModel) -> tuple[str, Float32Head]:
    """Replace the last layer with one output by a `Float32Head` of the same weights. Returns its name and itself."""
    name, head = next(
        (name, module)
        for name, module in reversed(list(model.named_modules()))
        if isinstance(module, nn.Linear) and module.out_features == 1
    )
    replacement = Float32Head(head.in_features, 1, bias=head.bias is not None, device="meta")
    replacement.weight, replacement.bias = head.weight, head.bias
    model.set_submodule(name, replacement)
    return name, replacement


def freeze_lowest_layers(model: PreTrainedModel, count: int) -> None:
    """Keep the base model's weights in the embeddings and the lowest `count` layers; 0 freezes nothing.

    Nothing is computed backwards below the lowest trained layer: of six layers, three frozen halve a step's time.
    Raises `InputError` when no layer would be left.
    """
    if count == 0:
        return
    layers = next((m for m in model.base_model.modules() if isinstance(m, nn.ModuleList) and len(m) > 1), None)
    if layers is None or count >= len(layers):
        found = 0 if layers is None else len(layers)
        raise InputError(f"freeze_layers: got {count}, but the model has {found} layers. Leave one at least to train.")
    for name, parameter in model.base_model.named_parameters():
        if "embed" in name or name.startswith(("wte", "wpe")):
            parameter.requires_grad_(False)
    for layer in list(layers)[:count]:
        layer.requires_grad_(False)


def add_adapters(model: PreTrainedModel, *, rank: int, alpha: float, dropout: float, seed: int) -> PeftModel:
    """The model under LoRA (Hu et al. 2021): its weights stay, adapters beside every linear layer and the head are
    trained. alpha: 0 for twice the rank.
    """
    set_seed(seed)  # the adapters are random, and must be the same in every process and every run
    head = next(name for name, module in model.named_modules() if isinstance(module, Float32Head))
    options = LoraConfig(
        task_type=TaskType.SEQ_CLS,
        r=rank,
        lora_alpha=alpha or 2 * rank,  # type: ignore[arg-type]  # a number, whatever it says
        lora_dropout=dropout,
        target_modules="all-linear",
        modules_to_save=[head.partition(".")[0]],
    )
    return PeftModelForSequenceClassification(model, options)


def usable_positions(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """The longest row the model can take, in tokens."""
    limit = min(
        tokenizer.model_max_length,
        getattr(model.config, "max_position_embeddings", None) or 1 << 30,
    )
    for name, module in model.named_modules():
        # RoBERTa and its kin count positions from pad_token_id + 1: the rows before go unused.
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding) and module.padding_idx is not None:
            limit = min(limit, module.num_embeddings - module.padding_idx - 1)
    return limit


def takes_token_types(model: PreTrainedModel) -> bool:
    """Whether the model tells two segments apart by `token_type_ids`."""
    return getattr(model.config, "type_vocab_size", 0) >= 2
