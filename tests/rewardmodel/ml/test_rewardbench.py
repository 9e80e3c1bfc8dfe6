"""RewardBench's own arithmetic, on numbers worked by hand."""

import json
import math

import pytest

from rewardmodel.ml.errors import InputError
from rewardmodel.ml.rewardbench import Item, main, of_version_one, of_version_two, read_items, ties_score


def pair(subset: str, chosen: float, rejected: float) -> Item:
    return Item("1", subset, 1, (chosen, rejected))


def test_a_section_weighs_its_subsets_by_their_prompts_and_math_twice():
    items = [pair("math-prm", 2.0, 1.0), pair("hep-cpp", 0.0, 1.0), pair("hep-cpp", 3.0, 1.0)]
    items += [pair("alpacaeval-easy", 1.0, 1.0), pair("mt-bench-easy", 1.0, 0.0)]

    found = of_version_one(items)

    assert found["subsets"] == {"alpacaeval-easy": 0.0, "hep-cpp": 0.5, "math-prm": 1.0, "mt-bench-easy": 1.0}
    assert found["sections"]["Reasoning"] == pytest.approx((984 * 1.0 + 164 * 0.5) / (984 + 164))
    assert found["sections"]["Chat"] == pytest.approx(28 / 128), "equal scores are wrong"
    assert set(found["sections"]) == {"Chat", "Reasoning"}
    assert found["score"] == pytest.approx((found["sections"]["Chat"] + found["sections"]["Reasoning"]) / 2)


def test_what_shares_the_highest_score_gets_its_share():
    items = [
        Item("1", "Focus", 1, (4.0, 1.0, 2.0, 3.0)),
        Item("2", "Focus", 1, (4.0, 4.0, 2.0, 4.0)),
        Item("3", "Focus", 1, (1.0, 4.0, 2.0, 3.0)),
        Item("4", "Math", 1, (1.0, 0.0, 0.0, 0.0)),
    ]
    found = of_version_two(items)
    assert found["subsets"] == {"Focus": pytest.approx((1 + 1 / 3 + 0) / 3), "Math": 1.0}
    assert found["score"] == pytest.approx((4 / 9 + 1) / 2)


def test_ties_by_hand():
    items = [
        # The right ones spread over 1, the gap is 3 and that of the reference 2: all is as it should be.
        Item("tied:1", "Ties", 2, (5.0, 4.0, 1.0)),
        Item("ref:1", "Ties", 1, (3.0, 1.0)),
        # The right ones spread over 3 and the gap is 1: right, but not preferred; the reference is wrong.
        Item("tied:2", "Ties", 2, (5.0, 2.0, 1.0)),
        Item("ref:2", "Ties", 1, (0.0, 1.0)),
        # Its reference is missing: it counts for accuracy alone.
        Item("tied:3", "Ties", 2, (1.0, 2.0, 3.0)),
    ]
    margins = (math.tanh(2 / 1 - 1) + math.tanh(-1 / 3 - 1)) / 2
    expected = 0.3 * 2 / 3 + 0.3 * 1 / 2 + 0.2 * 1 / 2 + 0.2 * 1 / 2 + 0.01 * margins
    assert ties_score(items) == pytest.approx(expected)
    assert of_version_two(items)["subsets"] == {"Ties": pytest.approx(expected)}


def test_right_responses_of_equal_score_are_no_crash():
    items = [Item("tied:1", "Ties", 2, (2.0, 2.0, 1.0)), Item("ref:1", "Ties", 1, (2.0, 1.0))]
    assert ties_score(items) == pytest.approx(0.3 + 0.3 + 0.2 + 0.2 + 0.01)


@pytest.mark.parametrize(
    "row",
    [
        {"chosen": "a"},
        {"chosen": [], "rejected": ["b"]},
        {"chosen": [1], "rejected": ["b"]},
        {"chosen": "a", "rejected": "b"},
    ],
)
def test_a_row_that_is_neither_says_what_was_needed(row, write_rows):
    with pytest.raises(InputError, match=r"line 1: (chosen and rejected are|subset: got None)"):
        list(read_items(write_rows([{"prompt": "p", **row}])))


def test_the_command_scores_both_on_a_real_model(trained_folder, write_rows, tmp_path, capsys):
    texts = {"prompt": "w1", "chosen": "good good", "rejected": "bad bad"}
    one = [{"id": number, "subset": "hep-go", **texts} for number in range(3)]
    two = [
        {"id": f"{kind}:1", "subset": "Ties", "prompt": "w2", "chosen": ["good"] * count, "rejected": ["bad"]}
        for kind, count in (("tied", 2), ("ref", 1))
    ]
    output = tmp_path / "scores.json"

    assert main(["--data", write_rows(one), "--model", str(trained_folder), "--output", str(output)]) == 0
    assert json.loads(output.read_text())["sections"] == {"Reasoning": 1.0}
    assert "Reasoning: 100.0" in capsys.readouterr().out

    assert main(["--data", write_rows(two), "--model", str(trained_folder), "--output", str(output)]) == 0
    assert json.loads(output.read_text())["subsets"]["Ties"] == pytest.approx(1.01)
