import itertools

import numpy as np
import pytest

from rewardmodel.ml.batching import Batches
from rewardmodel.ml.encoding import EncodedGroup
from rewardmodel.ml.groups import compare


def group_of(number: int, length: int, responses: int = 2) -> EncodedGroup:
    ids = np.zeros(length, np.int32)
    none = np.zeros(0, np.int32)
    return EncodedGroup(str(number), str(number), "train", none, (ids,) * responses, False, none, (), compare(()), 0)


def groups_of(*lengths: int) -> list[EncodedGroup]:
    return [group_of(number, length) for number, length in enumerate(lengths)]


def order(batches: Batches, epoch: int) -> list[list[str]]:
    batches.set_epoch(epoch)
    return [[group.id for group in batches[place].groups] for place in range(len(batches))]


MANY = groups_of(*(1 + n % 7 for n in range(101)))
WAYS = [{"size": 4}, {"size": 4, "tokens": 40}]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("epoch", [0, 3])
def test_every_group_comes_once_an_epoch(way, epoch):
    batches = order(Batches(MANY, seed=3, **way), epoch)
    assert sorted(itertools.chain(*batches), key=int) == [group.id for group in MANY]


@pytest.mark.parametrize("way", WAYS)
def test_the_order_depends_on_seed_and_epoch_only(way):
    assert order(Batches(MANY, seed=3, **way), 1) == order(Batches(MANY, seed=3, **way), 1)
    assert order(Batches(MANY, seed=3, **way), 1) != order(Batches(MANY, seed=3, **way), 0)
    assert order(Batches(MANY, seed=3, **way), 1) != order(Batches(MANY, seed=4, **way), 1)


@pytest.mark.parametrize("way", [{"size": 8}, {"size": 8, "tokens": 2048}])
def test_a_batch_holds_similar_lengths(way):
    groups = groups_of(*(1 + n * 37 % 256 for n in range(256)))
    lengths = {group.id: group.longest for group in groups}
    batches = [[lengths[name] for name in batch] for batch in order(Batches(groups, **way), 0)]

    spread = sum(max(batch) - min(batch) for batch in batches) / len(batches)

    assert spread < 256 / 8  # of a random batch: 199


def test_one_short_batch_is_enough():
    assert sorted(order(Batches(groups_of(5, 4, 3), size=8), 0)[0]) == ["0", "1", "2"]


def test_a_batch_stays_within_its_tokens_and_a_larger_group_has_one_of_its_own():
    groups = [*MANY, group_of(500, 100)]
    batches = Batches(groups, size=1, tokens=60)
    sizes = [sum(len(g.responses) * g.longest for g in batches[place].groups) for place in range(len(batches))]
    assert max(size for size in sizes if size != 200) <= 60
    assert [len(batches[place].groups) for place in range(len(batches)) if sizes[place] == 200] == [1]
    # As full as whole groups make them: half the least that could do is allowed.
    assert len(batches) < 1.3 * sum(sizes) / 60


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("epoch", [0, 1])
def test_processes_have_as_many_batches_each_and_every_group_once(way, epoch):
    batches = Batches(MANY, processes=4, **way)
    batches.set_epoch(epoch)
    assert len(batches) % 4 == 0
    assert sorted(group.id for place in range(len(batches)) for group in batches[place].groups) == sorted(
        group.id for group in MANY
    )


def test_where_no_batch_can_be_halved_one_is_repeated_that_counts_for_nothing():
    batches = Batches(groups_of(3, 4, 5), size=1, processes=2)
    counted = [batches[place].groups[0].id for place in range(4) if batches[place].counted]
    assert sorted(counted) == ["0", "1", "2"]
    assert len(batches) == 4
