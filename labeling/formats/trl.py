"""The `trl` shape: conversational preference pairs as TRL's `RewardTrainer` takes them, with their provenance. Pure."""

from collections.abc import Iterator

from labeling.formats.groups import RankingGroup
from labeling.formats.options import Options, Record
from labeling.formats.pairs import group_pairs


def trl_records(group: RankingGroup, options: Options) -> Iterator[Record]:
    for found in group_pairs(group, options):
        yield {
            "prompt": group.prompt,
            "chosen": found.chosen,
            "rejected": found.rejected,
            "margin": found.pair.margin,
            "weight": found.pair.weight,
            "prompt_id": group.id,
            "ranking_id": found.ranking.id,
            "annotator": found.ranking.annotator,
            "chosen_model": found.chosen_model,
            "rejected_model": found.rejected_model,
            "split": group.split,
            **found.mark(options),
        }
