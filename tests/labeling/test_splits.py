"""A prompt's split follows from its text alone."""

import hashlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.splits import assign_split, fold, split_key

# What is published stays as it was dealt, so these are written down.
KNOWN = [
    ("c", "test"),
    ("how do i bake bread?", "train"),
    ("may i return it?", "validation"),
]


def user(content: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": content}]


@given(st.text(), st.text())
def test_the_split_is_the_last_digit_of_the_hash(salt, key):
    # Lone surrogates cannot be encoded, and never get past the import.
    salt, key = (text.encode("utf-8", "replace").decode() for text in (salt, key))
    digit = hashlib.sha256(f"{salt}\n{key}".encode()).hexdigest()

    expected = {8: "validation", 9: "test"}.get(int(digit, 16) % 10, "train")
    assert assign_split(salt=salt, key=key) == expected
    assert assign_split(salt=salt, key=key) == expected


@pytest.mark.parametrize(("key", "split"), KNOWN)
def test_a_known_prompt_stays_in_its_split(key, split):
    assert assign_split(salt="podium", key=key) == split


def test_the_shares_are_about_80_10_10():
    splits = [assign_split(salt="podium", key=f"prompt {number}") for number in range(20_000)]

    assert splits.count("train") / 20_000 == pytest.approx(0.8, abs=0.015)
    assert splits.count("validation") / 20_000 == pytest.approx(0.1, abs=0.01)
    assert splits.count("test") / 20_000 == pytest.approx(0.1, abs=0.01)


def test_another_salt_deals_anew():
    keys = [f"prompt {number}" for number in range(200)]

    assert [assign_split(salt="a", key=key) for key in keys] != [assign_split(salt="b", key=key) for key in keys]


@pytest.mark.parametrize(
    "copy",
    ["what is ①?", "WHAT IS 1?", "  What\n\tis\u00a0 1? ", "Ｗｈａｔ is 1？", "what is 1?"],
)
def test_copies_with_other_capitals_spaces_or_compatibility_forms_share_a_key(copy):
    assert split_key(user(copy)) == "what is 1?"


def test_letters_without_a_lower_case_of_their_own_are_folded_too():
    assert split_key(user("Die Straße")) == split_key(user("DIE STRASSE"))


def test_digits_and_punctuation_stay():
    assert len({split_key(user(text)) for text in ("Rule 1.", "Rule 2.", "Rule 1!")}) == 3


@given(st.text())
def test_folding_twice_is_folding_once_for_what_nfkc_leaves_alone(text):
    plain = unicodedata.normalize("NFKC", text.casefold()).casefold()
    once = fold(plain)

    assert "  " not in once
    assert once == once.strip()
    assert fold(f"  {once}\n") == fold(once)


def test_the_first_user_message_decides():
    messages = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "First"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Second"},
    ]

    assert split_key(messages) == "first"


def test_without_a_user_message_the_first_one_decides():
    assert split_key([{"role": "system", "content": "Be kind."}]) == "be kind."
    assert split_key([]) == ""


def test_a_given_key_wins_and_is_folded_too():
    assert split_key(user("What?"), given="  Customer  7 ") == "customer 7"
