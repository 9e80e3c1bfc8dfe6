"""Which way a list, a quotation or a table runs: its markers, its bar and its columns follow its first words."""

from collections.abc import Sequence
from itertools import islice
from unicodedata import bidirectional

from markdown_it.token import Token

CONTAINERS = {"bullet_list_open", "ordered_list_open", "blockquote_open", "table_open"}
# A paragraph's direction is the browser's to find (`dir=auto`), which looks into no element that has a `dir` itself.
LEAVES = {"paragraph_open", "heading_open", "td_open", "th_open"}
# How far to look for a letter: hostile text nests containers without any.
TOKENS_AHEAD = 60
SIGNS_AHEAD = 200


def give_directions(tokens: Sequence[Token]) -> None:
    """Set `dir` on every block that has one."""
    for index, token in enumerate(tokens):
        if token.type in LEAVES:
            token.attrSet("dir", "auto")
        elif token.type in CONTAINERS:
            token.attrSet("dir", _direction(tokens, index))


def _direction(tokens: Sequence[Token], start: int) -> str:
    for token in islice(tokens, start, start + TOKENS_AHEAD):
        for sign in token.content[:SIGNS_AHEAD] if token.type == "inline" else "":
            kind = bidirectional(sign)
            if kind in {"R", "AL"}:
                return "rtl"
            if kind == "L":
                return "ltr"
    return "ltr"
