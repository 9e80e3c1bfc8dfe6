"""Compare a challenger with the champion on the held-out groups of a file.

    python -m rewardmodel.ml.compare --data groups.jsonl --champion DIR --challenger DIR --output comparison.json
                                     [--known-data groups.jsonl]

Writes what `compare_models` finds on the test split, and `seconds_per_response` of both, measured in turns on the same
groups. `--known-data`: what the champion has learned from and was measured on; test groups that are still the same form
a slice, and so do all rankings by its annotators: newcomers, however many rankings they bring, do not outvote them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rewardmodel.ml.lifecycle import DONE, calm_openmp, run_command

if __name__ == "__main__":
    calm_openmp()

from rewardmodel.ml.arguments import Parser
from rewardmodel.ml.checkpoint import write_json
from rewardmodel.ml.comparison import compare_models
from rewardmodel.ml.groups import RankingGroup
from rewardmodel.ml.modeling import quiet_transformers
from rewardmodel.ml.reading import read_groups
from rewardmodel.ml.renewal import digest_of
from rewardmodel.ml.score import RewardScorer

TIMED_GROUPS, TURNS = 16, 5


def compare(data: str, champion: RewardScorer, challenger: RewardScorer, *, known_data: str = "") -> dict[str, Any]:
    """The comparison on the test split; `{"prompts": 0}` where that holds no pair."""
    groups = [group for group in read_groups(data) if group.split == "test"]
    known: dict[str, bytes] = {}
    strangers: set[str] = set()
    if known_data:
        strangers = annotators(groups)
        for group in read_groups(known_data):
            strangers -= annotators([group])
            if group.split == "test":
                known[group.id] = digest_of(group)
    # Each renders and cuts as it was trained to; what was preferred is the same.
    encoded = [scorer.encode(groups) for scorer in (champion, challenger)]
    kept = [place for place, group in enumerate(encoded[0]) if group.comparisons.rankings]
    both = [[own[place] for place in kept] for own in encoded]
    scores = [scorer.score_encoded(own) for scorer, own in zip((champion, challenger), both, strict=True)]
    found = compare_models(
        both[1],
        scores[0],
        scores[1],
        temperatures=(champion.temperature, challenger.temperature),
        known={groups[place].id for place in kept if known.get(groups[place].id) == digest_of(groups[place])},
        strangers=strangers,
    )
    if found is None:
        return {"prompts": 0}
    timed = [groups[place] for place in kept[:TIMED_GROUPS]]
    return {**found, "seconds_per_response": seconds_per_response(timed, champion, challenger)}


def annotators(groups: Sequence[RankingGroup]) -> set[str]:
    return {ranking.annotator for group in groups for ranking in group.rankings if ranking.annotator}


def seconds_per_response(
    groups: Sequence[RankingGroup], champion: RewardScorer, challenger: RewardScorer
) -> dict[str, float]:
    """Medians over turns, in which both score the same prompts one at a time, as a server would."""
    responses = sum(len(group.responses) for group in groups)
    times: dict[str, list[float]] = {"champion": [], "challenger": []}
    for _ in range(TURNS):
        for name, scorer in (("champion", champion), ("challenger", challenger)):
            began = time.perf_counter()
            for group in groups:
                scorer.score([(group.prompt, group.responses)])
            times[name].append((time.perf_counter() - began) / responses)
    return {name: float(np.median(own)) for name, own in times.items()}


def main(argv: Sequence[str] | None = None) -> int:
    def command() -> int:
        parser = Parser(prog="python -m rewardmodel.ml.compare", description="Compare two reward models.")
        parser.add_argument("--data", required=True, help="groups or pairs, JSONL or Parquet")
        parser.add_argument("--champion", required=True, help="folder of the model that serves")
        parser.add_argument("--challenger", required=True, help="folder of the one that may replace it")
        parser.add_argument("--known-data", default="", help="groups of the champion's own data")
        parser.add_argument("--output", required=True, help="JSON file to write")
        arguments = parser.parse_args(argv)
        quiet_transformers()
        champion, challenger = RewardScorer(arguments.champion), RewardScorer(arguments.challenger)
        found = compare(arguments.data, champion, challenger, known_data=arguments.known_data)
        write_json(Path(arguments.output), found)
        return DONE

    return run_command(command)


if __name__ == "__main__":
    raise SystemExit(main())
