"""A model as it is served: loaded whole, tried on its golden conversations, with a memory of what it has scored."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.golden import compare_golden, golden_groups
from rewardmodel.ml.groups import Message, RankingGroup
from rewardmodel.ml.score import GOLDEN_TOLERANCE, RewardScorer

Input = tuple[Sequence[Message], Sequence[str]]

REMEMBERED = 100_000


class ServedModel:
    """Scores (prompt, responses) pairs. Not thread-safe: one thread calls it.

    What it remembers goes by token ids, not by text: where texts are cut to the model's length, the same response may
    have other ids beside other siblings.
    """

    def __init__(self, folder: Path, *, device: str | None = None, remembered: int = REMEMBERED) -> None:
        """Raises `InputError` for a folder that is not a whole model, or one that scores otherwise than in training."""
        self._scorer = RewardScorer(folder, device=device)
        self._remembered = remembered
        self._memory: OrderedDict[bytes, float] = OrderedDict()
        self.hits = self.misses = 0
        description = self._scorer.description
        golden = golden_groups(self._scorer.template, description["max_length"])
        scores = self._scorer.score_encoded(golden)
        if difference := compare_golden(description["golden"], golden, scores, tolerance=GOLDEN_TOLERANCE):
            raise InputError(f"model {folder.name}: {difference}; it is not served")

    def score(self, inputs: Sequence[Input]) -> list[list[float]]:
        """One reward a response, in order."""
        groups = self._scorer.encode(
            [
                RankingGroup(str(place), str(place), tuple(prompt), tuple(responses), (), "test")
                for place, (prompt, responses) in enumerate(inputs)
            ]
        )
        keys = [[_key(group, place) for place in range(len(group.responses))] for group in groups]
        unknown = [_only(group, own, self._memory) for group, own in zip(groups, keys, strict=True)]
        asked = [group for group, _ in unknown if group is not None]
        found = iter(self._scorer.score_encoded(asked)) if asked else iter(())
        rewards: list[list[float]] = []
        for own, (group, places) in zip(keys, unknown, strict=True):
            new = dict(zip(places, next(found).tolist(), strict=True)) if group is not None else {}
            self.misses += len(new)
            self.hits += len(own) - len(new)
            rewards.append([new[place] if place in new else self._memory[key] for place, key in enumerate(own)])
        for own, values in zip(keys, rewards, strict=True):
            self._remember(own, values)
        return rewards

    def _remember(self, keys: Sequence[bytes], values: Sequence[float]) -> None:
        for key, value in zip(keys, values, strict=True):
            self._memory[key] = value
            self._memory.move_to_end(key)
        while len(self._memory) > self._remembered:
            self._memory.popitem(last=False)


def _key(group: EncodedGroup, place: int) -> bytes:
    digest = blake2b(group.prefix.tobytes(), digest_size=16)
    digest.update(b"|1" if group.second else b"|0")
    digest.update(group.responses[place].tobytes())
    return digest.digest()


def _only(
    group: EncodedGroup, keys: Sequence[bytes], memory: OrderedDict[bytes, float]
) -> tuple[EncodedGroup | None, list[int]]:
    """The group with the responses that are not remembered, and their places; None where all are."""
    places = [place for place, key in enumerate(keys) if key not in memory]
    if not places:
        return None, []
    kept = dataclasses.replace(
        group,
        responses=tuple(group.responses[place] for place in places),
        characters=np.array([group.characters[place] for place in places], np.int32),
    )
    return kept, places
