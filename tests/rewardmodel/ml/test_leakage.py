"""Texts of training that stand in a held-out split are found; others are not."""

import random

import pytest

from rewardmodel.ml.groups import Message, RankingGroup
from rewardmodel.ml.leakage import LeakageReport

DRAW = random.Random(0)
WORDS = [f"word{number}" for number in range(2000)]


def text(words: int = 60) -> str:
    return " ".join(DRAW.choices(WORDS, k=words))


def group(id: str, split: str, prompt: str, *responses: str) -> RankingGroup:
    return RankingGroup(id, id, (Message(role="user", content=prompt),), responses or (text(), text()), (), split)


def result(*groups: RankingGroup) -> dict:
    report = LeakageReport()
    assert list(report.watch(groups)) == list(groups)
    return report.result()


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_prompt_in_other_letters_and_spaces_is_found_whichever_came_first(order):
    prompt = text()
    groups = [group("a", "train", prompt), group("b", "test", prompt.upper().replace(" ", "\n\n"))]
    found = result(*groups[::order])
    assert found["test"]["same_prompt"] == {"groups": 1, "examples": ["b"]}
    assert found["test"]["near_prompt"]["groups"] == 0
    assert found["validation"]["same_prompt"]["groups"] == 0


def test_a_response_that_differs_in_a_word_is_near():
    words = text(80).split()
    changed = " ".join([*words[:40], "other", *words[41:]])
    found = result(
        group("a", "train", text(), " ".join(words), text()), group("b", "validation", text(), text(), changed)
    )
    assert found["validation"]["near_response"] == {"groups": 1, "examples": ["b"]}
    assert found["validation"]["same_response"]["groups"] == 0


def test_a_prompt_is_not_looked_for_among_responses():
    shared = text()
    found = result(group("a", "train", shared), group("b", "test", text(), shared, text()))
    assert all(kind["groups"] == 0 for kind in found["test"].values())


def test_texts_that_have_nothing_in_common_are_not_near():
    groups = [group(f"t{number}", "train", text()) for number in range(200)]
    found = result(*groups, *(group(f"h{number}", "test", text()) for number in range(200)))
    assert all(kind["groups"] == 0 for kind in found["test"].values())


def test_short_texts_are_only_the_same_or_not():
    found = result(
        group("a", "train", text(), "Thank you very much.", text()),
        group("b", "test", text(), "Thank you so much.", text()),
    )
    assert found["test"]["near_response"]["groups"] == 0
