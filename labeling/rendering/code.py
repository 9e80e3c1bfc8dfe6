"""Code with its words in colours: by class, since the content security policy refuses inline styles."""

from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import groupby
from operator import itemgetter
from time import thread_time

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Generic, Keyword, Literal, Name, Number, Operator, String, _TokenType

# Some of Pygments' 600 lexers stay for seconds in one regular expression; of these, which are common, none does.
LANGUAGES = {
    "bash", "c", "c++", "cpp", "c#", "cs", "csharp", "css", "diff", "docker", "dockerfile", "go", "golang", "graphql",
    "haskell", "hs", "html", "java", "javascript", "js", "json", "jsx", "julia", "kotlin", "latex", "lua",
    "nginx", "objective-c", "perl", "php", "powershell", "py", "python", "python3", "r", "rb",
    "ruby", "rs", "rust", "scala", "sh", "shell", "sql", "swift", "tex", "toml", "ts", "tsx", "typescript", "xml",
    "yaml", "yml", "zsh",
}  # fmt: skip
LONGEST = 10_000
_CLASSES: dict[_TokenType, str] = {
    Comment: "md-comment",
    Keyword: "md-keyword",
    Operator.Word: "md-keyword",
    Name.Tag: "md-keyword",
    String: "md-string",
    Number: "md-number",
    Literal: "md-number",
    Name.Function: "md-name",
    Name.Class: "md-name",
    Name.Attribute: "md-name",
    Name.Decorator: "md-builtin",
    Name.Builtin: "md-builtin",
    Name.Exception: "md-builtin",
    Generic.Inserted: "md-inserted",
    Generic.Deleted: "md-deleted",
}


def highlight(code: str, language: str, *, seconds: float) -> str:
    """`code` escaped, its tokens in spans where the language is known; the text is the same, sign for sign.

    What is not reached within `seconds` of work stays plain: hostile code makes many lexers quadratic.
    """
    if language.lower() not in LANGUAGES or len(code) > LONGEST:
        return escape(code)
    tokens = list(_tokens(code, language.lower(), thread_time() + seconds))
    reached = "".join(text for _, text in tokens)
    # Lexers replace some line ends.
    if not code.startswith(reached):
        return escape(code)
    runs = ((name, "".join(text for _, text in run)) for name, run in groupby(tokens, key=itemgetter(0)))
    coloured = (f'<span class="{name}">{escape(text)}</span>' if name else escape(text) for name, text in runs)
    return "".join(coloured) + escape(code[len(reached) :])


def _tokens(code: str, language: str, until: float) -> Iterator[tuple[str, str]]:
    for kind, text in _lexer(language).get_tokens(code):
        yield _class_of(kind), text
        if thread_time() > until:
            return


@cache
def _lexer(language: str) -> Lexer:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


@cache
def _class_of(kind: _TokenType) -> str:
    return next((_CLASSES[ancestor] for ancestor in reversed(kind.split()) if ancestor in _CLASSES), "")
