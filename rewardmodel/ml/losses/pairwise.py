"""Losses that are sums over two responses at a time, with and without ties."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  the name everyone knows it by

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.groups import Comparisons, Floats
from rewardmodel.ml.losses.base import Loss

# Standard deviation of an annotator's log temperature before anything is known of them: between 0.6 and 1.6 for most.
TEMPERATURE_SD = 0.5


class PairwiseLoss(Loss):
    """A loss that is a sum over two responses at a time.

    annotators: whose temperatures are learned; none: all are 1. A temperature b makes d into b d, so that who often
    errs on close pairs pulls less on them; its logarithm has a normal prior around 0, which costs `log(b)^2 / (2
    TEMPERATURE_SD^2)` once over `groups`, all groups of an epoch.
    """

    def __init__(self, *, centering: float = 0.0, annotators: Sequence[str] = (), groups: int = 1) -> None:
        super().__init__(centering=centering)
        self.annotators = {name: number for number, name in enumerate(annotators)}
        self.groups = groups

    @property
    def own_names(self) -> tuple[str, ...]:
        """Parameters of the formula itself; those of the annotators follow them."""
        return ()

    @property
    def parameter_names(self) -> tuple[str, ...]:
        return (*self.own_names, *(f"temperature:{name}" for name in self.annotators))

    def describe(self, parameters: Tensor) -> dict[str, float]:
        temperatures = parameters[len(self.own_names) :].exp().tolist()
        return dict(zip(self.parameter_names[len(self.own_names) :], temperatures, strict=True))

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Tensor]:
        compared, starts = _compared(groups)
        weights = [_pair_weights(group, ties=self.uses_ties)[0] for group in groups]
        targets = super().collate(groups) | {
            "better": _joined([c.better + start for c, start in zip(compared, starts, strict=True)]),
            "worse": _joined([c.worse + start for c, start in zip(compared, starts, strict=True)]),
            "margin": _joined([c.margin for c in compared]),
            "weight": _joined(weights),
            "pair_of": _repeated([len(weight) for weight in weights]),
        }
        if self.annotators:
            targets["annotator"] = _joined([self._numbers(group)[group.comparisons.source] for group in groups])
        return targets

    def of_comparisons(self, rewards: Tensor, targets: dict[str, Tensor], parameters: Tensor) -> Tensor:
        own, temperatures = self._split(parameters, rewards)
        differences = rewards[targets["better"]] - rewards[targets["worse"]]
        if self.annotators:
            differences = differences * temperatures.exp()[targets["annotator"]]
        costs = targets["weight"].to(rewards) * self.of_preferences(differences, targets, own)
        losses = rewards.new_zeros(len(targets["sizes"])).index_add(0, targets["pair_of"], costs)
        if self.annotators:
            losses = losses + (temperatures**2).sum() / (2 * TEMPERATURE_SD**2 * self.groups)
        return losses

    @abstractmethod
    def of_preferences(self, differences: Tensor, targets: dict[str, Tensor], own: Tensor) -> Tensor:
        """(P,) costs of the better response's score less the worse one's."""

    def _split(self, parameters: Tensor, rewards: Tensor) -> tuple[Tensor, Tensor]:
        """The formula's own parameters, and the logarithms of the temperatures."""
        count = len(self.own_names)
        return parameters[:count].to(rewards.dtype), parameters[count:].to(rewards.dtype)

    def _numbers(self, group: EncodedGroup) -> npt.NDArray[np.int64]:
        """(rankings,) the number of each ranking's annotator."""
        return np.array([self.annotators[ranking.annotator] for ranking in group.rankings], np.int64)


class TieAwareLoss(PairwiseLoss):
    """A pairwise loss that learns from ties too."""

    uses_ties = True

    def collate(self, groups: Sequence[EncodedGroup]) -> dict[str, Tensor]:
        compared, starts = _compared(groups)
        weights = [_pair_weights(group, ties=True)[1] for group in groups]
        targets = super().collate(groups) | {
            "first": _joined([c.first + start for c, start in zip(compared, starts, strict=True)]),
            "second": _joined([c.second + start for c, start in zip(compared, starts, strict=True)]),
            "tied_weight": _joined(weights),
            "tie_of": _repeated([len(weight) for weight in weights]),
        }
        if self.annotators:
            targets["tied_annotator"] = _joined(
                [self._numbers(group)[group.comparisons.tied_source] for group in groups]
            )
        return targets

    def of_comparisons(self, rewards: Tensor, targets: dict[str, Tensor], parameters: Tensor) -> Tensor:
        own, temperatures = self._split(parameters, rewards)
        differences = rewards[targets["first"]] - rewards[targets["second"]]
        if self.annotators:
            differences = differences * temperatures.exp()[targets["tied_annotator"]]
        costs = targets["tied_weight"].to(rewards) * self.of_ties(differences, own)
        return super().of_comparisons(rewards, targets, parameters).index_add(0, targets["tie_of"], costs)

    @abstractmethod
    def of_ties(self, differences: Tensor, own: Tensor) -> Tensor:
        """(T,) costs of a tie at these differences."""


class BradleyTerry(PairwiseLoss):
    """-log sigmoid(d - margin) (Bradley & Terry 1952); ties are left out.

    margin_scale: how much of a pair's margin d has to exceed. smoothing: the probability that a preference was meant
    the other way round, whose cost is mixed in.
    """

    name = "bradley_terry"

    def __init__(
        self,
        *,
        centering: float = 0.0,
        annotators: Sequence[str] = (),
        groups: int = 1,
        margin_scale: float = 0.0,
        smoothing: float = 0.0,
    ) -> None:
        super().__init__(centering=centering, annotators=annotators, groups=groups)
        self.margin_scale, self.smoothing = margin_scale, smoothing

    def of_preferences(self, differences: Tensor, targets: dict[str, Tensor], own: Tensor) -> Tensor:
        if self.margin_scale:
            differences = differences - self.margin_scale * targets["margin"].to(differences)
        costs = -F.logsigmoid(differences)
        if self.smoothing:
            costs = (1 - self.smoothing) * costs - self.smoothing * F.logsigmoid(-differences)
        return costs


class RaoKupper(TieAwareLoss):
    """Rao & Kupper 1967: who differ by less than a threshold are tied.

    P(better) = sigmoid(d - h), P(tie) = (e^2h - 1) sigmoid(d - h) sigmoid(-d - h), with the threshold h = softplus(the
    learned parameter) > 0.
    """

    name = "rao_kupper"

    @property
    def own_names(self) -> tuple[str, ...]:
        return ("threshold",)

    def initial_parameters(self) -> Tensor:
        """A threshold of 0.5: of two equal responses a quarter are tied."""
        start = super().initial_parameters()
        start[0] = math.log(math.expm1(0.5))
        return start

    def describe(self, parameters: Tensor) -> dict[str, float]:
        return {"threshold": F.softplus(parameters[0]).item()} | super().describe(parameters)

    def of_preferences(self, differences: Tensor, targets: dict[str, Tensor], own: Tensor) -> Tensor:
        return -F.logsigmoid(differences - F.softplus(own[0]))

    def of_ties(self, differences: Tensor, own: Tensor) -> Tensor:
        threshold = F.softplus(own[0])
        # log(e^2h - 1), in a form that neither overflows nor loses a small threshold.
        wide = 2 * threshold + torch.log(-torch.expm1(-2 * threshold))
        return -(wide + F.logsigmoid(differences - threshold) + F.logsigmoid(-differences - threshold))


class Davidson(TieAwareLoss):
    """Davidson 1970: better, worse and tied in the proportions e^(d/2), e^(-d/2) and v, with v = e^(the learned
    parameter): a tie is likeliest between equals, and takes nothing from the odds of the other two.
    """

    name = "davidson"

    @property
    def own_names(self) -> tuple[str, ...]:
        return ("log_tie",)

    def describe(self, parameters: Tensor) -> dict[str, float]:
        return {"tie": parameters[0].exp().item()} | super().describe(parameters)

    def of_preferences(self, differences: Tensor, targets: dict[str, Tensor], own: Tensor) -> Tensor:
        return _log_total(differences, own[0]) - differences / 2

    def of_ties(self, differences: Tensor, own: Tensor) -> Tensor:
        return _log_total(differences, own[0]) - own[0]


def _compared(groups: Sequence[EncodedGroup]) -> tuple[list[Comparisons], list[int]]:
    """The comparisons of each group, and where its responses begin among those of the batch."""
    sizes = [len(group.responses) for group in groups]
    return [group.comparisons for group in groups], np.cumsum([0, *sizes[:-1]]).tolist()


def _repeated(counts: Sequence[int]) -> Tensor:
    """0 as often as the first says, then 1, …"""
    return torch.repeat_interleave(torch.tensor(counts))


def _pair_weights(group: EncodedGroup, *, ties: bool) -> tuple[Floats, Floats]:
    """(P,) and (T,): what each strict preference and each tie of the group weighs."""
    compared = group.comparisons
    pairs = np.bincount(compared.source, minlength=len(group.rankings))
    if ties:
        pairs += np.bincount(compared.tied_source, minlength=len(group.rankings))
    share = np.array([ranking.weight for ranking in group.rankings]) / np.maximum(pairs, 1) / max((pairs > 0).sum(), 1)
    return share[compared.source].astype(np.float32), share[compared.tied_source].astype(np.float32)


def _joined(parts: Sequence[npt.NDArray[Any]]) -> Tensor:
    joined = np.concatenate(parts)
    return torch.from_numpy(joined.astype(np.int64) if joined.dtype.kind == "i" else joined)


def _log_total(differences: Tensor, log_tie: Tensor) -> Tensor:
    """log(e^(d/2) + e^(-d/2) + v)."""
    terms = torch.stack([differences / 2, -differences / 2, log_tie.expand_as(differences)])
    return torch.logsumexp(terms, dim=0)
