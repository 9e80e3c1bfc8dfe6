"""Markdown that an LLM wrote, as HTML that cannot act.

Two walls: the renderer emits only markup of its own (raw HTML stays visible as the text it is, links and images lose
their targets), and nh3 then passes only the elements and classes listed here. Nothing a response says is hidden from
the person who judges it: what would have been a link shows its address, an image its description.
"""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

MAX_NESTING = 40
# Beyond this a text is not worth holding twice in memory.
LONGEST_REMEMBERED = 20_000
# A card's own heading is an h3, so a response's headings begin below it.
HEADING_SHIFT = 3

BLOCKS = {"p", "br", "hr", "blockquote", "ul", "ol", "li", "pre", "h4", "h5", "h6", "div"}
INLINE = {"strong", "em", "s", "code", "span"}
TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = BLOCKS | INLINE | TABLES
CLASSES = {
    "span": {"link", "address", "image"},
    "div": {"table", "plain"},
    "th": {"left", "center", "right"},
    "td": {"left", "center", "right"},
}


class InertRenderer(RendererHTML):
    """HTML without anything to click, load or run."""

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<span class="link">'

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        opening = _opening(tokens, idx)
        address = str(opening.attrGet("href") or "")
        shown = "".join(token.content for token in tokens[tokens.index(opening) + 1 : idx])
        return (
            "</span>" if shown in {address, address.removeprefix("mailto:")} else f"</span>{_address(opening, 'href')}"
        )

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        description = self.renderInlineAsText(token.children, options, env)
        return f'<span class="image">{escape(description)}</span>{_address(token, "src")}'

    def heading_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<{_lowered(tokens[idx])}>"

    def heading_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"</{_lowered(tokens[idx])}>\n"

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<div class="table"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])


def render_markdown(text: str) -> str:
    """`text` as sanitised HTML. Line breaks stay: a letter's address must not run together into one line."""
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else _render(text)


def _render(text: str) -> str:
    tokens = _parser.parse(text)
    # The parser drops what is nested deeper than its limit; a judge must see all of it, so such a text stays plain.
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        return f'<div class="plain">{escape(text)}</div>'
    html = _parser.renderer.render(tokens, _parser.options, {})
    return nh3.clean(
        html, tags=TAGS, attributes={"ol": {"start"}}, allowed_classes=CLASSES, url_schemes=set(), link_rel=None
    )


_remembered = lru_cache(maxsize=1024)(_render)


def _make_parser() -> MarkdownIt:
    options: dict[str, Any] = {"html": False, "linkify": False, "breaks": True, "maxNesting": MAX_NESTING}
    parser = MarkdownIt("commonmark", options, renderer_cls=InertRenderer).enable(["table", "strikethrough"])
    # A definition such as "[note]: text" would vanish from the page.
    return parser.disable("reference")


_parser = _make_parser()


def _opening(tokens: Sequence[Token], closing: int) -> Token:
    # Links do not nest, so the nearest one before is the one that closes here.
    return next(token for token in reversed(tokens[:closing]) if token.type == "link_open")


def _address(token: Token, attribute: str) -> str:
    parts = [str(token.attrGet(name) or "") for name in (attribute, "title")]
    shown = " ".join(escape(part) for part in parts if part)
    return f' <span class="address">({shown})</span>' if shown else ""


def _lowered(token: Token) -> str:
    return f"h{min(6, int(token.tag[1]) + HEADING_SHIFT)}"


def _cell(token: Token) -> str:
    # The parser says alignment by an inline style, which the content security policy refuses.
    alignment = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{token.tag} class="{alignment}">' if alignment else f"<{token.tag}>"
