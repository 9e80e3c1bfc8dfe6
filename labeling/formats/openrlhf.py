"""The `openrlhf` shape: whole conversations under `chosen` and `rejected`, the keys that OpenRLHF looks for. Pure.

It has no prompt key of its own unless told, so the prompt stands in both; `--apply_chat_template` renders them.
"""

from collections.abc import Iterator

from labeling.formats.groups import RankingGroup
from labeling.formats.options import Options, Record
from labeling.formats.pairs import assistant, group_pairs


def openrlhf_records(group: RankingGroup, options: Options) -> Iterator[Record]:
    whole = {response["id"]: [*group.prompt, *assistant(response["content"])] for response in group.responses}
    for found in group_pairs(group, options):
        yield {
            "chosen": whole[found.pair.chosen],
            "rejected": whole[found.pair.rejected],
            "margin": found.pair.margin,
            **found.mark(options),
        }
