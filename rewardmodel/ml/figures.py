"""Everything that is said of a model on the groups of one split. Pure numpy on groups and their scores."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from rewardmodel.ml.calibration import Doubles, brier, expected_calibration_error, log_loss, reliability
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.evaluation import bootstrap_interval, summarise, win_share
from rewardmodel.ml.groups import Floats, Ranking
from rewardmodel.ml.rewards import outcomes
from rewardmodel.ml.slices import slices_of

COLLAPSED, FLIPPED = 1e-3, 0.45


def figures_of(
    groups: Sequence[EncodedGroup],
    scores: Sequence[Floats],
    *,
    temperature: float = 1.0,
    people: bool = False,
    unseen: Collection[str] = (),
    leaked: Collection[str] = (),
) -> dict[str, Any] | None:
    """The figures of a split, None when it holds no pair. temperature: fitted on another split. people: with a slice
    for each annotator, which is for those alone who may compare people. unseen: annotators the model has not learned
    from, leaked: groups with a text of training; of each a slice, and one of the others.

    Beside those of `summarise`: `macro_accuracy`, the mean over prompts; `brier`, `ece`, and with `_calibrated` after
    dividing the margins by the temperature; `kendall_tau_b` of scores and human order, `best_of_k_regret` and
    `human_ceiling`, as their functions say; `tied_scores`, the share of pairs with equal scores; `length_correlation`
    of score and length within a prompt; `first_response_accuracy`, that of "the first one given is the better";
    `slices` of the accuracy; `warnings` in words.
    """
    measured = outcomes(groups, scores)
    core = summarise(measured)
    if core is None:
        return None
    margin, right = measured.margin, win_share(measured.margin)
    with np.errstate(invalid="ignore"):
        macro = np.bincount(measured.prompt, right) / np.bincount(measured.prompt)
    low, high = bootstrap_interval(macro, np.arange(len(macro)))
    figures: dict[str, Any] = {
        **core,
        "macro_accuracy": float(macro.mean()),
        "macro_accuracy_interval": [low, high],
        "brier": brier(margin),
        "ece": expected_calibration_error(margin),
        "temperature": temperature,
        "log_loss_calibrated": log_loss(margin, temperature),
        "brier_calibrated": brier(margin, temperature),
        "ece_calibrated": expected_calibration_error(margin, temperature),
        "reliability": reliability(margin, temperature),
        "kendall_tau_b": _mean_of_prompts(groups, scores, kendall_tau_b),
        "best_of_k_regret": _mean_of_prompts(groups, scores, best_of_k_regret),
        "tied_scores": float((margin == 0).mean()),
        "length_correlation": length_correlation(groups, scores),
        "first_response_accuracy": float(win_share(_places(groups)).mean()),
        "human_ceiling": human_ceiling(groups),
        "slices": {
            kind: {name: {"accuracy": float(right[own].mean()), "pairs": len(own)} for name, own in found.items()}
            for kind, found in slices_of(groups, people=people, unseen=unseen, leaked=leaked).items()
        },
    }
    return {**figures, "warnings": warnings_of(figures, scores)}


def kendall_tau_b(ranking: Ranking, scores: Floats) -> float | None:
    """Kendall's tau-b (Kendall 1945) of one ranking and the scores of what it ranks; None where it ties everything.

    (concordant - discordant) / sqrt(pairs untied in the ranking x pairs untied in the scores); 0 where all scores are
    equal, which agree with nothing.
    """
    order = np.array([(place, response) for place, tier in enumerate(ranking.tiers) for response in tier])
    if len(order) < 2:
        return None
    one, other = np.triu_indices(len(order), 1)
    human = np.sign(order[other, 0] - order[one, 0])
    own = scores[order[:, 1]]
    model = np.sign(own[one] - own[other])
    untied = np.count_nonzero(human), np.count_nonzero(model)
    if not untied[0]:
        return None
    return float((human * model).sum() / np.sqrt(untied[0] * untied[1])) if untied[1] else 0.0


def best_of_k_regret(ranking: Ranking, scores: Floats) -> float | None:
    """How far below the best tier the response with the highest score lies: 0 in the first, 1 in the last.

    Equal highest scores count with their mean. None for a ranking of one tier.
    """
    if len(ranking.tiers) < 2:
        return None
    tier_of = {response: place for place, tier in enumerate(ranking.tiers) for response in tier}
    ranked = np.array(list(tier_of))
    chosen = ranked[scores[ranked] == scores[ranked].max()]
    if not len(chosen):  # all are NaN
        return 1.0
    return float(np.mean([tier_of[response] for response in chosen.tolist()]) / (len(ranking.tiers) - 1))


def human_ceiling(groups: Sequence[EncodedGroup]) -> dict[str, Any] | None:
    """How often an annotator's preference is that of most of the others on the same prompt; even votes count one half.

    What a model can reach that knows the others by heart. None where nobody shares a pair with somebody else.
    """
    right: list[float] = []
    prompts = set()
    for group in groups:
        compared, count = group.comparisons, len(group.responses)
        votes = np.zeros((count, count))
        np.add.at(votes, (compared.better, compared.worse), 1.0)
        for better, worse in zip(compared.better, compared.worse, strict=True):
            for_it, against = votes[better, worse] - 1, votes[worse, better]
            if for_it + against:
                right.append(1.0 if for_it > against else 0.5 if for_it == against else 0.0)
                prompts.add(group.prompt_id)
    return {"accuracy": float(np.mean(right)), "pairs": len(right), "prompts": len(prompts)} if right else None


def length_correlation(groups: Sequence[EncodedGroup], scores: Sequence[Floats]) -> float | None:
    """Pearson's r of score and length in characters, each less its mean over the prompt's responses."""
    own = np.concatenate([score.astype(np.float64) - score.mean() for score in scores])
    lengths = np.concatenate([group.characters - group.characters.mean() for group in groups])
    spread = np.sqrt((own**2).sum() * (lengths**2).sum())
    return float((own * lengths).sum() / spread) if spread else None


def warnings_of(figures: dict[str, Any], scores: Sequence[Floats]) -> list[str]:
    """What should be looked at before the model is used."""
    every = np.concatenate(scores)
    found = []
    if not np.isfinite(every).all():
        found.append("some scores are not numbers")
    elif every.std() < COLLAPSED:
        found.append(f"the scores hardly differ (standard deviation {every.std():.2g}): nothing has been learnt")
    if figures["accuracy"] < FLIPPED:
        found.append(f"the accuracy is {figures['accuracy']:.2f}: are chosen and rejected swapped?")
    if figures["accuracy"] < figures["length_baseline_accuracy"]:
        found.append('"the longer wins" is right more often than the model')
    return found


def _mean_of_prompts(groups: Sequence[EncodedGroup], scores: Sequence[Floats], figure: Any) -> float | None:
    """Mean over prompts of the mean over a prompt's rankings."""
    by_prompt: dict[str, list[float]] = {}
    for group, own in zip(groups, scores, strict=True):
        values = [value for ranking in group.rankings if (value := figure(ranking, own)) is not None]
        if values:
            by_prompt.setdefault(group.prompt_id, []).append(float(np.mean(values)))
    return float(np.mean([np.mean(values) for values in by_prompt.values()])) if by_prompt else None


def _places(groups: Sequence[EncodedGroup]) -> Doubles:
    """(P,) above 0 where the better response of a pair was given before the worse one."""
    return np.concatenate([g.comparisons.worse.astype(np.float64) - g.comparisons.better for g in groups])
