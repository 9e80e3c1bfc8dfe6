"""Score responses with a finished model: the class that serves, and the command.

    python -m rewardmodel.ml.score --data groups.jsonl --model DIR --output scores.jsonl
    python -m rewardmodel.ml.score --model DIR --verify-golden

The command writes {"id": …, "scores": [one a response, in order]} a group, in the file's order; rankings are not
needed. A model with several heads adds "sd", the spread of its ensemble's scores, and "ratings", {dimension: [one a
response]}. `--verify-golden` checks that a model scores as it did when it was trained: exit 0, or 1 and what differs.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rewardmodel.ml.lifecycle import CRASHED, DONE, calm_openmp, run_command

if __name__ == "__main__":
    calm_openmp()

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from rewardmodel.ml.arguments import Parser
from rewardmodel.ml.checkpoint import read_description
from rewardmodel.ml.config import STRATEGIES
from rewardmodel.ml.encoding import EncodedGroup, encode_groups
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.golden import compare_golden, golden_groups
from rewardmodel.ml.groups import Floats, Message, RankingGroup
from rewardmodel.ml.heads import attach, read_heads
from rewardmodel.ml.modeling import keep_head_in_float32, quiet_transformers, takes_token_types
from rewardmodel.ml.reading import read_groups
from rewardmodel.ml.rewards import row_tokens, run_groups
from rewardmodel.ml.strategies import choose_strategy
from rewardmodel.ml.template import Template

GOLDEN_TOLERANCE = 1e-4
GROUPS_AT_ONCE = 512


class RewardScorer:
    """A finished model in memory, float32. Not thread-safe: tokenizers are not; give each thread its own, or a lock."""

    def __init__(self, folder: str | Path, *, device: str | None = None, strategy: str = "auto") -> None:
        """device: `cpu`, `cuda:1`, …; None takes the accelerator where there is one.

        Raises `InputError` when the folder is incomplete, or when its conversations would be rendered otherwise than
        in training.
        """
        self.description = read_description(Path(folder))
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
        self.template = Template(tokenizer)
        if self.template.hash != self.description["template_hash"]:
            raise InputError(f"model {folder}: its template is not the one of its training. Train it again.")
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False
        )
        keep_head_in_float32(model)
        self.temperature: float = (self.description["calibration"] or {}).get("temperature", 1.0)
        self.heads = read_heads(self.description)
        if self.heads.count > 1:
            attach(model, Path(folder))
        self.device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self.model = model.to(self.device).eval()
        self.takes_types = takes_token_types(model)
        self.choice = choose_strategy(
            strategy,
            self.model,
            # Without the longest, which is there to be cut and takes longer than all the others.
            golden_groups(self.template, self.description["max_length"])[:-1],
            token_types=self.takes_types,
            row_tokens=row_tokens(self.device),
            scoring=True,
        )
        self.strategy = self.choice.strategy

    def score(self, inputs: Sequence[tuple[Sequence[Message], Sequence[str]]]) -> list[list[float]]:
        """inputs: (prompt messages, its responses). Returns one score a response, in order.

        Responses to one prompt are given together: where they do not fit `max_length`, the prompt is cut alike for
        all of them. An empty list of responses has no scores.
        """
        groups = [
            RankingGroup(str(place), str(place), tuple(prompt), tuple(responses), (), "test")
            for place, (prompt, responses) in enumerate(inputs)
        ]
        scores = iter(self.score_encoded(self.encode([group for group in groups if group.responses])))
        return [next(scores).tolist() if group.responses else [] for group in groups]

    def encode(self, groups: Sequence[RankingGroup]) -> list[EncodedGroup]:
        return list(encode_groups(groups, self.template, self.description["max_length"]))

    def score_encoded(self, groups: Sequence[EncodedGroup]) -> list[Floats]:
        """(K,) float32 of each group."""
        return [outputs[:, 0] for outputs in self.run_encoded(groups)]

    def run_encoded(self, groups: Sequence[EncodedGroup]) -> list[Floats]:
        """(K, 1) float32 of each group, the score; of a model with several heads (K, 1 + H), those after the score."""
        self.strategy = self.choice.cheapest(groups, self.model)
        return run_groups(self.model, self.strategy, groups)

    def describe(self, outputs: Floats) -> dict[str, Any]:
        """A group's (K, 1) or (K, 1 + H) in words: `scores`, and where the model has them `sd` and `ratings`."""
        said: dict[str, Any] = {"scores": outputs[:, 0].tolist()}
        if self.heads.members > 1:
            said["sd"] = outputs[:, 1 : 1 + self.heads.members].std(1).tolist()
        if self.heads.dimensions:
            columns = outputs[:, 1 + self.heads.members :].T
            said["ratings"] = {
                dimension.name: (dimension.mean + dimension.sd * column).tolist()
                for dimension, column in zip(self.heads.dimensions, columns, strict=True)
            }
        return said


def verify_golden(folder: str | Path) -> str | None:
    """Load a model and score its golden conversations: None when all come back, else what differs."""
    scorer = RewardScorer(folder)
    groups = golden_groups(scorer.template, scorer.description["max_length"])
    return compare_golden(
        scorer.description["golden"],
        groups,
        scorer.score_encoded(groups),
        tolerance=GOLDEN_TOLERANCE,
    )


def score_file(data: str, scorer: RewardScorer, output: Path) -> int:
    """Write the scores of every group of a file, in constant memory. Returns how many groups there were."""
    count = 0
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(output.name + ".partial")
    with partial.open("w", encoding="utf-8") as file:
        groups = read_groups(data)
        while batch := list(itertools.islice(groups, GROUPS_AT_ONCE)):
            for group, outputs in zip(batch, scorer.run_encoded(scorer.encode(batch)), strict=True):
                file.write(json.dumps({"id": group.id, **scorer.describe(outputs)}) + "\n")
            count += len(batch)
    os.replace(partial, output)
    return count


def main(argv: Sequence[str] | None = None) -> int:
    def command() -> int:
        parser = Parser(
            prog="python -m rewardmodel.ml.score",
            description="Score responses with a reward model.",
        )
        parser.add_argument("--model", required=True, help="folder that rewardmodel.ml.train has written")
        parser.add_argument("--data", help="groups or pairs, JSONL or Parquet")
        parser.add_argument("--output", help="JSONL file to write")
        parser.add_argument("--strategy", choices=STRATEGIES, default="auto")
        parser.add_argument("--verify-golden", action="store_true", help="check the model against its golden scores")
        arguments = parser.parse_args(argv)
        quiet_transformers()
        if arguments.verify_golden:
            difference = verify_golden(arguments.model)
            print(difference or "golden scores and token ids are equal")
            return CRASHED if difference else DONE
        if not arguments.data or not arguments.output:
            parser.error("--data and --output are needed, or --verify-golden")
        scorer = RewardScorer(arguments.model, strategy=arguments.strategy)
        count = score_file(arguments.data, scorer, Path(arguments.output))
        print(f"{count} groups scored: {arguments.output}")
        return DONE

    return run_command(command)


if __name__ == "__main__":
    raise SystemExit(main())
