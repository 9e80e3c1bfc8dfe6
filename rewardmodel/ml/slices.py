"""Which pairs belong together: by model, length, cohort, rated dimension, and by what a prompt is marked with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.groups import Ranking

FEWEST_PAIRS = 20  # a slice of fewer says nothing

Places = npt.NDArray[np.int64]


def slices_of(
    groups: Sequence[EncodedGroup],
    *,
    people: bool = False,
    unseen: Collection[str] = (),
    leaked: Collection[str] = (),
    marks: Mapping[str, Collection[str]] | None = None,
) -> dict[str, dict[str, Places]]:
    """The places of the pairs of each slice that holds `FEWEST_PAIRS` at least, by kind and name.

    By number of responses, quarter of text length, cohort, model, rated dimension and label of the prompt; with people,
    by annotator. unseen: annotators that were not learned from; leaked: groups with a text of training. marks: sets of
    group ids by kind, for slices of those in one and those not. A pair is in the slice of both its models, of each tag
    of its annotator, and of the dimensions in which they rated the better response higher, or lower than the worse one.
    """
    labels: dict[str, list[Collection[str]]] = {"length_quarter": _quarters(groups)}

    def mark(kind: str, own: Collection[str]) -> None:
        labels.setdefault(kind, []).append(own)

    for group in groups:
        compared = group.comparisons
        for better, worse, source in zip(compared.better, compared.worse, compared.source, strict=True):
            ranking = group.rankings[source]
            mark("responses", (str(len(group.responses)),))
            mark("cohort", ranking.cohort)
            mark("model", {group.models[better], group.models[worse]} - {""} if group.models else ())
            mark("dimension", _rated_apart(ranking, better, worse))
            mark("label", group.labels)
            mark("in_training", ("yes" if group.id in leaked else "no",) if leaked else ())
            mark("learned_from", ("no" if ranking.annotator in unseen else "yes",) if unseen else ())
            if people:
                mark("annotator", (ranking.annotator,) if ranking.annotator else ())
            for kind, ids in (marks or {}).items():
                mark(kind, ("yes" if group.id in ids else "no",) if ids else ())
    found: dict[str, dict[str, Places]] = {}
    for kind, of_pairs in labels.items():
        places: dict[str, list[int]] = {}
        for pair, names in enumerate(of_pairs):
            for name in names:
                places.setdefault(name, []).append(pair)
        found[kind] = {name: np.array(own) for name, own in sorted(places.items()) if len(own) >= FEWEST_PAIRS}
    return found


def _quarters(groups: Sequence[EncodedGroup]) -> list[Collection[str]]:
    """The quarter of each pair by the mean length of its texts."""
    lengths = [
        (group.characters[group.comparisons.better] + group.characters[group.comparisons.worse]) / 2 for group in groups
    ]
    length: Any = np.concatenate([np.empty(0), *lengths])
    if not len(length):
        return []
    quarter = np.searchsorted(np.quantile(length, [0.25, 0.5, 0.75]), length)
    return [(f"{number + 1} of 4",) for number in quarter.tolist()]


def _rated_apart(ranking: Ranking, better: int, worse: int) -> tuple[str, ...]:
    """`tone +`: the better response has the higher rating; `tone -`: the worse one has it."""
    own = {(rating.dimension, rating.response): rating.value for rating in ranking.ratings}
    apart = []
    for dimension in {dimension for dimension, _ in own}:
        if (high := own.get((dimension, better))) is None or (low := own.get((dimension, worse))) is None:
            continue
        if high != low:
            apart.append(f"{dimension} {'+' if high > low else '-'}")
    return tuple(apart)
