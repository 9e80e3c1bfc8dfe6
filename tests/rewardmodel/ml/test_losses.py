import math

import torch

from rewardmodel.ml.groups import Ranking, compare
from rewardmodel.ml.losses import Pairs, bradley_terry_loss


def pairs_of(*rankings: Ranking) -> tuple[Pairs, int]:
    compared = compare(rankings)
    better, worse, weight = (torch.from_numpy(array) for array in (compared.better, compared.worse, compared.weight))
    return Pairs(better.long(), worse.long(), weight), compared.rankings


def test_the_loss_of_one_pair_is_worked_by_hand():
    # -log sigmoid(2 - 1) = log(1 + e^-1) = 0.3132617
    pairs, rankings = pairs_of(Ranking(((0,), (1,))))

    loss = bradley_terry_loss(torch.tensor([2.0, 1.0]), pairs, rankings)

    assert math.isclose(loss.item(), 0.3132617, abs_tol=1e-6)


def test_the_loss_of_a_full_ranking_is_the_mean_over_its_pairs():
    # Rewards 1, 0, -1 in the order of the ranking: margins 1, 2, 1.
    pairs, rankings = pairs_of(Ranking(((0,), (1,), (2,))))
    by_hand = (2 * math.log1p(math.exp(-1)) + math.log1p(math.exp(-2))) / 3

    loss = bradley_terry_loss(torch.tensor([1.0, 0.0, -1.0]), pairs, rankings)

    assert math.isclose(loss.item(), by_hand, abs_tol=1e-6)


def test_the_loss_equals_a_loop_over_all_pairs_of_all_rankings():
    rankings = (
        Ranking(((3,), (0, 1), (2,)), weight=0.5),
        Ranking(((1,), (2,)), weight=2.0),
        Ranking(((0, 1, 2, 3),)),  # all tied: no pair, and not counted
    )
    rewards = torch.randn(4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    total = 0.0
    for ranking in rankings[:2]:
        place = {r: number for number, tier in enumerate(ranking.tiers) for r in tier}
        strict = [(i, j) for i in place for j in place if place[i] < place[j]]
        for i, j in strict:
            margin = (rewards[i] - rewards[j]).item()
            total += ranking.weight / len(strict) * math.log1p(math.exp(-margin))

    pairs, counted = pairs_of(*rankings)
    loss = bradley_terry_loss(rewards, pairs, counted)

    assert counted == 2
    assert math.isclose(loss.item(), total / 2, rel_tol=1e-6)


def test_huge_margins_neither_overflow_nor_vanish():
    pairs, rankings = pairs_of(Ranking(((0,), (1,))))
    rewards = torch.tensor([-1000.0, 1000.0], requires_grad=True)

    loss = bradley_terry_loss(rewards, pairs, rankings)
    loss.backward()

    assert loss.item() == 2000.0
    assert rewards.grad is not None
    assert rewards.grad.tolist() == [-1.0, 1.0]


def test_a_shift_of_all_rewards_changes_nothing():
    pairs, rankings = pairs_of(Ranking(((2,), (0,), (1,))))
    rewards = torch.tensor([0.25, -1.5, 2.0])

    assert torch.allclose(
        bradley_terry_loss(rewards, pairs, rankings),
        bradley_terry_loss(rewards + 8, pairs, rankings),
        atol=1e-6,
    )
