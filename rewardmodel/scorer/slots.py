"""Which models are in memory: loaded when first asked for; when all slots are full the least recently used leaves."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from rewardmodel.scorer.served import Input, ServedModel

logger = logging.getLogger(__name__)


class Model(Protocol):
    def score(self, inputs: Sequence[Input]) -> list[list[float]]: ...


def load_model(folder: Path, device: str | None) -> Model:
    return ServedModel(folder, device=device)


class ModelSlots:
    """Models by their folder's name. Called from the event loop alone; loading happens in a thread of its own, so that
    the models that are there go on answering meanwhile.
    """

    def __init__(
        self, folder: Path, *, capacity: int, device: str | None = None, bring: Callable[[Path], Path] = Path
    ) -> None:
        """bring: fetches a model's folder that is not here, if it can."""
        self._folder, self._capacity, self._device, self._bring = folder, capacity, device, bring
        self._models: OrderedDict[uuid.UUID, asyncio.Future[Model]] = OrderedDict()
        self._loading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="loading")
        self.loads = 0

    @property
    def names(self) -> list[uuid.UUID]:
        """What is in memory or on its way, the least recently used first."""
        return list(self._models)

    async def get(self, model: uuid.UUID) -> Model:
        """Raises `InputError` for one that cannot be loaded; the next request tries again."""
        found = self._models.get(model)
        if found is None:
            logger.info("loading reward model %s", model)
            self.loads += 1
            load: Callable[[], Model] = lambda: load_model(self._bring(self._folder / str(model)), self._device)  # noqa: E731
            found = asyncio.ensure_future(asyncio.get_running_loop().run_in_executor(self._loading, load))
            self._models[model] = found
            found.add_done_callback(lambda done: self._settle(model, done))
        self._models.move_to_end(model)
        # Shielded: whoever waits may give up, the others want the model all the same.
        return await asyncio.shield(found)

    def _settle(self, model: uuid.UUID, done: asyncio.Future[Model]) -> None:
        if done.cancelled() or done.exception() is not None:
            self._models.pop(model, None)
        # Only now is there a second model in memory: until then the one that is to leave goes on answering.
        while len(self._models) > self._capacity:
            self._models.popitem(last=False)

    def close(self) -> None:
        self._loading.shutdown(cancel_futures=True)
