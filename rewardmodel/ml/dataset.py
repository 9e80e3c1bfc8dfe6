"""What a run trains and is measured on: the groups of each split, and what was left out of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rewardmodel.ml.encoding import EncodedGroup, encode_groups
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.leakage import LeakageReport
from rewardmodel.ml.losses import teaches
from rewardmodel.ml.reading import read_groups
from rewardmodel.ml.splitting import SPLITS
from rewardmodel.ml.template import Template


@dataclass
class Dataset:
    """Groups that hold a comparison, by split, and counts over all splits.

    truncated: responses that lost tokens of their own or of the prompt before them. leakage: see `LeakageReport`.
    """

    splits: dict[str, list[EncodedGroup]] = field(default_factory=lambda: {split: [] for split in SPLITS})
    without_comparison: dict[str, int] = field(default_factory=lambda: {"one_response": 0, "no_preference": 0})
    truncated: int = 0
    leakage: dict[str, Any] = field(default_factory=dict)

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


def load_dataset(data: str, template: Template, *, max_length: int, salt: str, loss: str = "bradley_terry") -> Dataset:
    """Read and encode a file. Raises `InputError` for a malformed row, or when nothing is left to train on.

    Groups of ties alone are left out, but for training by a loss that learns from them.
    """
    dataset = Dataset()
    leakage = LeakageReport()
    for group in encode_groups(leakage.watch(read_groups(data, salt=salt)), template, max_length):
        if not teaches(group.comparisons, loss if group.split == "train" else "bradley_terry"):
            dataset.without_comparison["one_response" if len(group.responses) == 1 else "no_preference"] += 1
            continue
        dataset.splits[group.split].append(group)
        dataset.truncated += group.cut_rows
    dataset.leakage = leakage.result()
    if not dataset.train:
        held_out = sum(len(groups) for groups in dataset.splits.values())
        raise InputError(
            f"data {data}: nothing to train on: {held_out + dataset.dropped} groups, "
            f"{dataset.dropped} of them without a strict preference, {held_out} held out as "
            "validation or test. Needed one that ranks a response above another "
            'and has "split": "train" (or no split, and falls there).'
        )
    return dataset
