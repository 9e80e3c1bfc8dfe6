"""Formulas become MathML, prices stay prices, and what cannot be set is shown as it is written."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.rendering import render_markdown
from tests.labeling.inert import Elements, assert_inert


@pytest.mark.parametrize("text", ["so $x_1$ is", r"so \(x_1\) is"])
def test_a_formula_in_a_line_is_set(text):
    html = render_markdown(text)
    assert "so <math><mrow><msub><mi>x</mi><mn>1</mn></msub></mrow></math> is" in html


@pytest.mark.parametrize("text", ["$$\na < b\n$$", "\\[\na < b\n\\]", "$$a < b$$", "So:\n\\[ a < b \\]\nand on"])
def test_a_formula_on_its_own_is_set_in_its_own_line(text):
    html = render_markdown(text)
    assert '<math display="block"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>' in html


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10.",
        "From $5-$10, or $5 or 10$ at most.",
        "US$ 5 and A$ 7",
        "pay **$20**/month or **$200**/year",
        "`$x$` and $HOME/bin:$PATH",
        r"\$5 and \$6",
        "a $ b $ c",
        "$$",
        "$ $",
    ],
)
def test_prices_and_shell_variables_are_no_formulas(text):
    assert "<math" not in render_markdown(text)


def test_escaped_brackets_are_brackets():
    assert render_markdown(r"see \[1\]") == '<p dir="auto">see [1]</p>\n'


@pytest.mark.parametrize(
    "formula",
    [
        r"\unknown{x}",
        r"\frac",
        r"\left( x",
        r"\href{https://evil.example}{x}",
        r"\phantom{not seen}",
        "x % not seen",
        r"\style{color:white}{x}",
        "x }",
        "{" * 10_000 + "}" * 10_000,
        "x^{" * 200 + "}" * 200,
        r"\sqrt" * 400 + "x",
    ],
)
def test_what_cannot_be_set_is_shown_as_it_is_written(formula):
    html = render_markdown(f"$${formula}$$")
    assert "<math" not in html
    assert formula in Elements(html).text


def test_a_coloured_word_is_as_visible_as_the_others():
    html = render_markdown(r"$\color{white}{x}$")
    assert "<mi>x</mi>" in html
    assert "color" not in html


def test_lines_that_look_like_a_list_stay_in_their_formula():
    html = render_markdown("\\[\na\n- b\n= c\n\\]")
    assert "<ul" not in html
    assert "<mi>c</mi>" in html


def test_a_formula_in_a_list_and_in_a_cell_is_set():
    assert render_markdown("- a\n\n  $$x$$\n\n- $y$").count("<math") == 2
    assert "<math" in render_markdown("| $x$ |\n|---|\n| \\(y\\) |")


def test_html_in_a_formula_is_text():
    html = render_markdown(r"$\text{<img src=x onerror=alert(1)>}$")
    assert "&lt;img" in html
    assert_inert(html)


PIECES = [
    "$", "$$", r"\(", r"\)", r"\[", r"\]", "\n", " ", "x", "1", "{", "}", "^", "_", "&", "<", ">", "%", "\\", "'",
    r"\frac", r"\text{", r"\left(", r"\right)", r"\begin{align}", r"\end{align}", r"\\", r"\sqrt", r"\href{", "&lt;",
    "<script>", "</math>", "<style>", "<!--", "-->", "<mglyph>", r"\unicode{x3c}", "`", "*", "|",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=500, deadline=None)
def test_no_formula_acts(text):
    assert_inert(render_markdown(text))


@pytest.mark.parametrize(
    "text",
    [
        "$" * 50_000,
        "$a" * 50_000,
        r"\(" * 50_000,
        r"\[x=" * 50_000,
        "$$\n" * 30_000,
        ("\\[" + "a" * 24 + "\n") * 9_700,
        (("\\[" + "a" * 24 + "\n") * 199 + "\\] x\n") * 48,
        "$x$ " * 20_000,
        "$$x = \\frac{1}{2}$$\n" * 5_000,
        r"$\begin{matrix}" + "&" * 1_500 + r"\end{matrix}$",
    ],
)
def test_hostile_formulas_take_bounded_time(text):
    start = time.process_time()
    assert render_markdown(text)
    assert time.process_time() - start < 5


def test_an_opening_that_nothing_closes_does_not_hide_a_formula_after_it():
    html = render_markdown("\\[a\nb\n\n\\[\nx = 1\n\\]\n")
    assert html.count("md-formula") == html.count("<math") == 1


def test_a_formula_may_follow_openings_that_something_else_closes():
    assert "<math" in render_markdown("\\[a\n\\[b\n\\] c\n\\[\nx = 1\n\\]\n")
