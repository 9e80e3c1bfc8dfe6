import math

import numpy as np

from rewardmodel.ml.evaluation import PairOutcomes, bootstrap_interval, summarise, win_share
from rewardmodel.ml.rewards import outcomes


def measured(margin: list[float], longer: list[int], prompt: list[int]) -> PairOutcomes:
    return PairOutcomes(np.array(margin, np.float64), np.array(longer), np.array(prompt))


def test_the_figures_are_worked_by_hand():
    metrics = summarise(measured([1.0, -1.0, 0.0, 2.0], [5, -3, 0, 0], [0, 0, 1, 2]))

    assert metrics is not None
    assert metrics["accuracy"] == (1 + 0 + 0.5 + 1) / 4
    assert metrics["length_baseline_accuracy"] == (1 + 0 + 0.5 + 0.5) / 4
    by_hand = (math.log1p(math.exp(-1)) + math.log1p(math.exp(1)) + math.log(2)) / 4
    assert math.isclose(metrics["log_loss"], by_hand + math.log1p(math.exp(-2)) / 4)
    assert (metrics["pairs"], metrics["prompts"]) == (4, 3)


def test_a_collapsed_model_is_right_in_one_half():
    metrics = summarise(measured([0.0] * 6, [1] * 6, [0, 0, 1, 1, 2, 2]))

    assert metrics is not None
    assert metrics["accuracy"] == 0.5
    assert metrics["accuracy_interval"] == [0.5, 0.5]


def test_a_split_without_pairs_has_no_figures():
    assert summarise(outcomes([], [])) is None


def test_a_nan_is_never_right():
    assert win_share(np.array([math.nan])).tolist() == [0.0]


def test_the_interval_of_independent_prompts_is_that_of_the_binomial():
    right = np.array([1.0] * 300 + [0.0] * 100)

    low, high = bootstrap_interval(right, np.arange(400))

    half = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert abs(low - (0.75 - half)) < 0.01
    assert abs(high - (0.75 + half)) < 0.01


def test_pairs_of_one_prompt_do_not_narrow_the_interval():
    right, prompt = np.repeat([1.0, 1.0, 1.0, 0.0] * 10, 6), np.repeat(np.arange(40), 6)

    whole = bootstrap_interval(right, prompt)
    single = bootstrap_interval(right[::6], np.arange(40))
    apart = bootstrap_interval(right, np.arange(240))

    assert np.allclose(whole, single)
    assert apart[1] - apart[0] < 0.6 * (whole[1] - whole[0])


def test_the_interval_is_the_same_every_time():
    right = np.random.default_rng(1).integers(2, size=90).astype(float)

    assert bootstrap_interval(right, np.arange(90)) == bootstrap_interval(right, np.arange(90))
