"""The training command under FSDP2 on processors: `python -m torch.distributed.run … -m tests.rewardmodel.ml.sharded`.

accelerate shards on accelerators alone, though torch's FSDP2 works on gloo as well. Here it is told so; all else is the
command as it is.
"""

from __future__ import annotations

import sys
from typing import Any

from accelerate.state import AcceleratorState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from torch.distributed import is_initialized
from torch.distributed.fsdp import FSDPModule

from rewardmodel.ml.train import main
from rewardmodel.ml.trainer import RewardTrainer

_begin, _score = AcceleratorState.__init__, RewardTrainer.score


def _begin_sharded(self: AcceleratorState, *arguments: Any, fsdp_plugin: Any = None, **options: Any) -> None:
    _begin(self, *arguments, fsdp_plugin=fsdp_plugin, **options)
    self.distributed_type = DistributedType.FSDP
    self.fsdp_plugin = fsdp_plugin or FullyShardedDataParallelPlugin()


def _score_sharded(self: RewardTrainer, groups: Any) -> Any:
    # A model that is whole in every process would prove nothing.
    assert isinstance(self.accelerator.unwrap_model(self.model), FSDPModule)
    return _score(self, groups)


if __name__ == "__main__":
    AcceleratorState.__init__ = _begin_sharded  # type: ignore[method-assign]
    RewardTrainer.score = _score_sharded  # type: ignore[method-assign]
    code = main(sys.argv[1:])
    # Whoever ends while connected may abort.
    assert code or not is_initialized()
    sys.exit(code)
