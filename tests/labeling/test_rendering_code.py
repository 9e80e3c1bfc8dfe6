"""Code in a fence has its words in colours, and is the same code."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.rendering import render_markdown
from labeling.rendering.code import LANGUAGES, LONGEST, highlight
from tests.labeling.inert import Elements, assert_inert


def test_the_fence_names_the_language():
    html = render_markdown("```python\nreturn 'x'  # why\n```")
    assert '<span class="md-keyword">return</span>' in html
    assert "<span class=\"md-string\">'x'</span>" in html
    assert '<span class="md-comment"># why</span>' in html


@pytest.mark.parametrize("info", ["", "brainfuck", "no-such-language"])
def test_other_fences_stay_plain(info):
    assert "<span" not in render_markdown(f"```{info}\nreturn 'x'\n```")


def test_what_stands_behind_the_fence_is_shown():
    assert "python title=obey me" in Elements(render_markdown("```python title=obey me\nx\n```")).text


def test_a_large_fence_stays_plain():
    assert "<span" not in render_markdown("```python\n" + "x = 1\n" * (LONGEST // 6 + 1) + "```")


def test_code_is_read_from_left_to_right_in_any_text():
    assert '<pre dir="ltr">' in render_markdown("```\n# \u0645\u0631\u062d\u0628\u0627\n```")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_language_that_is_offered_has_a_lexer(language):
    assert Elements(highlight("x = 1\n", language, seconds=1)).text == "x = 1\n"


SIGNS = st.text("ab01 \n\t\"'`/*#<>{}()[]\\=;:&%$@!-+.", max_size=80)


@given(SIGNS, st.sampled_from(sorted(LANGUAGES)))
@settings(max_examples=300, deadline=None)
def test_highlighting_changes_no_sign(code, language):
    html = highlight(code, language, seconds=1)
    assert Elements(html).text == code
    assert_inert(html)


@pytest.mark.parametrize(
    ("language", "unit"),
    [("c", "\n"), ("java", "\n"), ("typescript", "a."), ("scala", "<"), ("diff", "-"), ("cpp", "//"), ("html", "<a ")],
)
def test_hostile_code_is_coloured_only_as_far_as_time_allows(language, unit):
    code = (unit * LONGEST)[:LONGEST]
    start = time.thread_time()
    html = highlight(code, language, seconds=0.2)
    assert time.thread_time() - start < 2
    assert Elements(html).text == code


def test_many_hostile_fences_share_the_time_of_one():
    start = time.thread_time()
    assert render_markdown(("```c\n" + "//" * 4_000 + "\n```\n") * 30)
    assert time.thread_time() - start < 4
