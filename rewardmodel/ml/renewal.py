"""Going on from a model that has learned most of the data: what is new, and which of the known groups come again.

Trained on the new alone it would forget the rest; on everything again it would cost what a full training costs.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import RankingGroup
from rewardmodel.ml.reading import read_groups


@dataclass(frozen=True)
class Renewal:
    """Train groups by what the model knows of them: new; changed, that is known with other rankings or texts; replayed,
    known and trained on again; left_out, known and not; withdrawn, known and no longer in the data. What has been
    withdrawn stays learned: a full training alone gets rid of it.
    """

    new: int
    changed: int
    replayed: int
    left_out: int
    withdrawn: int
    passed_over: frozenset[str]

    def takes(self, group: RankingGroup) -> bool:
        """Whether it is trained or measured on. Held-out groups always are."""
        return group.split != "train" or group.id not in self.passed_over

    def describe(self) -> dict[str, int]:
        counted = ("new", "changed", "replayed", "left_out", "withdrawn")
        return {name: getattr(self, name) for name in counted}


def plan_renewal(data: str, known_data: str, *, replay: float, salt: str, seed: int) -> Renewal:
    """replay: known groups for each new or changed one, drawn by the seed. Raises `InputError` when nothing is new."""
    known = {group.id: digest_of(group) for group in read_groups(known_data, salt=salt) if group.split == "train"}
    new = changed = 0
    old: list[str] = []
    for group in read_groups(data, salt=salt):
        if group.split != "train":
            continue
        digest = known.pop(group.id, None)
        if digest == digest_of(group):
            old.append(group.id)
        elif digest is None:
            new += 1
        else:
            changed += 1
    if not new + changed:
        raise InputError(
            f"known_data {known_data}: all {len(old)} train groups of {data} are known already. There is nothing to "
            "learn; add rankings, or train without --known-data."
        )
    again = min(len(old), round(replay * (new + changed)))
    drawn = np.random.default_rng(seed).permutation(len(old))
    passed_over = frozenset(old[place] for place in drawn[again:])
    return Renewal(new, changed, again, len(passed_over), len(known), passed_over)


def digest_of(group: RankingGroup) -> bytes:
    """Of its texts and rankings: the same for the same, whatever its id."""
    rankings = [
        (own.tiers, own.weight, own.margin, [dataclasses.astuple(rating) for rating in own.ratings])
        for own in group.rankings
    ]
    content = json.dumps([group.prompt, group.responses, rankings], sort_keys=True)
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).digest()
