"""How much one more ranking of a prompt would teach a reward model. Pure."""

from collections.abc import Sequence
from itertools import combinations
from math import exp, log2


def informativeness(rewards: Sequence[float], rankings: Sequence[Sequence[Sequence[int]]]) -> float:
    """From 0 (the model is certain, and right) to 1.

    rewards: one a response.  rankings: of the same responses by their places, tiers best first.

    The larger of two things: how unsure the model is, the mean entropy in bits of its Bradley-Terry preferences
    (uncertainty sampling, Lewis & Gale 1994), and how far it contradicts the annotators, the mean probability that it
    gives to the opposite of what they preferred. Without a strict preference only the first.
    """
    preferences = [_preference(one - other) for one, other in combinations(rewards, 2)]
    unsure = sum(map(_entropy, preferences)) / len(preferences) if preferences else 0.0
    against = [
        _preference(rewards[worse] - rewards[better])
        for tiers in rankings
        for above, below in combinations(tiers, 2)
        for better in above
        for worse in below
    ]
    return max(unsure, sum(against) / len(against) if against else 0.0)


def _preference(difference: float) -> float:
    """The probability that a response whose reward is higher by so much is preferred."""
    return 1 / (1 + exp(-difference)) if difference > 0 else 1 - 1 / (1 + exp(min(difference, 700.0)))


def _entropy(probability: float) -> float:
    return -sum(p * log2(p) for p in (probability, 1 - probability) if p > 0)
