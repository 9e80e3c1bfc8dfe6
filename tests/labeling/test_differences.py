"""What two texts have in common, worked by hand and then for any texts."""

import time

import pytest
from django.template import Context, Template
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.differences import compare, sentences, words


def shown(before: str, after: str) -> tuple[str, str]:
    """Both sides in one line each: what only one of them has stands in brackets."""
    rows = compare(before, after).rows
    sides = ([part for row in rows for part in row.before], [part for row in rows for part in row.after])
    one, other = ("".join(p.text if p.kind == "same" else f"[{p.text}]" for p in parts) for parts in sides)
    return one, other


def test_one_word_of_a_sentence_is_marked():
    assert shown("It slept well on the mat.", "It slept badly on the mat.") == (
        "It slept [well] on the mat.",
        "It slept [badly] on the mat.",
    )


def test_a_sentence_that_only_one_text_has_is_marked_as_a_whole():
    assert shown("Hello. How are you? Bye.", "Hello. Bye.") == ("Hello. [How are you? ]Bye.", "Hello. Bye.")


def test_sentences_that_share_a_common_word_or_two_are_not_shredded():
    before, after = "The bread is in the oven.", "The train left at nine."
    assert shown(before, after) == (f"[{before}]", f"[{after}]")


def test_each_changed_sentence_is_compared_with_the_one_it_resembles():
    assert shown("Bake it for an hour at 200 degrees.", "Wash your hands. Bake it for an hour at 180 degrees.") == (
        "Bake it for an hour at [200] degrees.",
        "[Wash your hands. ]Bake it for an hour at [180] degrees.",
    )


def test_a_chinese_sentence_differs_by_characters():
    assert shown("我喜欢猫。你好吗？", "我喜欢狗。你好吗？") == ("我喜欢[猫]。你好吗？", "我喜欢[狗]。你好吗？")


def test_chinese_sentences_end_without_a_space():
    assert sentences("今天很好。她问：“去吗？”我说不。") == ["今天很好。", "她问：“去吗？”", "我说不。"]


def test_the_number_of_an_item_belongs_to_its_sentence():
    assert sentences("Steps:\n\n1. Wash it. Dry it.\n2. Wax it.\n") == [
        "Steps:\n\n",
        "1. Wash it. ",
        "Dry it.\n",
        "2. Wax it.\n",
    ]


def test_line_ends_and_indentation_are_kept():
    before, after = "def f():\n    return 1\n", "def f():\n    return 2\n"
    assert shown(before, after) == ("def f():\n    return [1]\n", "def f():\n    return [2]\n")


def test_a_mark_stays_with_the_letter_below_it():
    assert words("cafe\u0301 สวัสดี!") == ["cafe\u0301", " ", "สวัสดี", "!"]


def test_what_is_the_same_stands_at_the_same_height():
    rows = compare("One.\nTwo.\nThree.\n", "Zero.\nOne.\nThree.\n").rows
    assert [("".join(p.text for p in row.before), "".join(p.text for p in row.after)) for row in rows] == [
        ("", "Zero.\n"),
        ("One.\n", "One.\n"),
        ("Two.\n", ""),
        ("Three.\n", "Three.\n"),
    ]


def test_equal_texts_have_no_difference():
    assert not compare("The same.\nText.", "The same.\nText.").changed
    assert not compare("", "").changed


PIECES = st.sampled_from(
    ["a", "b", "The cat sat. ", "The dog sat. ", "\n", "\n\n", " ", "。", "猫", "!", "é", "\u0301", "..."]
)
TEXTS = st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60)


@given(TEXTS, TEXTS)
@settings(max_examples=300, deadline=None)
def test_the_parts_of_each_side_are_its_text(before, after):
    rows = compare(before, after).rows
    assert "".join(part.text for row in rows for part in row.before) == before
    assert "".join(part.text for row in rows for part in row.after) == after
    assert {part.kind for row in rows for part in row.before} <= {"same", "removed"}
    assert {part.kind for row in rows for part in row.after} <= {"same", "added"}
    assert same(row.before for row in rows) == same(row.after for row in rows)


def same(sides):
    return "".join(part.text for side in sides for part in side if part.kind == "same")


@given(TEXTS)
@settings(deadline=None)
def test_a_text_does_not_differ_from_itself(text):
    assert not compare(text, text).changed


LONG = 200_000
PROSE = " ".join(f"Sentence {number} says something of its own here." for number in range(4_000))


def many_words(name: str) -> str:
    """860 sentences of 80 words, none twice: few pairs for so long a text, but each of them is dear."""
    return "".join(" ".join(f"{name}{80 * line + word:x}" for word in range(80)) + "\n" for line in range(860))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PROSE, PROSE.replace("something", "nothing")),
        ("x" * LONG, "x" * (LONG - 1) + "y"),
        ("x " * (LONG // 2), "y " * (LONG // 2)),
        ("ab " * (LONG // 3), "ba " * (LONG // 3)),
        ("a\n" * (LONG // 2), "a\nb\n" * (LONG // 4)),
        ("." * LONG, ". " * (LONG // 2)),
        ("中" * (LONG // 2), "文中" * (LONG // 4)),
        ("\n" * LONG, " " * LONG),
        (many_words("a"), many_words("b")),
    ],
)
def test_long_texts_take_bounded_time(before, after):
    start = time.process_time()
    difference = compare(before, after)
    assert time.process_time() - start < 5
    assert difference.changed


def test_texts_too_long_for_words_say_in_what_they_were_compared():
    assert compare(PROSE, PROSE.replace("Sentence", "It")).unit == "sentences"
    assert compare(many_words("a"), many_words("b")).unit == "sentences"
    assert compare("a b. " * 40_000, "b. a b. " * 24_000).unit == "lines"
    assert compare("a\n" * 5_000, "b\na\n" * 5_000).unit == "texts"


def test_the_tag_escapes_both_texts_and_marks_by_more_than_colour():
    template = Template("{% load differences %}{% difference before after %}")
    html = template.render(Context({"before": "<b>old</b> one two", "after": "<b>new</b> one two \u202e"}))
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "<del>" in html
    assert "<ins>" in html
    assert "U+202E" in html


def test_fifty_kilobytes_of_prose_are_compared_in_words():
    prose = "".join(
        f"Sentence {number} says in some fifteen words something of its own that no other says here. "
        for number in range(560)
    )
    assert compare(prose, prose.replace("something", "nothing")).unit == "words"
