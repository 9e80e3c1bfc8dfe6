from rewardmodel.ml.batching import GroupSampler


def order(sampler: GroupSampler, epoch: int) -> list[int]:
    sampler.set_epoch(epoch)
    return list(sampler)


def test_every_group_comes_once_an_epoch():
    sampler = GroupSampler([n % 7 for n in range(101)], batch_size=4, seed=3)

    assert sorted(order(sampler, 0)) == list(range(101))
    assert len(sampler) == 101


def test_the_order_depends_on_seed_and_epoch_only():
    lengths = [n % 7 for n in range(50)]

    assert order(GroupSampler(lengths, 4, 3), 1) == order(GroupSampler(lengths, 4, 3), 1)
    assert order(GroupSampler(lengths, 4, 3), 1) != order(GroupSampler(lengths, 4, 3), 0)
    assert order(GroupSampler(lengths, 4, 3), 1) != order(GroupSampler(lengths, 4, 4), 1)


def test_a_batch_holds_similar_lengths():
    lengths = [n * 37 % 256 for n in range(256)]
    indices = order(GroupSampler(lengths, batch_size=8, seed=0), 0)
    batches = [[lengths[i] for i in indices[start : start + 8]] for start in range(0, 256, 8)]

    spread = sum(max(batch) - min(batch) for batch in batches) / len(batches)

    assert spread < 256 / 8  # of a random batch: 199


def test_one_short_batch_is_enough():
    assert sorted(order(GroupSampler([5, 4, 3], batch_size=8, seed=0), 0)) == [0, 1, 2]
