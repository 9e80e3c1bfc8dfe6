"""The unit of training: a prompt, its responses and their rankings; and what a ranking says pair by pair.

Reading them from files is `reading.py`. The expansion here is the trainer's own: the labeling app is never imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float32]


class Message(TypedDict):
    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """One annotator's order: tiers of response indices, best first; responses of one tier are tied."""

    tiers: tuple[tuple[int, ...], ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class RankingGroup:
    """A prompt with its K responses and all its rankings.

    prompt_id: what the bootstrap draws; the group's own id, or the prompt's where one prompt makes several pairs.
    prompt: the conversation so far, oldest first; empty where the responses are texts without one.
    """

    id: str
    prompt_id: str
    prompt: tuple[Message, ...]
    responses: tuple[str, ...]
    rankings: tuple[Ranking, ...]
    split: str


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Strict preferences of one group. better, worse, weight: (P,); rankings: how many rankings they come from."""

    better: Ints
    worse: Ints
    weight: Floats
    rankings: int


def compare(rankings: tuple[Ranking, ...]) -> Comparisons:
    """Expand rankings into pairs, each strict preference once a ranking.

    A pair weighs its ranking's weight / the pairs of that ranking, so that the pairs of one ranking add up to its
    weight however many responses it orders. A ranking of one tier has no pair and is not counted.
    """
    better: list[int] = []
    worse: list[int] = []
    weight: list[float] = []
    counted = 0
    for ranking in rankings:
        pairs = [
            (winner, loser)
            for place, tier in enumerate(ranking.tiers)
            for winner in tier
            for lower in ranking.tiers[place + 1 :]
            for loser in lower
        ]
        if not pairs:
            continue
        counted += 1
        better += [winner for winner, _ in pairs]
        worse += [loser for _, loser in pairs]
        weight += [ranking.weight / len(pairs)] * len(pairs)
    return Comparisons(np.array(better, np.int32), np.array(worse, np.int32), np.array(weight, np.float32), counted)
