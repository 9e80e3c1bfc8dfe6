"""A shift in what is measured is told from chance."""

import random

import pytest

from rewardmodel.drift import LARGE_SHIFT, population_stability_index, scores_drifted


def normal(mean: float, count: int = 2000, seed: int = 1) -> list[float]:
    draw = random.Random(seed)
    return [draw.gauss(mean, 1) for _ in range(count)]


def test_the_index_of_a_shifted_normal_is_the_square_of_the_shift():
    # Of two normals of one variance the symmetric divergence is the squared distance of their means; bins lose some.
    assert population_stability_index(normal(0), normal(1, seed=2)) == pytest.approx(1, abs=0.2)


def test_the_same_distribution_is_no_drift():
    assert population_stability_index(normal(0), normal(0, seed=2)) < 0.02
    assert not scores_drifted(normal(0), normal(0, seed=2))


def test_a_shift_is_one():
    assert population_stability_index(normal(0), normal(0.8, seed=2)) > LARGE_SHIFT
    assert scores_drifted(normal(0), normal(0.8, seed=2))


def test_a_handful_of_scores_tells_nothing():
    assert not scores_drifted(normal(0), normal(3, count=50))


def test_equal_scores_do_not_divide_by_zero():
    assert not scores_drifted([0.5] * 300, [0.5] * 300)
    assert scores_drifted([0.5] * 300, [0.9] * 300)


def test_an_empty_sample_is_refused():
    with pytest.raises(ValueError, match="got 0 and 1 values"):
        population_stability_index([], [1.0])
