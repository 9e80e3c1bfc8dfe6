"""Ways to run a batch of groups through the model, and which of them is taken.

Each is tried on real groups before it is used: its scores must be those of the plain forward pass, one text at a time.
One that fails, whatever the reason, is passed over for the next, and the reason is kept. `auto` takes, of those that
pass, the one that costs least on these groups.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rewardmodel.ml.cut import cut_open
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.masks import FLEX_BLOCK
from rewardmodel.ml.strategies.base import Strategy
from rewardmodel.ml.strategies.cached import Cached
from rewardmodel.ml.strategies.forest import Forest
from rewardmodel.ml.strategies.padded import Padded
from rewardmodel.ml.strategies.two_pass import TwoPass

__all__ = ["Choice", "Strategy", "choose_strategy"]

logger = logging.getLogger(__name__)

# Of a score's size, at least of 1: what float32 leaves of sums taken in another order.
TOLERANCE = 1e-5
GROUPS_WEIGHED = 32


@dataclass(frozen=True)
class Choice:
    """strategy: what is used. reason: why, and what each of those passed over got wrong. fitting: all that passed."""

    strategy: Strategy
    reason: str
    fitting: tuple[Strategy, ...]

    def cheapest(self, groups: Sequence[EncodedGroup], model: Any) -> Strategy:
        """The one that costs least on these groups."""
        sample = groups[:: max(1, len(groups) // GROUPS_WEIGHED)]
        if len(self.fitting) == 1 or not sample:
            return self.fitting[0]
        hidden = model.config.get_text_config().hidden_size
        return min(self.fitting, key=lambda strategy: strategy.cost(sample, hidden))


def choose_strategy(
    name: str,
    model: Any,
    groups: Sequence[EncodedGroup],
    *,
    token_types: bool,
    row_tokens: int | None,
    scoring: bool = False,
) -> Choice:
    """name: `auto`, or the one that is wanted. groups: real ones, a few of which it is tried on.

    row_tokens: how many tokens one forward pass may hold; None: all in one (see `Padded`). scoring: without gradients,
    so that `auto` may also keep a prompt's keys and values.
    """
    pad_id = model.config.get_text_config().pad_token_id
    padded = Padded(pad_id, token_types, row_tokens)
    if name == TwoPass.name:
        # One text a pass, whatever its length.
        one_by_one = TwoPass(Padded(pad_id, token_types, row_tokens=1))
        return Choice(one_by_one, "as asked", (one_by_one,))
    candidates: list[Strategy] = [padded]
    problems: list[str] = []
    if name != Padded.name:
        forests = _forests(model, pad_id, token_types, row_tokens)
        wanted: list[Strategy] = [forest for forest in forests if name in ("auto", forest.name)]
        cut = cut_open(model)
        if scoring and name == "auto" and cut is not None and cut.causal:
            wanted.append(Cached(pad_id))
        if not wanted:
            problems.append(f"{name}: {_why_not(name, model)}")
            wanted = forests
        sample = _few(groups)
        for forest in wanted:
            if problem := difference(forest, model, sample, token_types=token_types):
                logger.warning("the strategy %s is passed over: %s", forest.name, problem)
                problems.append(f"{forest.name}: {problem}")
            else:
                candidates.append(forest)
    asked = [strategy for strategy in candidates if strategy.name == name]
    choice = Choice(padded, "", tuple(asked or candidates))
    chosen = choice.cheapest(groups, model)
    reason = "as asked" if asked else f"the cheapest of {', '.join(fit.name for fit in choice.fitting)}"
    return Choice(chosen, "; ".join([reason, *problems]), choice.fitting)


def difference(
    strategy: Strategy, model: Any, groups: Sequence[EncodedGroup], *, token_types: bool = False
) -> str | None:
    """None when the strategy's scores are those of the plain forward pass; else what is wrong with it."""
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            batch = strategy.collate(groups)
            chunks = [{name: tensor.to(device) for name, tensor in chunk.items()} for chunk in batch["chunks"]]
            found = strategy.outputs(model, {"chunks": chunks, "back": batch["back"].to(device)}).cpu()
            expected = torch.cat([_plain(model, group, device, token_types) for group in groups])
    except Exception as error:  # a model that cannot take it says so in many ways
        return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no message'}"
    finally:
        model.train(was_training)
    gap = (found - expected).abs().max().item()
    if gap <= TOLERANCE * max(1.0, expected.abs().max().item()):
        return None
    return f"its scores are {gap:.2g} off those of the plain forward pass"


def _plain(model: Any, group: EncodedGroup, device: torch.device, token_types: bool) -> Tensor:
    """(K, H) outputs of one text at a time, by the class's own forward pass."""
    scores = []
    for response in group.responses:
        ids = torch.from_numpy(np.concatenate([group.prefix, response]).astype(np.int64))[None].to(device)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if token_types:
            second = torch.arange(ids.shape[1], device=device)[None] >= len(group.prefix)
            inputs["token_type_ids"] = (second & group.second).long()
        scores.append(model(**inputs).logits[0].float().cpu())
    return torch.stack(scores)


def _forests(model: Any, pad_id: int, token_types: bool, row_tokens: int | None) -> list[Strategy]:
    """Tree and packed, as far as the model is a body and a head, one after the other."""
    cut = cut_open(model)
    if cut is None:
        return []
    flex = model.config.get_text_config()._attn_implementation == "flex_attention"
    names = ("tree", "packed") if cut.causal else ("packed",)
    return [
        Forest(
            name,
            pad_id,
            causal=cut.causal,
            token_types=token_types,
            row_tokens=row_tokens,
            # Blocks that nobody sees cost nothing, so a row may be as long as a pass.
            row_length=(row_tokens or 0) if flex else 0,
            multiple=FLEX_BLOCK if flex else 1,
        )
        for name in names
    ]


def _why_not(name: str, model: Any) -> str:
    if cut_open(model) is None:
        return f"{type(model).__name__} is not known to be a body and a head, one after the other"
    return f"in {type(model).__name__} a prompt sees its response, so that it cannot be shared by several"


def _few(groups: Sequence[EncodedGroup]) -> list[EncodedGroup]:
    """The longest, where a window or a limit shows, and two others."""
    by_length = sorted(groups, key=lambda group: group.longest)
    return list({id(group): group for group in (by_length[-1], by_length[0], by_length[len(groups) // 2])}.values())
