"""Writing a finished model's folder: one head in the model, adapters merged, everything aside until it is whole."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peft import PeftModel
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from rewardmodel.ml.card import model_card
from rewardmodel.ml.checkpoint import DESCRIPTION, publish, write_json
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.golden import describe_golden
from rewardmodel.ml.groups import Floats
from rewardmodel.ml.heads import Heads, head_name, narrow, narrow_modules, save_rows
from rewardmodel.ml.modeling import takes_token_types
from rewardmodel.ml.rewards import row_tokens, score_groups
from rewardmodel.ml.storage import written_whole
from rewardmodel.ml.strategies.padded import Padded


@dataclass
class Finished:
    """What training leaves. weights: the model's, gathered from all processes. golden, golden_scores: groups and what
    the model says of them.
    """

    model: PreTrainedModel | PeftModel
    weights: dict[str, Tensor]
    tokenizer: PreTrainedTokenizerBase
    heads: Heads
    golden: Sequence[EncodedGroup]
    golden_scores: Sequence[Floats]


def save_model(output: Path, finished: Finished, description: dict[str, Any], metrics: dict[str, Any]) -> None:
    """Write everything aside, then give it its name. Raises `StorageError` where the disk does not take it.

    Adapters are merged into the model, and kept beside it too; of several heads one goes into the model, and all lie
    beside it. Changes the model and the weights.
    """
    partial = output.with_name(output.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    with written_whole(partial):
        partial.mkdir(parents=True)
        model, weights, scores = finished.model, finished.weights, finished.golden_scores
        if isinstance(model, PeftModel):
            rows = narrow_modules(model, finished.heads)
            model = _merge(model, partial / "adapter")
            weights = model.state_dict()
            scores = _score(model, finished.golden)
        else:
            rows = narrow(weights, head_name(model), finished.heads)
        save_rows(rows, partial)
        model.save_pretrained(partial, state_dict=weights)
        finished.tokenizer.save_pretrained(partial)
        golden = describe_golden(list(finished.golden), list(scores))
        write_json(partial / DESCRIPTION, {**description, "golden": golden})
        write_json(partial / "metrics.json", metrics)
        (partial / "README.md").write_text(model_card(description, metrics), encoding="utf-8")
        publish(partial, output)


def _merge(model: PeftModel, adapter: Path) -> PreTrainedModel:
    """Save the adapters and merge them. Into weights of 4 bits they would be rounded away, so those are float32 first:
    what the adapters have learned to add to are the values that 4 bits stand for.
    """
    model.save_pretrained(str(adapter))
    base = model.get_base_model()
    if getattr(base, "is_quantized", False):
        plain = model.unload().dequantize().float()
        model = PeftModel.from_pretrained(plain, str(adapter))
    merged: PreTrainedModel = model.merge_and_unload()
    return merged


def _score(model: PreTrainedModel, golden: Sequence[EncodedGroup]) -> list[Floats]:
    """Of the merged model, which rounds otherwise than its parts."""
    padded = Padded(model.config.pad_token_id, takes_token_types(model), row_tokens(model.device))
    return score_groups(model, padded, golden)
