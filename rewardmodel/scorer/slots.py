"""Which models are in memory: loaded when first asked for; when all slots are full the least recently used leaves."""

import logging
import uuid
from collections import OrderedDict
from pathlib import Path

from rewardmodel.ml.groups import Message
from rewardmodel.ml.score import RewardScorer

Input = tuple[list[Message], list[str]]

logger = logging.getLogger(__name__)


class ModelSlots:
    """Not thread-safe: the server calls it from its one inference thread."""

    def __init__(self, folder: Path, *, capacity: int) -> None:
        self._folder = folder
        self._capacity = capacity
        self._loaded: OrderedDict[uuid.UUID, RewardScorer] = OrderedDict()

    def score(self, model: uuid.UUID, inputs: list[Input]) -> list[list[float]]:
        """One row of rewards for each (prompt, responses). Raises `InputError` for a model that cannot be loaded."""
        return self._slot(model).score(inputs)

    def _slot(self, model: uuid.UUID) -> RewardScorer:
        if model not in self._loaded:
            logger.info("loading reward model %s", model)
            self._loaded[model] = RewardScorer(self._folder / str(model))
            if len(self._loaded) > self._capacity:
                self._loaded.popitem(last=False)
        self._loaded.move_to_end(model)
        return self._loaded[model]
