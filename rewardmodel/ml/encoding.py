"""Ranking groups -> token ids, once, before training: tokenised in large batches and cut to the model's length.

How a group is cut: a response never loses its end, where the score is read. The prompt loses its beginning, by as
much as the group's longest response needs, and for all responses alike, so that they still share one prefix. Only a
response that is too long without any prompt loses its own beginning. Every cut is counted.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import Comparisons, Ints, Ranking, RankingGroup, compare
from rewardmodel.ml.template import Frame, Template

GROUPS_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class EncodedGroup:
    """A group ready for the model. Row k is `prefix` followed by `responses[k]`.

    prefix, responses[k]: int32 token ids with their special tokens. second: responses carry token type 1. characters:
    (K,) lengths of the texts, for the length baseline. cut_rows: responses that lost tokens of their own or of the
    prompt before them.
    """

    id: str
    prompt_id: str
    split: str
    prefix: Ints
    responses: tuple[Ints, ...]
    second: bool
    characters: Ints
    rankings: tuple[Ranking, ...]
    comparisons: Comparisons
    cut_rows: int
    models: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def longest(self) -> int:
        """Tokens of the longest row."""
        return len(self.prefix) + max(len(response) for response in self.responses)


def encode_groups(groups: Iterable[RankingGroup], template: Template, max_length: int) -> Iterator[EncodedGroup]:
    """Yield every group encoded, in order; holds `GROUPS_AT_ONCE` texts at a time.

    Raises `InputError` when the special tokens alone fill `max_length`, or when nothing is left of a response.
    """
    iterator = iter(groups)
    while batch := list(itertools.islice(iterator, GROUPS_AT_ONCE)):
        frames = [template.frame(group.prompt) for group in batch]
        prompts = iter(template.ids([f.text for f in frames], special=template.layout == "chat"))
        responses = iter(template.ids([response for group in batch for response in group.responses]))
        for group, frame in zip(batch, frames, strict=True):
            own = list(itertools.islice(responses, len(group.responses)))
            yield _encode(group, frame, next(prompts), own, max_length)


def _encode(
    group: RankingGroup,
    frame: Frame,
    prompt: list[int],
    responses: list[list[int]],
    max_length: int,
) -> EncodedGroup:
    room = max_length - len(frame.opening) - len(frame.seam) - len(frame.closing)
    if room < 1:
        raise InputError(f"max_length: got {max_length}, but special tokens alone take all of it. Give a larger one.")
    kept = [response[-room:] for response in responses]
    prompt_room = room - max(len(response) for response in kept)
    prompt_cut = len(prompt) > prompt_room
    cut_rows = len(kept) if prompt_cut else sum(len(r) > room for r in responses)
    prefix = [*frame.opening, *prompt[max(0, len(prompt) - prompt_room) :], *frame.seam]
    if not prefix and not frame.closing and not all(kept):
        raise InputError(
            f"group {group.id}: a response is empty and the tokenizer adds no token to it. Drop the group."
        )
    return EncodedGroup(
        id=group.id,
        prompt_id=group.prompt_id,
        split=group.split,
        prefix=np.array(prefix, np.int32),
        responses=tuple(np.array([*response, *frame.closing], np.int32) for response in kept),
        second=frame.second,
        characters=np.array([len(response) for response in group.responses], np.int32),
        rankings=group.rankings,
        comparisons=compare(group.rankings),
        cut_rows=cut_rows,
        models=group.models,
        labels=group.labels,
    )
