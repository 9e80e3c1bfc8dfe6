"""Training on several GPUs, or on several machines, under `accelerate launch`."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from rewardmodel.launchers.child_process import ChildProcess


class AccelerateLaunch(ChildProcess):
    """A child process that starts one process a GPU; `options` are those of `accelerate launch`, as typed in a shell.

    It turns all exit codes but 0 into 1; what the training says in its progress file tells the reasons apart.
    """

    def __init__(self, *, module: str, arguments: Sequence[str], log: Path, options: str) -> None:
        self._options = shlex.split(options)
        super().__init__(module=module, arguments=arguments, log=log)

    def command(self, module: str, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "accelerate.commands.launch", *self._options, "-m", module, *arguments]
