"""A crowd whose members are known: rankings by people who follow the truth as often as they are attentive."""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

Rankings = list[tuple[str, list[list[str]]]]


def simulate_crowd(
    attentive: Mapping[str, float], *, prompts: int, responses: int, each: int, seed: int = 1, sd: float = 2.0
) -> tuple[list[Rankings], list[dict[str, float]]]:
    """Rankings of each prompt by `each` of the people, and the true scores of its responses.

    attentive: of each name, how often they rank by the truth with logistic noise; otherwise they rank at random. What
    falls closer together than 0.3 is tied.
    """
    draw = np.random.default_rng(seed)
    names, letters = list(attentive), [f"r{number}" for number in range(responses)]
    all_rankings, truth = [], []
    for _ in range(prompts):
        scores = draw.normal(0, sd, responses)
        rankings: Rankings = []
        for person in draw.choice(len(names), each, replace=False):
            seen = scores * (draw.random() < attentive[names[person]]) + draw.gumbel(size=responses)
            order = np.argsort(-seen)
            tiers = [[letters[order[0]]]]
            for above, below in pairwise(order):
                if seen[above] - seen[below] >= 0.3:
                    tiers.append([])
                tiers[-1].append(letters[below])
            rankings.append((names[person], tiers))
        all_rankings.append(rankings)
        truth.append(dict(zip(letters, scores.tolist(), strict=True)))
    return all_rankings, truth
