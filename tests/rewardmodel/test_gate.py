"""The gate's checks, on comparisons made by hand: what it lets through, what it refuses, and in which words."""

from copy import deepcopy

import pytest

from rewardmodel.gate import Bounds, judge
from rewardmodel.models import GateVerdict
from rewardmodel.verdicts import headline, sentence, sentences, signed


def gain(difference: float, low: float, high: float, pairs: int = 100) -> dict:
    return {
        "accuracy": {"champion": 0.7, "challenger": 0.7 + difference},
        "difference": difference,
        "difference_interval": [low, high],
        "pairs": pairs,
    }


BETTER = {
    "prompts": 80,
    **gain(0.03, 0.01, 0.05),
    "ece": {"champion": 0.03, "challenger": 0.04},
    "length_correlation": {"champion": 0.2, "challenger": -0.3},
    "seconds_per_response": {"champion": 0.010, "challenger": 0.012},
    "slices": {"model": {"gpt": gain(0.01, -0.02, 0.04)}, "label": {"topic: refusals": gain(0.0, -0.04, 0.04)}},
}


def verdict_on(**changes) -> GateVerdict:
    checks = judge(deepcopy({**BETTER, **changes}), Bounds())
    found = [{"name": check.name, "passed": check.passed, "figures": check.figures} for check in checks]
    return GateVerdict(passed=all(check.passed for check in checks), checks=found)


def failed(**changes) -> list[str]:
    return [check["name"] for check in verdict_on(**changes).checks if not check["passed"]]


def test_a_better_model_passes_and_the_verdict_says_by_how_much():
    verdict = verdict_on()
    assert verdict.passed
    assert headline(verdict) == "Passed: +3.0 points, 95 % interval +1.0 … +5.0; not below −2"


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"prompts": 49}, "enough_prompts"),
        (gain(0.01, -0.02, 0.04), "not_worse"),
        ({"slices": {"label": {"topic: refusals": gain(-0.031, -0.06, -0.001)}}}, "no_slice_worse"),
        ({"ece": {"champion": 0.03, "challenger": 0.11}}, "calibrated"),
        ({"length_correlation": {"champion": 0.2, "challenger": -0.61}}, "not_by_length"),
        ({"seconds_per_response": {"champion": 0.01, "challenger": 0.021}}, "fast_enough"),
    ],
)
def test_each_bound_refuses_what_is_beyond_it(changes, check):
    assert failed(**changes) == [check]


@pytest.mark.parametrize(
    "changes",
    [
        {"prompts": 50},
        gain(-0.01, -0.0199, 0.0),
        # Chance could have done it, or it is too little to matter.
        {"slices": {"label": {"topic: refusals": gain(-0.2, -0.5, 0.001)}}},
        {"slices": {"label": {"topic: refusals": gain(-0.029, -0.04, -0.01)}}},
        # No worse than what serves already.
        {"ece": {"champion": 0.2, "challenger": 0.21}},
        {"length_correlation": {"champion": 0.9, "challenger": 0.93}},
        {"length_correlation": {"champion": None, "challenger": None}},
    ],
)
def test_what_is_within_passes(changes):
    assert failed(**changes) == []


def test_a_slice_that_suffers_is_named_with_its_interval():
    slices = {"label": {"topic: refusals": gain(-0.058, -0.091, -0.026)}, "model": {"gpt": gain(-0.04, -0.05, -0.03)}}
    words = headline(verdict_on(slices=slices))
    assert words == (
        "Not passed: −5.8 points on “topic: refusals”, 95 % interval −9.1 … −2.6; "
        "−4.0 points on “model: gpt”, 95 % interval −5.0 … −3.0"
    )


def test_without_a_test_prompt_that_is_all_there_is_to_say():
    checks = judge({"prompts": 0}, Bounds())
    assert [check.name for check in checks] == ["enough_prompts"]
    assert sentence({"name": checks[0].name, "figures": checks[0].figures}) == (
        "0 test prompts; at least 50 are needed"
    )


def test_every_check_has_words():
    assert len(list(sentences(verdict_on()))) == 6
    reason = {"name": "measured", "figures": {"reason": "no space"}}
    assert sentence(reason) == "the two models could not be compared: no space"


def test_points_carry_their_sign():
    assert [signed(points) for points in (1.84, -3.06, 0.04, -0.04)] == ["+1.8", "−3.1", "0.0", "0.0"]
