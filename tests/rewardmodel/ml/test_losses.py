"""Losses: numbers worked by hand, gradients against a loop over pairs, and what must not change them."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
import torch
from torch import Tensor

from rewardmodel.ml.config import LOSSES, TrainConfig
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import Ranking, compare
from rewardmodel.ml.losses import BradleyTerry, Davidson, Loss, PlackettLuce, RaoKupper, build_loss, teaches

ABC = Ranking(((0,), (1,), (2,)))
MIXED = (
    Ranking(((3,), (0, 1), (2,)), weight=0.5, annotator="ada"),
    Ranking(((1,), (2,)), weight=2.0, annotator="max"),
    Ranking(((0, 1, 2, 3),), annotator="max"),
)


def group_of(*rankings: Ranking, responses: int = 4) -> EncodedGroup:
    ids = np.zeros(1, np.int32)
    return EncodedGroup(
        id="g",
        prompt_id="g",
        split="train",
        prefix=ids,
        responses=(ids,) * responses,
        second=False,
        characters=np.zeros(responses, np.int32),
        rankings=rankings,
        comparisons=compare(rankings),
        cut_rows=0,
    )


def cost(loss: Loss, rewards: Tensor, *groups: EncodedGroup, parameters: Tensor | None = None) -> Tensor:
    """(G,)"""
    return loss(rewards, loss.collate(groups), loss.initial_parameters() if parameters is None else parameters)


def scores(count: int, seed: int = 0) -> Tensor:
    return torch.randn(count, dtype=torch.float64, generator=torch.Generator().manual_seed(seed), requires_grad=True)


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def test_bradley_terry_of_one_pair():
    # -log sigmoid(2 - 1) = log(1 + e^-1) = 0.3132617
    pair = group_of(Ranking(((0,), (1,))), responses=2)
    assert cost(BradleyTerry(), torch.tensor([2.0, 1.0]), pair).item() == pytest.approx(0.3132617, abs=1e-6)


def test_bradley_terry_of_a_full_ranking_is_the_mean_over_its_pairs():
    # Rewards 1, 0, -1 in the order of the ranking: differences 1, 2, 1.
    by_hand = (2 * math.log1p(math.exp(-1)) + math.log1p(math.exp(-2))) / 3
    found = cost(BradleyTerry(), torch.tensor([1.0, 0.0, -1.0]), group_of(ABC, responses=3))
    assert found.item() == pytest.approx(by_hand, abs=1e-6)


def test_a_margin_has_to_be_exceeded():
    # Tiers apart: 1, 2, 1, each worth half; differences 1, 2, 1 leave 0.5, 1, 0.5.
    by_hand = (2 * math.log1p(math.exp(-0.5)) + math.log1p(math.exp(-1))) / 3
    found = cost(BradleyTerry(margin_scale=0.5), torch.tensor([1.0, 0.0, -1.0]), group_of(ABC, responses=3))
    assert found.item() == pytest.approx(by_hand, abs=1e-6)


def test_the_margin_of_the_data_counts_where_there_is_one():
    pair = group_of(Ranking(((0,), (1,)), margin=3.0), responses=2)
    found = cost(BradleyTerry(margin_scale=1.0), torch.tensor([2.0, 1.0]), pair)
    assert found.item() == pytest.approx(-math.log(sigmoid(1 - 3)), abs=1e-6)


def test_smoothing_mixes_in_the_cost_of_the_other_order():
    pair = group_of(Ranking(((0,), (1,))), responses=2)
    found = cost(BradleyTerry(smoothing=0.1), torch.tensor([2.0, 1.0]), pair)
    assert found.item() == pytest.approx(-0.9 * math.log(sigmoid(1)) - 0.1 * math.log(sigmoid(-1)), abs=1e-6)


def test_centering_adds_the_mean_square_of_each_group():
    first, second = group_of(ABC, responses=3), group_of(Ranking(((0,), (1,))), responses=2)
    rewards = torch.tensor([1.0, 2.0, 3.0, 4.0, 0.0])
    extra = cost(BradleyTerry(centering=0.01), rewards, first, second) - cost(BradleyTerry(), rewards, first, second)
    assert extra.tolist() == pytest.approx([0.01 * 14 / 3, 0.01 * 16 / 2], abs=1e-6)


def test_a_temperature_scales_the_differences_of_its_annotator_alone():
    ada, max = Ranking(((0,), (1,)), annotator="ada"), Ranking(((1,), (0,)), annotator="max")
    loss = BradleyTerry(annotators=["ada", "max"], groups=50)
    learned = torch.tensor([math.log(2.0), 0.0])
    found = cost(loss, torch.tensor([2.0, 1.0]), group_of(ada, max, responses=2), parameters=learned)
    prior = math.log(2.0) ** 2 / (2 * 0.5**2 * 50)
    assert found.item() == pytest.approx(-(math.log(sigmoid(2)) + math.log(sigmoid(-1))) / 2 + prior, abs=1e-6)
    assert loss.describe(learned) == {"temperature:ada": pytest.approx(2.0), "temperature:max": pytest.approx(1.0)}


def test_rao_kupper_by_hand():
    # d = 1, threshold 0.5: win sigmoid(0.5); tie (e - 1) sigmoid(0.5) sigmoid(-1.5).
    win, tie = group_of(Ranking(((0,), (1,))), responses=2), group_of(Ranking(((0, 1),)), responses=2)
    found = cost(RaoKupper(), torch.tensor([2.0, 1.0, 2.0, 1.0], dtype=torch.float64), win, tie)
    by_hand = [-math.log(sigmoid(0.5)), -math.log((math.e - 1) * sigmoid(0.5) * sigmoid(-1.5))]
    assert found.tolist() == pytest.approx(by_hand, abs=1e-6)


def test_davidson_by_hand():
    # d = 2, v = 1: e, 1/e and 1.
    win, tie = group_of(Ranking(((0,), (1,))), responses=2), group_of(Ranking(((0, 1),)), responses=2)
    total = math.e + 1 / math.e + 1
    found = cost(Davidson(), torch.tensor([2.0, 0.0, 2.0, 0.0]), win, tie)
    assert found.tolist() == pytest.approx([-math.log(math.e / total), -math.log(1 / total)], abs=1e-6)


@pytest.mark.parametrize("loss", [RaoKupper(), Davidson()], ids=lambda loss: loss.name)
@pytest.mark.parametrize("difference", [-3.0, 0.0, 0.7, 30.0])
def test_better_worse_and_tied_are_all_that_can_happen(loss, difference):
    ways = [Ranking(((0,), (1,))), Ranking(((1,), (0,))), Ranking(((0, 1),))]
    rewards = torch.tensor([difference, 0.0] * 3, dtype=torch.float64)
    costs = cost(loss, rewards, *(group_of(way, responses=2) for way in ways))
    assert (-costs).exp().sum().item() == pytest.approx(1.0, abs=1e-9)


def test_plackett_luce_by_hand():
    # Rewards 1, 0, -1: first of three, then first of two; the mean of two choices.
    three = -math.log(math.e / (math.e + 1 + 1 / math.e))
    two = -math.log(1 / (1 + 1 / math.e))
    found = cost(PlackettLuce(), torch.tensor([1.0, 0.0, -1.0]), group_of(ABC, responses=3))
    assert found.item() == pytest.approx((three + two) / 2, abs=1e-6)


def test_plackett_luce_of_two_is_bradley_terry():
    pair, rewards = group_of(Ranking(((1,), (0,)), weight=0.7), responses=2), scores(2)
    torch.testing.assert_close(cost(PlackettLuce(), rewards, pair), cost(BradleyTerry(), rewards, pair))


def test_plackett_luce_does_not_compare_the_tied():
    # Two tied above a third: each is chosen from itself and the third.
    rewards = torch.tensor([1.0, 5.0, 0.0])
    by_hand = -(math.log(sigmoid(1)) + math.log(sigmoid(5))) / 2
    found = cost(PlackettLuce(), rewards, group_of(Ranking(((0, 1), (2,))), responses=3))
    assert found.item() == pytest.approx(by_hand, abs=1e-6)


def loop(loss: Loss, rewards: Tensor, group: EncodedGroup) -> Tensor:
    """The pairwise losses as their docstrings state them, one pair after the other."""
    log_sigmoid = torch.nn.functional.logsigmoid
    per_ranking = []
    for ranking in group.rankings:
        tier_of = {response: place for place, tier in enumerate(ranking.tiers) for response in tier}
        costs = []
        for i, j in itertools.combinations(tier_of, 2):
            better, worse = sorted((i, j), key=tier_of.__getitem__)
            d = rewards[better] - rewards[worse]
            tied = tier_of[i] == tier_of[j]
            if tied and not loss.uses_ties:
                continue
            if isinstance(loss, BradleyTerry):
                costs.append(-log_sigmoid(d))
            elif isinstance(loss, Davidson):
                weights = torch.stack([(d / 2).exp(), (-d / 2).exp(), torch.ones_like(d)])
                costs.append(-(weights[2 if tied else 0] / weights.sum()).log())
            else:
                h = 0.5
                tie = (math.exp(2 * h) - 1) * torch.sigmoid(d - h) * torch.sigmoid(-d - h)
                costs.append(-(tie if tied else torch.sigmoid(d - h)).log())
        if costs:
            per_ranking.append(ranking.weight * torch.stack(costs).mean())
    return torch.stack(per_ranking).mean()


@pytest.mark.parametrize("loss", [BradleyTerry(), RaoKupper(), Davidson()], ids=lambda loss: loss.name)
def test_values_and_gradients_are_those_of_a_loop_over_all_pairs(loss):
    groups = [group_of(*MIXED), group_of(Ranking(((2,), (0,), (1, 3)), annotator="ada"))]
    rewards = scores(8)

    found = cost(loss, rewards, *groups)
    expected = torch.stack([loop(loss, rewards[:4], groups[0]), loop(loss, rewards[4:], groups[1])])

    torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(
        torch.autograd.grad(found.sum(), rewards), torch.autograd.grad(expected.sum(), rewards), rtol=1e-6, atol=1e-6
    )


EVERY = [
    BradleyTerry(margin_scale=0.3, smoothing=0.1, centering=0.01, annotators=["ada", "max"], groups=3),
    RaoKupper(annotators=["ada", "max"]),
    Davidson(annotators=["ada", "max"]),
    PlackettLuce(centering=0.1),
]


@pytest.mark.parametrize("loss", EVERY, ids=lambda loss: loss.name)
def test_gradients_are_the_slopes(loss):
    targets = loss.collate([group_of(*MIXED)])
    parameters = (loss.initial_parameters().double() + 0.1).requires_grad_()
    if len(parameters):
        assert torch.autograd.gradcheck(lambda s, p: loss(s, targets, p), (scores(4), parameters))
    else:
        assert torch.autograd.gradcheck(lambda s: loss(s, targets, parameters), (scores(4),))


@pytest.mark.parametrize("loss", [BradleyTerry(), RaoKupper(), Davidson(), PlackettLuce()], ids=lambda loss: loss.name)
class TestEveryLoss:
    def test_huge_differences_neither_overflow_nor_vanish(self, loss):
        rewards = torch.tensor([-1000.0, 1000.0], requires_grad=True)
        found = cost(loss, rewards, group_of(Ranking(((0,), (1,))), responses=2)).sum()
        found.backward()
        assert 999 < found.item() < 2001
        assert rewards.grad.tolist() == pytest.approx([-1.0, 1.0])

    def test_a_shift_of_all_rewards_changes_nothing(self, loss):
        rewards = scores(4)
        torch.testing.assert_close(cost(loss, rewards, group_of(*MIXED)), cost(loss, rewards + 8, group_of(*MIXED)))

    def test_neither_does_another_numbering_of_the_responses(self, loss):
        rewards, order = scores(4), [2, 0, 3, 1]  # response r becomes order[r]
        renamed = [
            dataclasses.replace(ranking, tiers=tuple(tuple(order[r] for r in tier) for tier in ranking.tiers))
            for ranking in MIXED
        ]
        moved = torch.empty_like(rewards)
        moved[order] = rewards
        torch.testing.assert_close(cost(loss, rewards, group_of(*MIXED)), cost(loss, moved, group_of(*renamed)))

    def test_a_batch_is_its_groups(self, loss):
        groups = [group_of(*MIXED), group_of(ABC, responses=3), group_of(Ranking(((1,), (0,))), responses=2)]
        rewards = scores(9)
        together = cost(loss, rewards, *groups)
        alone = [cost(loss, own, group) for own, group in zip(rewards.split([4, 3, 2]), groups, strict=True)]
        torch.testing.assert_close(together, torch.cat(alone))

    def test_two_annotators_weigh_as_much_as_one(self, loss):
        rewards, first, second = scores(3), ABC, Ranking(((2,), (1,), (0,)))
        both = cost(loss, rewards, group_of(first, second, responses=3))
        each = [cost(loss, rewards, group_of(one, responses=3)) for one in (first, second)]
        torch.testing.assert_close(both, (each[0] + each[1]) / 2)

    def test_nine_equal_responses_cost_what_two_do(self, loss):
        nine = group_of(Ranking(tuple((r,) for r in range(9))), responses=9)
        two = group_of(Ranking(((0,), (1,))), responses=2)
        if loss.name != "plackett_luce":  # choosing one of nine is harder than one of two
            torch.testing.assert_close(cost(loss, torch.zeros(9), nine), cost(loss, torch.zeros(2), two))

    def test_what_says_nothing_costs_nothing(self, loss):
        silent = group_of(Ranking(((0,),)), responses=2)
        assert cost(loss, torch.tensor([1.0, 2.0]), silent).item() == 0.0
        assert not teaches(silent.comparisons, loss.name)


@pytest.mark.parametrize(("loss", "learns"), [("bradley_terry", False), ("rao_kupper", True), ("davidson", True)])
def test_ties_alone_teach_those_that_know_of_ties(loss, learns):
    assert teaches(compare([Ranking(((0, 1),))]), loss) is learns


@pytest.mark.parametrize("name", LOSSES)
def test_each_is_built_by_its_name(name):
    config = TrainConfig(data="d", output="o", loss=name, center_rewards_coefficient=0.5)
    loss = build_loss(config, [group_of(*MIXED)])
    assert (loss.name, loss.centering) == (name, 0.5)


def test_the_annotators_of_the_groups_get_a_temperature_each():
    config = TrainConfig(data="d", output="o", loss="davidson", annotator_temperature=True)
    assert build_loss(config, [group_of(*MIXED)]).parameter_names == ("log_tie", "temperature:ada", "temperature:max")


@pytest.mark.parametrize(
    ("option", "value", "loss"),
    [
        ("margin_scale", 0.5, "davidson"),
        ("label_smoothing_factor", 0.1, "rao_kupper"),
        ("annotator_temperature", True, "plackett_luce"),
    ],
)
def test_an_option_of_another_loss_is_refused(option, value, loss):
    with pytest.raises(InputError, match=f"{option}: got .* with the loss {loss}"):
        TrainConfig(data="d", output="o", loss=loss, **{option: value})
