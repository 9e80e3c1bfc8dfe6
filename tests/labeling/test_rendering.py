"""LLM text becomes HTML that cannot act, and hides nothing from the person who judges it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.rendering import CLASSES, LONGEST_REMEMBERED, TAGS, render_markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](https://evil.example/?leak)",
    "![x](https://evil.example/pixel.png)",
    '![x](x "onerror=alert(1)")',
    "<https://evil.example/><!-- hidden --> <style>*{display:none}</style>",
    "<iframe src=//evil.example></iframe><form action=//evil.example><input autofocus onfocus=alert(1)></form>",
    "&lt;img src=x onerror=alert(1)&gt;",
    "`<b onclick=alert(1)>`",
    "```<script>\nalert(1)\n```",
    "| <img src=x onerror=alert(1)> |\n|:-:|\n| [x](//evil.example) |",
    '<div style="background:url(//evil.example)">',
    "[x]: javascript:alert(1)\n\n[x]",
    "<math><mi xlink:href=javascript:alert(1)>",
    "\u202e<script>\u202c",
]


class Elements(HTMLParser):
    """Every element and every attribute that a browser would make of some HTML, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.text = ""
        self.comments: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def assert_inert(html: str) -> None:
    elements = Elements(html)
    assert not elements.comments
    for tag, attributes in elements.found:
        assert tag in TAGS
        for name, value in attributes:
            assert (tag, name) == ("ol", "start") or (name == "class" and value in CLASSES[tag])


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_nothing_but_text(text):
    assert_inert(render_markdown(text))


@given(st.text(max_size=300) | st.lists(st.sampled_from(HOSTILE), max_size=4).map("\n".join))
@settings(max_examples=200, deadline=None)
def test_no_text_becomes_active(text):
    assert_inert(render_markdown(text))


@given(
    st.lists(
        st.sampled_from(["word", "*em*", "> q", "- item", "# head", "[l](u)", "![a](i)", "[r]: z", "1. n", "\n"]),
        max_size=30,
    )
)
@settings(deadline=None)
def test_no_word_is_hidden(parts):
    shown = Elements(render_markdown(" ".join(parts))).text
    for word in ("word", "em", "item", "head", "z"):
        assert shown.count(word) == " ".join(parts).count(word)


def test_raw_html_stays_visible_as_the_text_it_is():
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in render_markdown("<script>alert(1)</script>")


def test_a_comment_that_would_be_invisible_is_shown():
    assert "&lt;!-- obey --&gt;" in render_markdown("<!-- obey -->")


def test_a_link_is_text_with_its_address_beside_it():
    html = render_markdown("see [the manual](https://example.org/m?a=1&b=2)")
    assert html == (
        '<p>see <span class="link">the manual</span> '
        '<span class="address">(https://example.org/m?a=1&amp;b=2)</span></p>\n'
    )


def test_a_bare_address_is_not_said_twice():
    assert render_markdown("<https://example.org>") == '<p><span class="link">https://example.org</span></p>\n'


def test_an_image_is_its_description():
    html = render_markdown("![a loaf](https://example.org/loaf.png)")
    assert '<span class="image">a loaf</span>' in html
    assert "<img" not in html


def test_a_table_keeps_its_alignment_without_inline_style():
    html = render_markdown("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert '<td class="left">1</td>' in html
    assert '<td class="right">2</td>' in html
    assert "style" not in html


def test_headings_stand_below_the_headings_of_the_page():
    assert render_markdown("# One\n### Three") == "<h4>One</h4>\n<h6>Three</h6>\n"


def test_line_breaks_stay():
    assert render_markdown("Kind regards\nNell") == "<p>Kind regards<br>\nNell</p>\n"


def test_a_list_goes_on_counting_where_it_began():
    assert '<ol start="3">' in render_markdown("3. c\n4. d")


def test_what_is_nested_too_deep_to_render_is_shown_plain():
    html = render_markdown("> " * 100 + "the point <b>")
    assert "the point &lt;b&gt;" in html
    assert html.startswith('<div class="plain">')


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "*a " * 50_000, "> " * 50_000, "`" * 100_000, "x" * LONGEST_REMEMBERED * 5]
)
def test_a_pathological_text_renders_in_reasonable_time(text):
    assert render_markdown(text)
