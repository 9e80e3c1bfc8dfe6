"""The second wall: what a page may contain of a text that came from outside, whatever the renderer made of it."""

import nh3

BLOCKS = {"p", "br", "hr", "blockquote", "ul", "ol", "li", "pre", "h3", "h4", "h5", "h6", "div"}
INLINE = {"strong", "em", "s", "code", "span"}
TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
# Nothing that links, loads, acts, hides, or lets HTML stand inside a formula.
MATH = {
    "math", "mrow", "mi", "mn", "mo", "mtext", "ms", "mspace", "mstyle", "mfrac", "msqrt", "mroot", "msub", "msup",
    "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts", "mtable", "mtr", "mtd",
}  # fmt: skip
TAGS = BLOCKS | INLINE | TABLES | MATH
# No class of the rest of the page begins so: a text that came from outside cannot borrow the looks of a button.
CODE_CLASSES = {
    "md-comment", "md-keyword", "md-string", "md-number", "md-name", "md-builtin", "md-inserted", "md-deleted",
}  # fmt: skip
ALIGNMENTS = {"md-left", "md-center", "md-right"}
CLASSES = {
    "span": {"md-link", "md-address", "md-image", "md-control", *CODE_CLASSES},
    "div": {"md-table", "md-plain", "md-formula", "md-fence", "md-language"},
    "code": {"md-tex"},
    "math": {"md-long"},
    "mrow": {"md-box", "md-struck"},
    "mtd": ALIGNMENTS,
    "th": ALIGNMENTS,
    "td": ALIGNMENTS,
}
DIRECTED = ("p", "ul", "ol", "blockquote", "table", "th", "td", "h3", "h4", "h5", "h6", "div", "pre")
BOOLEAN = {"true", "false"}
VALUES: dict[str, dict[str, set[str]]] = {
    **{tag: {"dir": {"auto", "ltr", "rtl"}} for tag in DIRECTED},
    "math": {"display": {"block"}},
    "mo": {"stretchy": BOOLEAN, "fence": BOOLEAN, "form": {"prefix", "infix", "postfix"}},
    "mi": {"mathvariant": {"normal"}},
    "mover": {"accent": BOOLEAN},
    "mfrac": {"linethickness": {"0"}},
    "mtable": {"displaystyle": BOOLEAN},
    "mstyle": {"displaystyle": BOOLEAN, "scriptlevel": {"0", "1", "2"}},
    "mspace": {"width": {"0.167em", "0.222em", "0.278em", "0.333em", "1em", "2em"}},
}


def sanitise(html: str) -> str:
    return nh3.clean(
        html,
        tags=TAGS,
        attributes={"ol": {"start"}},
        tag_attribute_values=VALUES,
        allowed_classes=CLASSES,
        url_schemes=set(),
        link_rel=None,
    )
