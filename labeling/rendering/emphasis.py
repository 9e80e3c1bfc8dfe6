"""Emphasis in Chinese and Japanese: `**重点：**后面` is strong.

CommonMark wants a space or a sign between a closing `**` that follows a sign and the word after it. These languages put
no spaces, so models' texts would show their asterisks.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, emphasis

_CJK = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


def cjk_emphasis(md: MarkdownIt) -> None:
    md.inline.ruler.at("emphasis", _tokenize)


def _tokenize(state: StateInline, silent: bool) -> bool:
    start, known = state.pos, len(state.delimiters)
    if not emphasis.tokenize(state, silent):
        return False
    before, after = state.src[start - 1 : start], state.src[state.pos : state.pos + 1]
    for delimiter in state.delimiters[known:] if state.src[start] == "*" else ():
        delimiter.open = delimiter.open or bool(_CJK.match(before) and after.strip())
        delimiter.close = delimiter.close or bool(_CJK.match(after) and before.strip())
    return True
