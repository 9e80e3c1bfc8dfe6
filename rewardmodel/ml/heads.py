"""Several heads on one body: the members of an ensemble, and one for each dimension that responses are rated by.

While training they are the rows of one wide head. A finished model keeps one row, the mean of the members: a head is
linear, so that is their mean score. The rows themselves lie beside it in `heads.safetensors`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from rewardmodel.ml.checkpoint import read_description
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.groups import Floats
from rewardmodel.ml.modeling import Float32Head

HEADS = "heads.safetensors"
# Beside a head that has learned something the other members begin near it; beside a random one, anywhere.
NEARBY = 0.1


@dataclass(frozen=True)
class Dimension:
    """One that responses are rated by. A head's output counts standard deviations from the mean of the ratings."""

    name: str
    mean: float
    sd: float


@dataclass(frozen=True)
class Heads:
    """What the columns of a model's outputs (R, H) are: rewards by each member, then ratings in each dimension."""

    members: int = 1
    dimensions: tuple[Dimension, ...] = ()

    @property
    def count(self) -> int:
        return self.members + len(self.dimensions)

    def rewards(self, outputs: Floats) -> Floats:
        """(K,) from (K, H)."""
        mean: Floats = outputs[:, : self.members].mean(1)
        return mean

    def describe(self) -> dict[str, Any] | None:
        """For `reward_model.json`; None where the score is all there is."""
        if self.count == 1:
            return None
        return {
            "members": self.members,
            "dimensions": [{"name": d.name, "mean": d.mean, "sd": d.sd} for d in self.dimensions],
        }


SINGLE = Heads()


def read_heads(description: dict[str, Any]) -> Heads:
    """The heads that a `reward_model.json` tells of."""
    told = description.get("heads")
    if told is None:
        return SINGLE
    return Heads(told["members"], tuple(Dimension(**dimension) for dimension in told["dimensions"]))


def rated_dimensions(groups: Sequence[EncodedGroup]) -> tuple[Dimension, ...]:
    """By name, every dimension in which these groups hold two ratings that differ."""
    ratings: dict[str, list[float]] = {}
    for group in groups:
        for ranking in group.rankings:
            for rating in ranking.ratings:
                ratings.setdefault(rating.dimension, []).append(rating.value)
    return tuple(
        Dimension(name, float(np.mean(values)), float(np.std(values)))
        for name, values in sorted(ratings.items())
        if np.std(values) > 0
    )


def known_heads(folder: str, heads: Heads) -> tuple[Heads, dict[str, Tensor]] | None:
    """The heads of a finished model and their rows, where it has as many members and the same dimensions."""
    path = Path(folder)
    if not (path / HEADS).is_file():
        return None
    known = read_heads(read_description(path))
    same = known.members == heads.members and [d.name for d in known.dimensions] == [d.name for d in heads.dimensions]
    return (known, load_file(path / HEADS)) if same else None


def widen(
    model: nn.Module, heads: Heads, known: tuple[Heads, dict[str, Tensor]] | None, *, new: bool, seed: int
) -> Heads:
    """Give the model's head a row for each of `heads`, and say what the rows are.

    known: those that it has learned before, which it goes on with, in their units. new: the one row that it has is
    random; else it has learned to score, and all members begin near it.
    """
    if heads.count == 1:
        return heads
    head = find_head(model)
    if known is not None:
        _replace(head, known[1]["weight"].to(head.weight), known[1].get("bias"))
        return known[0]
    draw = torch.Generator().manual_seed(seed)
    spread = head.weight.detach().std()
    rows = torch.randn(heads.count, head.in_features, generator=draw).to(head.weight) * spread
    if not new:
        rows[: heads.members] = head.weight.detach() + NEARBY * rows[: heads.members]
    rows[0] = head.weight.detach()
    bias = None if head.bias is None else head.bias.detach().repeat(heads.count)
    _replace(head, rows, bias)
    return heads


def attach(model: nn.Module, folder: Path) -> None:
    """Add the rows of `heads.safetensors` below the model's one row."""
    own, head = load_file(folder / HEADS), find_head(model)
    bias = None if head.bias is None else torch.cat([head.bias.detach(), own["bias"]])
    _replace(head, torch.cat([head.weight.detach(), own["weight"]]), bias)


def narrow(weights: dict[str, Tensor], head: str, heads: Heads) -> dict[str, Tensor]:
    """Leave one row in the head called `head`, the mean of the members. Returns the rows that it had, for `save_rows`;
    empty where there was one.
    """
    if heads.count == 1:
        return {}
    rows = {}
    for kind in ("weight", "bias"):
        if (own := weights.get(f"{head}.{kind}")) is not None:
            rows[kind] = own.detach().cpu().contiguous()
            weights[f"{head}.{kind}"] = own[: heads.members].mean(0, keepdim=True)
    return rows


def narrow_modules(model: nn.Module, heads: Heads) -> dict[str, Tensor]:
    """`narrow` in the modules themselves; under adapters the head is there twice, as it was and as it has become.
    Returns the rows of the one that is trained.
    """
    rows: dict[str, Tensor] = {}
    for module in [module for module in model.modules() if isinstance(module, Float32Head)]:
        weights: dict[str, Tensor] = {f"head.{name}": parameter for name, parameter in module.named_parameters()}
        trained = module.weight.requires_grad
        if found := narrow(weights, "head", heads):
            _replace(module, weights["head.weight"].detach(), weights.get("head.bias"))
            rows = found if trained or not rows else rows
    return rows


def save_rows(rows: dict[str, Tensor], folder: Path) -> None:
    if rows:
        save_file(rows, folder / HEADS)


def find_head(model: nn.Module) -> Float32Head:
    return _named_head(model)[1]


def head_name(model: nn.Module) -> str:
    return _named_head(model)[0]


def _named_head(model: nn.Module) -> tuple[str, Float32Head]:
    return next((name, module) for name, module in model.named_modules() if isinstance(module, Float32Head))


def _replace(head: Float32Head, weight: Tensor, bias: Tensor | None) -> None:
    trained = head.weight.requires_grad
    head.out_features = len(weight)
    head.weight = nn.Parameter(weight.clone(), requires_grad=trained)
    if bias is not None:
        head.bias = nn.Parameter(bias.detach().clone(), requires_grad=False)
