"""What a run trains and is measured on: the groups of each split, and what was left out of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from rewardmodel.ml.config import TrainConfig
from rewardmodel.ml.encoding import EncodedGroup, encode_groups
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import RankingGroup
from rewardmodel.ml.leakage import LeakageReport
from rewardmodel.ml.losses import teaches
from rewardmodel.ml.reading import read_groups
from rewardmodel.ml.renewal import plan_renewal
from rewardmodel.ml.splitting import SPLITS
from rewardmodel.ml.template import Template


@dataclass
class Dataset:
    """Groups that hold a comparison, by split, and counts over all splits.

    truncated: responses that lost tokens of their own or of the prompt before them. leakage, leaked: see
    `LeakageReport`. renewal: see `Renewal`; None where all is trained on. unseen: annotators whose rankings are only
    measured on; unseen_rankings: those of theirs that the train groups had.
    """

    splits: dict[str, list[EncodedGroup]] = field(default_factory=lambda: {split: [] for split in SPLITS})
    without_comparison: dict[str, int] = field(default_factory=lambda: {"one_response": 0, "no_preference": 0})
    truncated: int = 0
    leakage: dict[str, Any] = field(default_factory=dict)
    leaked: set[str] = field(default_factory=set)
    renewal: dict[str, int] | None = None
    unseen: set[str] = field(default_factory=set)
    unseen_rankings: int = 0

    @property
    def train(self) -> list[EncodedGroup]:
        return self.splits["train"]

    @property
    def dropped(self) -> int:
        return sum(self.without_comparison.values())

    @property
    def train_pairs(self) -> int:
        return sum(len(group.comparisons.better) for group in self.train)

    @property
    def train_prompts(self) -> int:
        return len({group.prompt_id for group in self.train})


def load_dataset(config: TrainConfig, template: Template, *, max_length: int) -> Dataset:
    """Read and encode a run's file. Raises `InputError` for a malformed row, or when nothing is left to train on.

    Groups of ties alone are left out, but for training by a loss that learns from them.
    """
    dataset = Dataset()
    leakage = LeakageReport()
    groups: Iterable[RankingGroup] = leakage.watch(read_groups(config.data, salt=config.split_salt))
    if config.known_data:
        salt, seed = config.split_salt, config.seed
        renewal = plan_renewal(config.data, config.known_data, replay=config.replay, salt=salt, seed=seed)
        groups = filter(renewal.takes, groups)
        dataset.renewal = renewal.describe()
    if config.held_out_annotators:
        groups = _without_unseen(groups, dataset, config.held_out_annotators, config.split_salt)
    for group in encode_groups(groups, template, max_length):
        if not teaches(group.comparisons, config.loss if group.split == "train" else "bradley_terry"):
            dataset.without_comparison["one_response" if len(group.responses) == 1 else "no_preference"] += 1
            continue
        dataset.splits[group.split].append(group)
        dataset.truncated += group.cut_rows
    dataset.leakage, dataset.leaked = leakage.result(), leakage.leaked
    if not dataset.train:
        held_out = sum(len(groups) for groups in dataset.splits.values())
        raise InputError(
            f"data {config.data}: nothing to train on: {held_out + dataset.dropped} groups, "
            f"{dataset.dropped} of them without a strict preference, {held_out} held out as "
            "validation or test. Needed one that ranks a response above another "
            'and has "split": "train" (or no split, and falls there).'
        )
    return dataset


def _without_unseen(
    groups: Iterable[RankingGroup], dataset: Dataset, share: float, salt: str
) -> Iterator[RankingGroup]:
    """Take the rankings of held-out annotators from the train groups; who they are depends on salt and name alone."""
    for group in groups:
        unseen = {r.annotator for r in group.rankings if r.annotator and is_held_out(r.annotator, share, salt)}
        dataset.unseen |= unseen
        if unseen and group.split == "train":
            kept = tuple(ranking for ranking in group.rankings if ranking.annotator not in unseen)
            dataset.unseen_rankings += len(group.rankings) - len(kept)
            group = dataclasses.replace(group, rankings=kept)
        yield group


def is_held_out(annotator: str, share: float, salt: str) -> bool:
    """Whether an annotator is among the share that nothing is learned from."""
    return int(sha256(f"{salt}\nannotator\n{annotator}".encode()).hexdigest(), 16) % 10_000 < share * 10_000
