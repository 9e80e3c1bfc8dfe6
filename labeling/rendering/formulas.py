"""LaTeX as MathML, which browsers set by themselves: no script and no font has to be loaded.

latex2mathml's own text output is not escaped (`\\text{<img …>}` becomes an element), so its tree is written out here,
element by element, and only with what the sanitiser knows.
"""

import re
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

from labeling.rendering.sanitising import MATH, VALUES

LONGEST = 2_000
# Beyond it a formula is wider than a phone and gets a scroll bar of its own.
LONG = 48
DEEPEST = 60

# What these would do must not be done (a link, a style, a character by its number), or would leave something unseen.
_REFUSED = re.compile(
    r"\\(?:href|url|style|class|cssId|id|unicode|[vh]?phantom|label|require|def|newcommand|includegraphics)\b"
    r"|(?<!\\)%|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u206f]"
)
_SAME_AS = {"{aligned}": "{align*}", "{gathered}": "{gather*}", r"\not=": r"\neq ", r"\not\in": r"\notin "}
# What latex2mathml leaves over when it has not understood something.
_LEFT_OVER = re.compile(r"^(?:\\[a-zA-Z].*|[&{}])$")


class _NotUnderstood(Exception):
    pass


def to_mathml(source: str, *, display: bool) -> str | None:
    """The formula, or None when it cannot be set: it is then to be shown as it is written."""
    if len(source) > LONGEST or _REFUSED.search(source):
        return None
    for name, same in _SAME_AS.items():
        source = source.replace(name, same)
    try:
        tree = convert_to_element(source, display="block" if display else "inline")
        inside = "".join(_write(child, 0) for child in tree)
    # The library raises errors of its own, IndexError, ValueError and RecursionError for what it cannot read.
    except Exception:
        return None
    attributes = (' display="block"' if display else "") + (' class="md-long"' if len(source) > LONG else "")
    return f"<math{attributes}>{inside}</math>" if inside else None


def _write(element: Element, depth: int) -> str:
    # Its texts are HTML-escaped in part, by number.
    text = unescape(element.text or "")
    if depth > DEEPEST or (element.tag == "mi" and _LEFT_OVER.match(text)):
        raise _NotUnderstood
    inside = escape(text) + "".join(_write(child, depth + 1) for child in element)
    if element.tag == "menclose":
        return f'<mrow class="{"md-box" if element.get("notation") == "box" else "md-struck"}">{inside}</mrow>'
    if element.tag not in MATH:
        return f"<mrow>{inside}</mrow>"
    known = VALUES.get(element.tag, {})
    written = [f' {name}="{value}"' for name, value in element.attrib.items() if value in known.get(name, ())]
    if element.tag == "mtd" and element.get("columnalign") in {"left", "right"}:
        written.append(f' class="md-{element.get("columnalign")}"')
    return f"<{element.tag}{''.join(written)}>{inside}</{element.tag}>"
