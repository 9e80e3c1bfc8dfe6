"""Requests that arrive while the model is at work are scored together, as soon as it is free: nobody waits for a timer.

The queue is bounded in text: what would have to wait too long is refused at once, and its caller can turn elsewhere.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from rewardmodel.scorer.served import Input
from rewardmodel.scorer.slots import Model

MOST_WAITING = 2_000_000  # characters: some 60 seconds of work for a small model on a CPU
MOST_TOGETHER = 64_000  # characters of one batch; more together is no faster


class QueueFull(Exception):
    """More is waiting than can be scored in time."""


class TooLate(Exception):
    """The request's deadline passed before its turn came."""


@dataclass
class Request:
    """inputs of one caller, for one model. deadline: of `time.monotonic`. characters: its share of the queue."""

    model: Model
    inputs: Sequence[Input]
    deadline: float
    future: asyncio.Future[list[list[float]]]
    characters: int = field(init=False)

    def __post_init__(self) -> None:
        # The prompt counts for each response, as it is at worst computed.
        self.characters = sum(
            len(responses) * sum(len(message["content"]) for message in prompt) + sum(map(len, responses))
            for prompt, responses in self.inputs
        )


class Batcher:
    """Scores in one thread: torch spreads each pass over the cores itself, and two at once only contend for them."""

    def __init__(self, *, most_waiting: int = MOST_WAITING, most_together: int = MOST_TOGETHER) -> None:
        self._most_waiting, self._most_together = most_waiting, most_together
        self._queue: deque[Request] = deque()
        self._waiting = 0
        self._busy: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")
        self.batches = self.requests = self.refused = self.late = 0

    @property
    def waiting(self) -> int:
        """Characters in the queue."""
        return self._waiting

    async def score(self, model: Model, inputs: Sequence[Input], *, seconds: float) -> list[list[float]]:
        """One row of rewards an input, all by this model. Raises `QueueFull` at once, `TooLate` after `seconds`."""
        request = Request(model, inputs, time.monotonic() + seconds, asyncio.get_running_loop().create_future())
        if self._queue and self._waiting + request.characters > self._most_waiting:
            self.refused += 1
            raise QueueFull
        self._queue.append(request)
        self._waiting += request.characters
        self.requests += 1
        if self._busy is None:
            self._busy = asyncio.create_task(self._work())
        return await request.future

    async def _work(self) -> None:
        try:
            while batch := self._next():
                await self._run(batch)
        finally:
            self._busy = None

    def _next(self) -> list[Request]:
        """The oldest request that is in time, and those after it for the same model while they fit."""
        batch: list[Request] = []
        together = 0
        now = time.monotonic()
        for request in list(self._queue):
            if request.future.cancelled() or request.deadline <= now:
                self._take(request)
                if not request.future.cancelled():
                    self.late += 1
                    request.future.set_exception(TooLate())
            elif not batch or (
                request.model is batch[0].model and together + request.characters <= self._most_together
            ):
                self._take(request)
                batch.append(request)
                together += request.characters
        return batch

    def _take(self, request: Request) -> None:
        self._queue.remove(request)
        self._waiting -= request.characters

    async def _run(self, batch: list[Request]) -> None:
        inputs = [own for request in batch for own in request.inputs]
        self.batches += 1
        try:
            rewards = await asyncio.get_running_loop().run_in_executor(self._thread, batch[0].model.score, inputs)
        except Exception as error:
            if len(batch) > 1:
                # One of them may be at fault; the others are not to pay for it.
                for request in batch:
                    await self._run([request])
            elif not batch[0].future.done():
                batch[0].future.set_exception(error)
            return
        rows = iter(rewards)
        for request in batch:
            own = [next(rows) for _ in request.inputs]
            if not request.future.done():
                request.future.set_result(own)

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)
