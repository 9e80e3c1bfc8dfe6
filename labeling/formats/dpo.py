"""The `dpo` shape: the three conversational columns of TRL's `DPOTrainer`, the prompt explicit. Pure."""

from collections.abc import Iterator

from labeling.formats.groups import RankingGroup
from labeling.formats.options import Options, Record
from labeling.formats.pairs import group_pairs


def dpo_records(group: RankingGroup, options: Options) -> Iterator[Record]:
    for found in group_pairs(group, options):
        yield {"prompt": group.prompt, "chosen": found.chosen, "rejected": found.rejected, **found.mark(options)}
