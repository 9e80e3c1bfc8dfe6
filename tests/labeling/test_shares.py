"""Intervals of shares: numbers in print, limits, and how often they hold the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.statistics.shares import ClusterSums, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "interval"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_wilson_s_intervals_are_those_in_newcombe_s_table(successes, trials, interval):
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    assert wilson(successes, trials) == pytest.approx(interval, abs=5e-5)


def test_nothing_tried_has_no_interval():
    assert wilson(0, 0) is None
    assert ClusterSums().interval() is None
    assert ClusterSums.of_cluster(0, 0) == ClusterSums()


def test_clusters_of_one_trial_are_plain_trials():
    sums = sum([ClusterSums.of_cluster(1, 1)] * 300 + [ClusterSums.of_cluster(0, 1)] * 100, ClusterSums())

    assert sums.design_effect == pytest.approx(1, abs=0.01)
    assert sums.interval() == pytest.approx(wilson(300, 400), abs=1e-3)


def test_full_agreement_counts_clusters_and_not_trials():
    # Ten prompts with three pairs each, all agreed: as ten of ten, which may still be 72 % in truth.
    sums = sum([ClusterSums.of_cluster(3, 3)] * 10, ClusterSums())

    assert sums.interval() == pytest.approx(wilson(10, 10))
    assert sums.interval() == pytest.approx((0.722, 1), abs=1e-3)


def test_a_single_cluster_counts_as_one_trial():
    assert ClusterSums.of_cluster(4, 6).interval() == pytest.approx(wilson(2 / 3, 1))


clusters = st.lists(
    st.integers(0, 9).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials))), max_size=12
)


@given(clusters)
def test_an_interval_holds_its_share_and_stays_between_0_and_1(drawn):
    sums = sum((ClusterSums.of_cluster(*cluster) for cluster in drawn), ClusterSums())

    if sums.trials:
        low, high = sums.interval()
        assert 0 <= low <= sums.share + 1e-12
        assert sums.share - 1e-12 <= high <= 1


@given(clusters)
def test_it_is_the_same_mirrored(drawn):
    sums = sum((ClusterSums.of_cluster(*cluster) for cluster in drawn), ClusterSums())
    turned = sum((ClusterSums.of_cluster(trials - hits, trials) for hits, trials in drawn), ClusterSums())

    if sums.trials:
        low, high = sums.interval()
        assert turned.interval() == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize("truth", [0.5, 0.75, 0.9])
def test_the_interval_holds_the_truth_in_95_of_100_projects(truth):
    """60 prompts with 3, 6 or 18 pairs, whose own agreement varies around the truth (intra-class correlation 0.2)."""
    dice = np.random.default_rng(7)
    projects, held = 1000, 0
    for _ in range(projects):
        trials = dice.choice([3, 6, 18], 60)
        hits = dice.binomial(trials, dice.beta(truth * 4, (1 - truth) * 4, 60))
        columns = (hits, trials, hits * hits, hits * trials, trials * trials)
        low, high = ClusterSums(60, *(int(column.sum()) for column in columns)).interval()
        held += low <= truth <= high

    assert held / projects == pytest.approx(0.95, abs=0.025)
