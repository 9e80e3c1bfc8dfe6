"""What a batch of groups' rewards cost, given their rankings: one loss a group, for all groups in one go.

Throughout, d is the score of one response less that of another. A pair weighs its ranking's weight / the pairs of that
ranking, and a group's loss is the sum over its pairs / its rankings that hold one: it grows neither with K nor with the
number of annotators (Ouyang et al. 2022, section 3.5), and who is unreliable counts for less even where nobody else
has ranked the prompt.
"""

from __future__ import annotations

from collections.abc import Sequence

from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.groups import Comparisons
from rewardmodel.ml.losses.base import Loss
from rewardmodel.ml.losses.pairwise import BradleyTerry, Davidson, RaoKupper
from rewardmodel.ml.losses.plackett_luce import PlackettLuce

__all__ = ["LOSSES", "BradleyTerry", "Davidson", "Loss", "PlackettLuce", "RaoKupper", "build_loss", "teaches"]

LOSSES: dict[str, type[Loss]] = {loss.name: loss for loss in (BradleyTerry, RaoKupper, Davidson, PlackettLuce)}


def build_loss(config: TrainConfig, groups: Sequence[EncodedGroup]) -> Loss:
    """The loss of a run on these training groups."""
    centering = config.center_rewards_coefficient
    if config.loss == PlackettLuce.name:
        return PlackettLuce(centering=centering)
    people = {ranking.annotator for group in groups for ranking in group.rankings}
    annotators = sorted(people) if config.annotator_temperature else []
    if config.loss == BradleyTerry.name:
        return BradleyTerry(
            centering=centering,
            annotators=annotators,
            groups=len(groups),
            margin_scale=config.margin_scale,
            smoothing=config.label_smoothing_factor,
        )
    tie_aware = RaoKupper if config.loss == RaoKupper.name else Davidson
    return tie_aware(centering=centering, annotators=annotators, groups=len(groups))


def teaches(compared: Comparisons, loss: str) -> bool:
    """Whether a group says anything to this loss."""
    return bool(compared.rankings) or (LOSSES[loss].uses_ties and len(compared.first) > 0)
