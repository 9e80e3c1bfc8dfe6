"""Which split a prompt belongs to: DESIGN's rule, by a hash, so that a prompt never moves."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from hashlib import sha256

from rewardmodel.ml.groups import Message

SPLITS = ("train", "validation", "test")


def split_key(prompt: Sequence[Message], responses: Sequence[str]) -> str:
    """The first user message; where there is none, the responses, so that a text never stands in two splits."""
    for message in prompt:
        if message["role"] == "user":
            return message["content"]
    return "\n".join(sorted(responses))


def normalise(key: str) -> str:
    """NFKC, casefold, white space collapsed; digits and punctuation stay."""
    return " ".join(unicodedata.normalize("NFKC", key).casefold().split())


def assign_split(key: str, salt: str) -> str:
    """`train` for 8 keys in 10, `validation` for 1, `test` for 1. key: as it came; it is normalised here."""
    digest = sha256(f"{salt}\n{normalise(key)}".encode("utf-8", "surrogatepass")).hexdigest()
    tenth = int(digest, 16) % 10
    return SPLITS[max(0, tenth - 7)]
