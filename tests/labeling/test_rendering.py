"""LLM text becomes HTML that cannot act, and hides nothing from the person who judges it."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.rendering import LONGEST_REMEMBERED, MOST_BRACKETS, render_markdown
from tests.labeling.inert import Elements, assert_inert

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
    r"$\text{<img src=x onerror=alert(1)>}$",
    r"$\text{</mtext><script>alert(1)</script>}$",
    r"$\href{javascript:alert(1)}{x}$ \(\style{position:fixed}{x}\) $$\class{x}{y}$$",
    r"$$\begin{array}{c}<style>&</style>\end{array}$$",
    "$<math><annotation-xml encoding=text/html><img src=x onerror=alert(1)>$",
    r"\[\unicode{x3c}script\unicode{x3e}\]",
    r"\(&lt;img src=x onerror=alert(1)&gt;\)",
    "```js\n</code></pre><script>alert(1)</script>\n```",
    '```"><img/src=x/onerror=alert(1)>\nx\n```',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "</textarea><script>alert(1)</script> {{ 7|add:7 }} {% debug %}",
    "\u202e<script>\u202c",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_nothing_but_text(text):
    assert_inert(render_markdown(text))


@given(st.text(max_size=300) | st.lists(st.sampled_from(HOSTILE), max_size=4).map("\n".join))
@settings(max_examples=200, deadline=None)
def test_no_text_becomes_active(text):
    assert_inert(render_markdown(text))


@given(
    st.lists(
        st.sampled_from(
            [
                "word",
                "*em*",
                "> q",
                "- item",
                "# head",
                "[l](u)",
                "![a](i)",
                "[r]: z",
                "1. n",
                "\n",
                "| a | b |",
                "|---|",
                "`code`",
                "![x `alt`](i)",
            ]
        ),
        max_size=30,
    )
)
@settings(deadline=None)
def test_no_word_is_hidden(parts):
    shown = Elements(render_markdown(" ".join(parts))).text
    for word in ("word", "em", "item", "head", "z", "code", "alt"):
        assert shown.count(word) == " ".join(parts).count(word)


def test_raw_html_stays_visible_as_the_text_it_is():
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in render_markdown("<script>alert(1)</script>")


def test_a_comment_that_would_be_invisible_is_shown():
    assert "&lt;!-- obey --&gt;" in render_markdown("<!-- obey -->")


def test_a_link_is_text_with_its_address_beside_it():
    html = render_markdown("see [the manual](https://example.org/m?a=1&b=2)")
    assert html == (
        '<p dir="auto">see <span class="md-link">the manual</span> '
        '<span class="md-address">(https://example.org/m?a=1&amp;b=2)</span></p>\n'
    )


def test_a_bare_address_is_not_said_twice():
    assert (
        render_markdown("<https://example.org>")
        == '<p dir="auto"><span class="md-link">https://example.org</span></p>\n'
    )


def test_each_address_is_judged_by_its_own_link():
    assert "md-address" not in render_markdown("<https://a.b> and <https://a.b>")
    assert render_markdown("[a](b) " * 3).count("(b)") == 3


def test_an_image_is_its_description():
    html = render_markdown("![a loaf](https://example.org/loaf.png)")
    assert '<span class="md-image">a loaf</span>' in html
    assert "<img" not in html


def test_a_table_keeps_its_alignment_without_inline_style():
    html = render_markdown("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert '<td dir="auto" class="md-left">1</td>' in html
    assert '<td dir="auto" class="md-right">2</td>' in html
    assert "style" not in html


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("# One\n### Two\n## Two", "344"),
        ("### One\n# One\n## Two", "334"),
        ("# 1\n## 2\n### 3\n#### 4\n##### 5", "34566"),
    ],
)
def test_headings_stand_below_the_headings_of_the_page_and_leave_no_level_out(text, levels):
    tags = [tag for tag, _ in Elements(render_markdown(text)).found]
    assert tags == [f"h{level}" for level in levels]


def test_line_breaks_stay():
    assert render_markdown("Kind regards\nNell") == '<p dir="auto">Kind regards<br>\nNell</p>\n'


def test_a_list_goes_on_counting_where_it_began():
    assert 'start="3"' in render_markdown("3. c\n4. d")


def test_what_is_nested_too_deep_to_render_is_shown_plain():
    html = render_markdown("> " * 100 + "the point <b>")
    assert "the point &lt;b&gt;" in html
    assert html.startswith('<div class="md-plain" dir="auto">')


ARABIC = "\u0645\u0631\u062d\u0628\u0627"


def test_each_paragraph_has_its_own_direction():
    assert render_markdown(f"{ARABIC}\n\nHello").count('<p dir="auto">') == 2


@pytest.mark.parametrize(
    ("text", "start"),
    [
        (f"- 1. **{ARABIC}**", '<ul dir="rtl">'),
        (f"3. {ARABIC} English", '<ol start="3" dir="rtl">'),
        (f"> {ARABIC}", '<blockquote dir="rtl">'),
        (f"| {ARABIC} | a |\n|---|---|", '<table dir="rtl">'),
        (f"- English {ARABIC}", '<ul dir="ltr">'),
        ("- 1", '<ul dir="ltr">'),
    ],
)
def test_a_list_a_quotation_and_a_table_run_as_their_first_word_does(text, start):
    assert start in render_markdown(text)


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        ("**重点：**后面", "重点："),
        ("这是**“重点”**吗", "“重点”"),
        ("이것은 **(중요)**합니다", "(중요)"),
        ("plain **strong** end", "strong"),
    ],
)
def test_emphasis_needs_no_spaces_where_the_language_has_none(text, strong):
    assert f"<strong>{strong}</strong>" in render_markdown(text)


def test_a_product_of_numbers_is_no_emphasis():
    assert "<em>" not in render_markdown("2 * 3 * 4 と 5 * 6")


def test_characters_that_would_turn_their_neighbours_round_are_shown_as_marks():
    html = render_markdown("total \u202e99 $\u202c and \u2066x")
    assert '<span class="md-control">U+202E</span>99 $<span class="md-control">U+202C</span>' in html
    assert not set(html) & set("\u202e\u202c\u2066")


def test_words_spelt_in_invisible_tags_are_shown_and_a_flag_stays_a_flag():
    scotland = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    html = render_markdown(f"{scotland} hi\U000e0068\U000e0069")
    assert scotland in html
    assert '<span class="md-control">U+E0068</span>' in html


def test_joiners_that_words_are_written_with_stay():
    persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    assert persian in render_markdown(persian)


def test_a_cell_that_a_table_would_drop_is_shown():
    assert "and this" in Elements(render_markdown("| a |\n|---|\n| b | and this |")).text


def test_rows_that_no_table_may_hold_begin_none_and_the_next_table_stands():
    html = render_markdown("a|b\n-|-\n1|2\nx|y|z\n\nc|d\n-|-\n3|4\n")
    assert html.count("<table") == 1
    assert "x|y|z" in Elements(html).text
    assert "<th" in html.partition("x|y|z")[2]


def test_what_follows_a_table_is_no_row_of_it():
    assert "<table" in render_markdown("a|b\n-|-\n1|2\n> x|y|z\n")
    assert "<table" in render_markdown("a|b\n-|-\n1|2\n\nx|y|z\n")


LONG = 262_000


@pytest.mark.parametrize(
    "text",
    [
        "*a " * 50_000,
        "> " * 50_000,
        "`" * 100_000,
        "x" * LONGEST_REMEMBERED * 5,
        "|" * 50_000,
        "[" * LONG,
        "![" * (LONG // 2),
        "[" * MOST_BRACKETS,
        "[a](b) " * 7_000,
        "<https://a.b> " * 4_000,
        "a|b\n-|-\nx|y|z\n" * 7_000,
        "a|b\n-|-\n" * 7_000 + "x|y|z\n",
    ],
)
def test_a_pathological_text_renders_in_reasonable_time(text):
    start = time.process_time()
    assert render_markdown(text)
    assert time.process_time() - start < 5


def test_a_text_with_too_many_brackets_is_shown_plain():
    html = render_markdown("**b** <i>" + "[" * (MOST_BRACKETS + 1))
    assert html.startswith('<div class="md-plain" dir="auto">**b** &lt;i&gt;[')
    assert html.count("[") == MOST_BRACKETS + 1


def test_a_long_ordinary_text_is_rendered_as_markdown():
    part = "A **word** and [a link](https://a.b/c).\n\n| a | b |\n|---|---|\n| [x](y) | 2 |\n\n```\nx[0] = [1]\n```\n\n"
    html = render_markdown(part * 600)
    assert "md-plain" not in html
    assert html.count("<table") == html.count("<strong") == html.count("<pre") == 600
