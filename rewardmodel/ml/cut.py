"""A model cut open between its body and its head, so that the head reads only the tokens that carry a score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from peft import PeftModel
from torch import Tensor, nn


@dataclass(frozen=True)
class Cut:
    """body: the model without its head. head: (R, hidden) states -> (R, H) outputs. causal: a decoder, scored at the
    last token of a text; else an encoder, scored at the first. position_offset: the position of a text's first token.
    """

    body: nn.Module
    head: Callable[[Tensor], Tensor]
    causal: bool
    position_offset: int = 0


def cut_open(model: Any) -> Cut | None:
    """None where the class is not known to be body and head, one after the other."""
    if isinstance(model, PeftModel):
        model = model.get_base_model()
    body, kind = model.base_model, model.config.model_type
    if kind in ("bert", "electra", "roberta", "xlm-roberta", "modernbert"):
        return _encoder(model, body, kind)
    if isinstance(getattr(model, "score", None), nn.Module):
        return Cut(body, lambda states: model.score(states), causal=True)
    return None


def _encoder(model: Any, body: Any, kind: str) -> Cut | None:
    if kind == "bert":
        return Cut(body, lambda states: model.classifier(model.dropout(body.pooler(states[:, None]))), causal=False)
    if kind == "modernbert":
        if model.config.classifier_pooling != "cls":
            return None
        return Cut(body, lambda states: model.classifier(model.drop(model.head(states))), causal=False)
    # RoBERTa and its kin count positions from the padding's on; ELECTRA as BERT does.
    offset = 0 if kind == "electra" else model.config.pad_token_id + 1
    return Cut(body, lambda states: model.classifier(states[:, None]), causal=False, position_offset=offset)
