"""The Markdown parser and its inert renderer."""

from collections.abc import Sequence
from html import escape
from time import thread_time
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, table
from markdown_it.rules_block.table import MAX_AUTOCOMPLETED_CELLS
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from labeling.rendering.code import highlight
from labeling.rendering.delimiters import CLOSING, formula
from labeling.rendering.direction import give_directions
from labeling.rendering.emphasis import cjk_emphasis
from labeling.rendering.formulas import to_mathml

MAX_NESTING = 40
# A card's own heading is an h2, so a response's headings begin below it.
FIRST_HEADING = 3
# What one text may cost: signs of formulas that are set, seconds of colouring code. The rest is shown as it is written.
MOST_FORMULAS = 40_000
SECONDS_OF_CODE = 0.4


class InertRenderer(RendererHTML):
    """HTML without anything to click, load or run."""

    def render(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:
        give_directions(tokens)
        _lower_headings(tokens)
        return super().render(tokens, options, env)

    def link_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return '<span class="md-link">'

    def link_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        # Links do not nest, so the nearest one before is the one that closes here.
        at = next(at for at in range(idx, -1, -1) if tokens[at].type == "link_open")
        opening = tokens[at]
        address = str(opening.attrGet("href") or "")
        shown = "".join(token.content for token in tokens[at + 1 : idx])
        return (
            "</span>" if shown in {address, address.removeprefix("mailto:")} else f"</span>{_address(opening, 'href')}"
        )

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        description = self.renderInline(token.children or [], options, env)
        return f'<span class="md-image">{description}</span>{_address(token, "src")}'

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<div class="md-table"><table{self.renderAttrs(tokens[idx])}>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</table></div>\n"

    def th_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])

    def td_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return _cell(tokens[idx])

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        info = unescapeAll(token.info).strip()
        start, left = thread_time(), env.get("seconds", SECONDS_OF_CODE)
        code = highlight(token.content, info.split()[0] if info and left > 0 else "", seconds=left)
        env["seconds"] = left - (thread_time() - start)
        label = f'<div class="md-language" dir="auto">{escape(info)}</div>' if info else ""
        return f'<div class="md-fence">{label}<pre dir="ltr"><code>{code}</code></pre></div>\n'

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<pre dir="ltr"><code>{escape(tokens[idx].content)}</code></pre>\n'

    def formula(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        env["formulas"] = env.get("formulas", 0) + len(token.content)
        within = env["formulas"] <= MOST_FORMULAS
        shown = to_mathml(token.content, display=token.meta["display"]) if within else None
        if shown is None:
            closing = CLOSING.get(token.markup, token.markup)
            shown = f'<code class="md-tex">{escape(token.markup + token.content + closing)}</code>'
        return f'<div class="md-formula">{shown}{escape(token.meta["after"])}</div>\n' if token.block else shown


def _address(token: Token, attribute: str) -> str:
    parts = [str(token.attrGet(name) or "") for name in (attribute, "title")]
    shown = " ".join(escape(part) for part in parts if part)
    return f' <span class="md-address">({shown})</span>' if shown else ""


def _lower_headings(tokens: Sequence[Token]) -> None:
    """Headings as an outline without gaps, whatever levels a model chose: readers jump from one to the next."""
    above: list[str] = []
    for token in tokens:
        if token.type == "heading_open":
            above = [tag for tag in above if tag < token.tag] + [token.tag]
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, len(above) + FIRST_HEADING - 1)}"


def _cell(token: Token) -> str:
    # The parser says alignment by an inline style, which the content security policy refuses.
    alignment = str(token.attrGet("style") or "").removeprefix("text-align:")
    return f'<{token.tag} dir="auto" class="md-{alignment}">' if alignment else f'<{token.tag} dir="auto">'


def _whole_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A table, unless a row has more cells than the head: Markdown drops those, and a judge must see them."""
    # Of lines that were refused no later one begins a table: each row is looked at once, however many heads there are.
    if start < state.env.get("refused", 0) or not table(state, start, end, True):
        return False
    if silent:
        return True
    if (row := _surplus(state, start, end)) is not None:
        state.env["refused"] = row
        return False
    return table(state, start, end, False)


def _surplus(state: StateBlock, start: int, end: int) -> int | None:
    """The first row of the table that has more cells than its head; the table ends where the parser's rule ends it."""
    columns = sum(bool(part.strip()) for part in _text(state, start + 1).split("|"))
    rules = state.md.block.ruler.getRules("blockquote")
    missing = 0
    for row in range(start + 2, end):
        outside = state.sCount[row] < state.blkIndent or state.is_code_block(row) or not _text(state, row)
        if outside or any(rule(state, row, end, True) for rule in rules):
            return None
        missing += columns - (cells := _cells(state, row))
        if cells > columns:
            return row
        if missing > MAX_AUTOCOMPLETED_CELLS:
            return None
    return None


def _cells(state: StateBlock, line: int) -> int:
    text = _text(state, line).replace("\\|", "")
    return text.removeprefix("|").removesuffix("|").count("|") + 1


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].strip()


def _make_parser() -> MarkdownIt:
    options: dict[str, Any] = {"html": False, "linkify": False, "breaks": True, "maxNesting": MAX_NESTING}
    made = MarkdownIt("commonmark", options, renderer_cls=InertRenderer).enable(["table", "strikethrough"])
    made.block.ruler.at("table", _whole_table, {"alt": ["paragraph", "reference"]})
    made.use(formula).use(cjk_emphasis)
    # A definition such as "[note]: text" would vanish from the page.
    return made.disable("reference")


parser = _make_parser()
