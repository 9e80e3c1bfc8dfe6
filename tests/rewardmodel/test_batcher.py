"""Requests that wait together are scored together: bounded, in time, each with its own model's rewards."""

import asyncio
import threading
import time

import pytest

from rewardmodel.scorer.batching import Batcher, QueueFull, TooLate
from tests.loops import run as run_alone


class Slow:
    """Instead of a model: the length of a response is its reward, plus a constant; works only while it may."""

    def __init__(self, plus: float = 0.0) -> None:
        self.plus = plus
        self.may = threading.Event()
        self.may.set()
        self.calls: list[int] = []

    def score(self, inputs):
        self.may.wait(10)
        self.calls.append(len(inputs))
        if any("bomb" in response for _, responses in inputs for response in responses):
            raise ValueError("a bomb")
        return [[len(response) + self.plus for response in responses] for _, responses in inputs]


def ask(*texts: str):
    return [([{"role": "user", "content": "Why?"}], list(texts))]


async def queued(batcher: Batcher, model: Slow, count: int, **options) -> list[asyncio.Task]:
    """The first is at work and held there; the others wait."""
    model.may.clear()
    tasks = []
    for number in range(count):
        tasks.append(asyncio.create_task(batcher.score(model, ask("x" * (number + 1)), seconds=10, **options)))
        await asyncio.sleep(0.01)
    return tasks


def test_what_waits_is_scored_together_and_each_gets_its_own():
    async def run():
        batcher, model = Batcher(), Slow()
        tasks = await queued(batcher, model, 6)
        model.may.set()
        rewards = await asyncio.gather(*tasks)
        batcher.close()
        return model.calls, rewards, batcher.waiting

    calls, rewards, waiting = run_alone(run())
    assert calls == [1, 5]
    assert rewards == [[[float(number)]] for number in range(1, 7)]
    assert waiting == 0


def test_a_batch_has_one_model_and_no_reply_mixes_two():
    async def run():
        batcher, one, other = Batcher(), Slow(), Slow(100.0)
        [first] = await queued(batcher, one, 1)
        models = [one, other] * 5
        tasks = [asyncio.create_task(batcher.score(model, ask("ab", "c"), seconds=10)) for model in models]
        await asyncio.sleep(0.01)
        one.may.set()
        await first
        rewards = await asyncio.gather(*tasks)
        batcher.close()
        return one.calls, other.calls, rewards

    one, other, rewards = run_alone(run())
    assert (one, other) == ([1, 5], [5])
    assert rewards == [[[2.0, 1.0]], [[102.0, 101.0]]] * 5


def test_a_full_queue_refuses_at_once_and_takes_again_when_there_is_room():
    async def run():
        batcher, model = Batcher(most_waiting=40), Slow()
        tasks = await queued(batcher, model, 3)
        began = time.monotonic()
        with pytest.raises(QueueFull):
            await batcher.score(model, ask("y" * 40), seconds=10)
        refused = time.monotonic() - began
        model.may.set()
        await asyncio.gather(*tasks)
        await batcher.score(model, ask("y" * 100), seconds=10)
        batcher.close()
        return refused, batcher.refused

    refused, count = run_alone(run())
    assert refused < 1
    assert count == 1


def test_past_its_deadline_a_request_is_not_scored_any_more():
    async def run():
        batcher, model = Batcher(), Slow()
        [first] = await queued(batcher, model, 1)
        late = asyncio.create_task(batcher.score(model, ask("late"), seconds=0.05))
        patient = asyncio.create_task(batcher.score(model, ask("in time"), seconds=10))
        await asyncio.sleep(0.1)
        model.may.set()
        await first
        with pytest.raises(TooLate):
            await late
        batcher_late, rewards = batcher.late, await patient
        batcher.close()
        return model.calls, batcher_late, rewards

    assert run_alone(run()) == ([1, 1], 1, [[7.0]])


def test_a_caller_who_has_gone_is_not_worked_for():
    async def run():
        batcher, model = Batcher(), Slow()
        tasks = await queued(batcher, model, 3)
        tasks[1].cancel()
        await asyncio.sleep(0.01)
        model.may.set()
        rewards = await asyncio.gather(*tasks, return_exceptions=True)
        batcher.close()
        return model.calls, rewards

    calls, rewards = run_alone(run())
    assert calls == [1, 1]
    assert isinstance(rewards[1], asyncio.CancelledError)
    assert rewards[2] == [[3.0]]


def test_one_that_fails_does_not_take_the_others_with_it():
    async def run():
        batcher, model = Batcher(), Slow()
        [first] = await queued(batcher, model, 1)
        texts = ("good", "bomb", "fine")
        tasks = [asyncio.create_task(batcher.score(model, ask(text), seconds=10)) for text in texts]
        await asyncio.sleep(0.01)
        model.may.set()
        await first
        found = await asyncio.gather(*tasks, return_exceptions=True)
        again = await batcher.score(model, ask("after"), seconds=10)
        batcher.close()
        return found, again

    found, again = run_alone(run())
    assert (found[0], found[2], again) == ([[4.0]], [[4.0]], [[5.0]])
    assert isinstance(found[1], ValueError)
