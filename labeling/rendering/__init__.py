"""Markdown that an LLM wrote, as HTML that cannot act.

Two walls: the renderer emits only markup of its own (raw HTML stays visible as the text it is, links and images lose
their targets), and nh3 then passes only the elements, classes and attributes listed in `sanitising`. Nothing a response
says is hidden from the person who judges it: what would have been a link shows its address, an image its description,
a fence its language, a formula that cannot be set its source, an invisible character its number.

A text that the parser cannot take is shown as it was written, in an `md-plain`: one that nests deeper than the parser
follows, and one with more than 10,000 `[`, each of which sends it to look for a link; ordinary texts have hundreds.
"""

from functools import lru_cache
from html import escape

from labeling.rendering.characters import show_invisible
from labeling.rendering.parsing import MAX_NESTING, parser
from labeling.rendering.sanitising import sanitise

__all__ = ["LONGEST_REMEMBERED", "MOST_BRACKETS", "render_markdown"]

# Beyond this a text is not worth holding twice in memory.
LONGEST_REMEMBERED = 20_000
# About a second of looking for links.
MOST_BRACKETS = 10_000


def render_markdown(text: str) -> str:
    """`text` as sanitised HTML. Line breaks stay: a letter's address must not run together into one line."""
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _render(text)


def _render(text: str) -> str:
    if text.count("[") > MOST_BRACKETS:
        return _plain(text)
    tokens = parser.parse(text)
    # The parser drops what is nested deeper than its limit; a judge must see all of it, so such a text stays plain.
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        return _plain(text)
    return show_invisible(sanitise(parser.renderer.render(tokens, parser.options, {})))


def _plain(text: str) -> str:
    return show_invisible(f'<div class="md-plain" dir="auto">{escape(text)}</div>')


_remembered = lru_cache(maxsize=1024)(_render)
