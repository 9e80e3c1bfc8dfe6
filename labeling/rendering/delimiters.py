"""Where a formula begins and ends in Markdown: `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]`, on a line or over several."""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

LONGEST = 4_000
MOST_LINES = 200
CLOSING = {"$$": "$$", "\\[": "\\]", "\\(": "\\)"}

# Nothing but a sign between the dollars, none of them beside a space on the inside or a word on the outside.
_DOLLARS = re.compile(r"\$(?![\s$])((?:[^$\\`]|\\.){1,1000}+)(?<!\s)\$(?![\w$])", re.DOTALL)
_SIGN_OF_TEX = re.compile(r"[\\^_=<>+*/|{}≤≥×·]")
_PROSE = re.compile(r"(?<![\\\w{])[^\W\d_]{2,}\s|\s[^\W\d_]{2,}(?!\w)")


def formula(md: MarkdownIt) -> None:
    md.block.ruler.before("fence", "formula", _block, {"alt": ["paragraph", "blockquote", "list"]})
    # Before the rule for escapes, which would take the backslash of `\(` away.
    md.inline.ruler.before("escape", "formula", _inline)


def _inline(state: StateInline, silent: bool) -> bool:
    found = _delimited(state) or _between_dollars(state)
    if found is None:
        return False
    opening, content, end = found
    if not silent:
        token = state.push("formula", "math", 0)
        token.content = content
        token.markup = opening
        token.meta = {"display": opening in {"$$", "\\["}}
    state.pos = end
    return True


def _delimited(state: StateInline) -> tuple[str, str, int] | None:
    opening = state.src[state.pos : state.pos + 2]
    closing = CLOSING.get(opening)
    if closing is None:
        return None
    end = state.src.find(closing, state.pos + 2, min(state.posMax, state.pos + LONGEST))
    content = state.src[state.pos + 2 : end]
    # "\[1\]" is a bracket that somebody has escaped.
    if end < 0 or not content.strip() or (opening == "\\[" and not _SIGN_OF_TEX.search(content)):
        return None
    return opening, content, end + 2


def _between_dollars(state: StateInline) -> tuple[str, str, int] | None:
    before = state.src[state.pos - 1 : state.pos]
    if before.isalnum() or before in {"$", "\\"}:
        return None
    match = _DOLLARS.match(state.src, state.pos, state.posMax)
    if match is None or _is_prose(match[1]):
        return None
    return "$", match[1], match.end()


def _is_prose(content: str) -> bool:
    """Words between two prices, as in "$5 or 10$"."""
    return bool(_PROSE.search(content)) and (content[0].isdigit() or not _SIGN_OF_TEX.search(content))


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    opening = _line(state, start)[:2]
    closing = CLOSING.get(opening)
    if closing is None or opening == "\\(":
        return False
    # What a search has passed holds no closing sign for a later one either: each line is searched once.
    known, passed = state.env.get(closing, (0, 0))
    stop = min(end, start + MOST_LINES)
    number = min(stop, max(start, passed)) if known <= start else start
    while number < stop and _goes_on(state, number) and closing not in _within(state, start, number):
        number += 1
    state.env[closing] = start, number
    if number == stop or not _goes_on(state, number):
        return False
    head, _, rest = _within(state, start, number).partition(closing)
    if rest.strip(" \t.,;"):
        return False
    content = "\n".join([*(_within(state, start, line) for line in range(start, number)), head])
    if not content.strip():
        return False
    if not silent:
        token = state.push("formula", "math", 0)
        token.block = True
        token.content = content
        token.markup = opening
        token.meta = {"display": True, "after": rest.strip()}
        token.map = [start, number + 1]
        state.line = number + 1
    return True


def _goes_on(state: StateBlock, number: int) -> bool:
    # LaTeX allows no empty line in a formula, and what is indented less belongs to something else.
    return bool(_line(state, number).strip()) and state.sCount[number] >= state.blkIndent


def _within(state: StateBlock, start: int, number: int) -> str:
    """A line of the formula that begins at `start`, without the opening sign."""
    return _line(state, number)[2 if number == start else 0 :]


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
