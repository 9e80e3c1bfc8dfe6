"""Golden conversations: their token ids and scores are stored with a model, and must come back from wherever it is
loaded. A template that drifted changes the ids, a damaged or misread weight changes the scores.

The texts are fixed and not the user's, so that a model's folder gives away no one's prompts.
"""

from __future__ import annotations

from typing import Any

from rewardmodel.ml.encoding import EncodedGroup, encode_groups
from rewardmodel.ml.groups import Floats, Message, RankingGroup
from rewardmodel.ml.template import Template

_CONVERSATIONS: list[tuple[list[Message], tuple[str, ...]]] = [
    (
        [Message(role="user", content="How do I boil an egg?")],
        ("Put it into boiling water for eight minutes, then under cold water.", "No idea.", ""),
    ),
    (
        [
            Message(role="user", content="Was bedeutet „Zuverlässigkeit“?"),
            Message(role="assistant", content="Reliability."),
            Message(role="user", content="And in Japanese? 🙂"),
        ],
        ("信頼性 (shinraisei).", "I do not speak </s> [SEP] Japanese.\n\n"),
    ),
    (
        [],
        (
            "A film that nobody will forget: warm, clever, and a little mad.",
            "Two hours I will not get back.",
        ),
    ),
    (
        [Message(role="user", content="Repeat this. " * 2000)],
        ("Again and again. " * 20, "Again. " * 3000),
    ),
]


def golden_groups(template: Template, max_length: int) -> list[EncodedGroup]:
    groups = [
        RankingGroup(f"golden-{place}", f"golden-{place}", tuple(prompt), responses, (), "test")
        for place, (prompt, responses) in enumerate(_CONVERSATIONS)
    ]
    return list(encode_groups(groups, template, max_length))


def describe_golden(groups: list[EncodedGroup], scores: list[Floats]) -> list[dict[str, Any]]:
    """One entry a conversation: the rows' token ids and scores."""
    return [
        {"id": group.id, "input_ids": _rows(group), "scores": [float(score) for score in own]}
        for group, own in zip(groups, scores, strict=True)
    ]


def compare_golden(
    stored: list[dict[str, Any]],
    groups: list[EncodedGroup],
    scores: list[Floats],
    *,
    tolerance: float,
) -> str | None:
    """None when token ids are equal and scores within `tolerance`; else what differs first."""
    if len(stored) != len(groups):
        return f"{len(stored)} golden conversations are stored, this version has {len(groups)}"
    for entry, group, own in zip(stored, groups, scores, strict=True):
        if entry["input_ids"] != _rows(group):
            return f"{group.id}: the token ids differ from those of training"
        gap = max(abs(a - float(b)) for a, b in zip(entry["scores"], own, strict=True))
        if not gap <= tolerance:
            return f"{group.id}: the scores differ by {gap:.2g}, allowed is {tolerance:.2g}"
    return None


def _rows(group: EncodedGroup) -> list[list[int]]:
    return [[*group.prefix.tolist(), *response.tolist()] for response in group.responses]
