"""Which split a prompt belongs to: a function of its text alone, so it never moves and never stands in two. Pure."""

import hashlib
import unicodedata
from collections.abc import Sequence
from typing import Literal

Split = Literal["train", "validation", "test"]


def assign_split(*, salt: str, key: str) -> Split:
    """80 % train, 10 % validation, 10 % test, by SHA-256 of the salt and the key (DESIGN section 4)."""
    bucket = int(hashlib.sha256(f"{salt}\n{key}".encode()).hexdigest(), 16) % 10
    return "train" if bucket < 8 else "validation" if bucket == 8 else "test"


def split_key(messages: Sequence[dict[str, str]], *, given: str = "") -> str:
    """The key that decides a prompt's split: the one given, else its first user message.

    Both are folded (NFKC, case, white space), so a copy with another capital or line break lands in the same split.
    A prompt without a user message is keyed by its first message.
    """
    if given:
        return fold(given)
    first = next((message for message in messages if message["role"] == "user"), messages[0] if messages else None)
    return fold(first["content"]) if first else ""


def fold(text: str) -> str:
    """NFKC, casefolded, runs of white space as one space; digits and punctuation stay."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
