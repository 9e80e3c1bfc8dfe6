"""The `hh` shape: flat transcripts in the manner of Anthropic's helpful-harmless data. Pure."""

from collections.abc import Iterator

from labeling.formats.groups import RankingGroup
from labeling.formats.options import Options, Record
from labeling.formats.pairs import Messages, group_pairs

SPEAKERS = {"user": "Human", "assistant": "Assistant", "system": "System"}


def hh_records(group: RankingGroup, options: Options) -> Iterator[Record]:
    prompt = transcript(group.prompt)
    for found in group_pairs(group, options):
        yield {
            "chosen": prompt + transcript(found.chosen),
            "rejected": prompt + transcript(found.rejected),
            **found.mark(options),
        }


def transcript(messages: Messages) -> str:
    r"""Each message as "\n\nHuman: …" or "\n\nAssistant: …"; a system message as "\n\nSystem: …"."""
    return "".join(f"\n\n{SPEAKERS[message['role']]}: {message['content']}" for message in messages)
