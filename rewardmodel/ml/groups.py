"""The unit of training: a prompt, its responses and their rankings; and what a ranking says pair by pair.

Reading them from files is `reading.py`. The expansion here is the trainer's own: the labeling app is never imported.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
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
class Rating:
    """What one annotator gave one response, by its index, in one dimension."""

    response: int
    dimension: str
    value: float


@dataclass(frozen=True, slots=True)
class Ranking:
    """One annotator's order: tiers of response indices, best first; responses of one tier are tied.

    annotator: their pseudonym, "" where it is not known; cohort: their tags. margin: by how much the better response of
    a pair wins, where the data says so; None: the difference of the tiers. acceptable: the responses that a user may
    see; None: not asked.
    """

    tiers: tuple[tuple[int, ...], ...]
    weight: float = 1.0
    annotator: str = ""
    margin: float | None = None
    cohort: tuple[str, ...] = ()
    ratings: tuple[Rating, ...] = ()
    acceptable: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class RankingGroup:
    """A prompt with its K responses and all its rankings.

    prompt_id: what the bootstrap draws; the group's own id, or the prompt's where one prompt makes several pairs.
    prompt: the conversation so far, oldest first; empty where the responses are texts without one. models: who wrote
    each response, "" where it is not known. labels: what the prompt is marked with, as `topic: refusals`.
    """

    id: str
    prompt_id: str
    prompt: tuple[Message, ...]
    responses: tuple[str, ...]
    rankings: tuple[Ranking, ...]
    split: str
    models: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparisons:
    """What the rankings of one group say of two responses at a time.

    better, worse, margin, source: (P,) of each strict preference, `source` being the number of its ranking. first,
    second, tied_source: (T,) of each tie, the earlier response first.
    """

    better: Ints
    worse: Ints
    margin: Floats
    source: Ints
    first: Ints
    second: Ints
    tied_source: Ints

    @property
    def rankings(self) -> int:
        """Rankings that hold a strict preference."""
        return len(np.unique(self.source))


def compare(rankings: Sequence[Ranking]) -> Comparisons:
    """Expand rankings into strict preferences and ties, each once a ranking."""
    strict: list[tuple[int, int, float, int]] = []
    tied: list[tuple[int, int, int]] = []
    for source, ranking in enumerate(rankings):
        for place, tier in enumerate(ranking.tiers):
            tied += [(first, second, source) for first, second in itertools.combinations(sorted(tier), 2)]
            for below, lower in enumerate(ranking.tiers[place + 1 :], start=1):
                margin = float(below) if ranking.margin is None else ranking.margin
                strict += [(winner, loser, margin, source) for winner in tier for loser in lower]
    better, worse, margins, sources = zip(*strict, strict=True) if strict else ((), (), (), ())
    firsts, seconds, tied_sources = zip(*tied, strict=True) if tied else ((), (), ())
    return Comparisons(
        better=np.array(better, np.int32),
        worse=np.array(worse, np.int32),
        margin=np.array(margins, np.float32),
        source=np.array(sources, np.int32),
        first=np.array(firsts, np.int32),
        second=np.array(seconds, np.int32),
        tied_source=np.array(tied_sources, np.int32),
    )
