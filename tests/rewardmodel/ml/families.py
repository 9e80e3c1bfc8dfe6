"""One tiny random model of every family that the strategies know, and what each of them can do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedModel

VOCABULARY, PAD = 60, 1
# Shorter than the texts, so that a layer that looks too far is found out.
WINDOW = 6
SMALL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 128,
    "pad_token_id": PAD,
    "bos_token_id": 2,
    "eos_token_id": 3,
    "num_labels": 1,
}
GROUPED = {**SMALL, "num_key_value_heads": 2, "head_dim": 8}
MIXED_LAYERS = {"sliding_window": WINDOW, "layer_types": ["sliding_attention", "full_attention"]}


@dataclass(frozen=True)
class Family:
    """fits: the strategies beside `padded` that are exact for it."""

    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    fits: tuple[str, ...] = ("tree", "packed")
    causal: bool = True


FAMILIES = {
    "llama": Family("llama", GROUPED),
    "qwen2": Family("qwen2", GROUPED),
    "qwen2-mixed": Family("qwen2", {**GROUPED, **MIXED_LAYERS, "use_sliding_window": True}),
    "qwen3": Family("qwen3", GROUPED),
    "mistral": Family("mistral", {**GROUPED, "sliding_window": None}),
    "mistral-window": Family("mistral", {**GROUPED, "sliding_window": WINDOW}),
    "gemma2": Family("gemma2", {**GROUPED, **MIXED_LAYERS, "query_pre_attn_scalar": 8}),
    "gemma3": Family("gemma3_text", {**GROUPED, **MIXED_LAYERS, "query_pre_attn_scalar": 8}),
    "phi3": Family("phi3", {**GROUPED, "sliding_window": None}),
    "opt": Family("opt", {**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 32}),
    "opt-350m": Family("opt", {**SMALL, "ffn_dim": 48, "word_embed_proj_dim": 16, "do_layer_norm_before": False}),
    "gpt2": Family("gpt2", {**SMALL, "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 128}),
    "gpt-neox": Family("gpt_neox", SMALL),
    "bert": Family("bert", SMALL, ("packed",), causal=False),
    "roberta": Family("roberta", {**SMALL, "max_position_embeddings": 130}, ("packed",), causal=False),
    "modernbert": Family(
        "modernbert",
        {**SMALL, "local_attention": 2 * WINDOW, "global_attn_every_n_layers": 2, "classifier_pooling": "cls"},
        ("packed",),
        causal=False,
    ),
    "modernbert-mean": Family("modernbert", {**SMALL, "classifier_pooling": "mean"}, (), causal=False),
    "deberta-v2": Family(
        "deberta-v2",
        {**SMALL, "relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 8},
        (),
        causal=False,
    ),
}


def build(name: str, dtype: torch.dtype = torch.float32) -> PreTrainedModel:
    """Random weights large enough for the scores to differ, no dropout."""
    family = FAMILIES[name]
    config = AutoConfig.for_model(family.kind, **family.options)
    for option, value in config.to_dict().items():
        if "drop" in option and isinstance(value, float):
            setattr(config, option, 0.0)
    torch.manual_seed(0)
    model: PreTrainedModel = AutoModelForSequenceClassification.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(std=0.3)
    return model.to(dtype).eval()  # type: ignore[no-any-return]
