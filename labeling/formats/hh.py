"""The `hh` shape: flat transcripts in the manner of Anthropic's helpful-harmless data. Pure."""

import re
from collections.abc import Iterator

from labeling.formats.groups import RankingGroup
from labeling.formats.options import Options, Record
from labeling.formats.pairs import Messages, group_pairs

TURN = re.compile(r"\n\n(Human|Assistant|System): ")
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


def turns_of(text: str) -> Messages | None:
    """The messages of a transcript of two turns at least; None for a text that is none."""
    start, *turns = TURN.split(text)
    if start or len(turns) < 4:
        return None
    role = {speaker: role for role, speaker in SPEAKERS.items()}
    return [{"role": role[who], "content": said} for who, said in zip(turns[::2], turns[1::2], strict=True)]
