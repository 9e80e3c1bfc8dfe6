"""Shares with honest intervals: Wilson's, and the same for trials that hang together in clusters. Pure."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

Interval = tuple[float, float]


def wilson(successes: float, trials: float, confidence: float = 0.95) -> Interval | None:
    """The score interval of a share, within [0, 1]; None without trials.

    Wilson (1927), in Newcombe's form (1998, method 3). It stays open at 0 and 1: 20 of 20 may still be 84 % in truth.
    Both numbers may be fractions, as effective sample sizes are.
    """
    return _score_interval(successes / trials, trials, _normal(confidence)) if trials > 0 else None


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """Hits out of trials that come in clusters, as sums that add up.

    clusters: those with a trial.  With h hits of n trials in a cluster: hits, trials, hits_squared, hits_times_trials
    and trials_squared are the sums of h, n, h², hn and n² over all clusters.
    """

    clusters: int = 0
    hits: int = 0
    trials: int = 0
    hits_squared: int = 0
    hits_times_trials: int = 0
    trials_squared: int = 0

    @classmethod
    def of_cluster(cls, hits: int, trials: int) -> "ClusterSums":
        return cls(int(trials > 0), hits, trials, hits * hits, hits * trials, trials * trials)

    def __add__(self, other: "ClusterSums") -> "ClusterSums":
        return ClusterSums(
            self.clusters + other.clusters,
            self.hits + other.hits,
            self.trials + other.trials,
            self.hits_squared + other.hits_squared,
            self.hits_times_trials + other.hits_times_trials,
            self.trials_squared + other.trials_squared,
        )

    @property
    def share(self) -> float | None:
        """From 0 to 1; None while there is no trial."""
        return self.hits / self.trials if self.trials else None

    @property
    def design_effect(self) -> float:
        """How many trials tell as much as one independent trial would, at least 1 (Kish 1965).

        The variance of a ratio estimated from clusters, sum of (h - share x n)² / (sum of n)² x G / (G - 1) (Cochran
        1977, section 6.3), over share x (1 - share) / trials. Where that is 0 / 0, with one cluster or a share of 0 or
        1, the trials of a cluster are taken to be copies of each other, which is the worst that they can be.
        """
        if not self.trials:
            return 1.0
        if self._effect_is_unknown:
            return self.trials_squared / self.trials
        share = self.hits / self.trials
        squares = self.hits_squared - 2 * share * self.hits_times_trials + share * share * self.trials_squared
        variance = squares / self.trials**2 * self.clusters / (self.clusters - 1)
        return max(1.0, variance * self.trials / (share * (1 - share)))

    def interval(self, confidence: float = 0.95) -> Interval | None:
        """Of the share, clusters being the independent part; within [0, 1]; None without trials.

        Wilson's form on trials / design effect, with Student's t for the normal quantile because the design effect is
        itself estimated from the clusters (Korn & Graubard 1998; compared by Franco et al. 2019).
        """
        if not self.trials:
            return None
        critical = _normal(confidence)
        if not self._effect_is_unknown:
            critical = _student(critical, self.clusters - 1)
        return _score_interval(self.hits / self.trials, self.trials / self.design_effect, critical)

    @property
    def _effect_is_unknown(self) -> bool:
        return self.clusters < 2 or self.hits in (0, self.trials)


def _score_interval(share: float, trials: float, critical: float) -> Interval:
    square = critical * critical
    middle = share + square / (2 * trials)
    half = critical * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    low, high = (middle - half) / (1 + square / trials), (middle + half) / (1 + square / trials)
    return max(0.0, low), min(1.0, high)


def _normal(confidence: float) -> float:
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def _student(z: float, freedom: int) -> float:
    """Student's quantile for the normal one, `z` (Abramowitz & Stegun 26.7.5); too low below 3 degrees of freedom."""
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + (first + (second + (third + fourth / freedom) / freedom) / freedom) / freedom
