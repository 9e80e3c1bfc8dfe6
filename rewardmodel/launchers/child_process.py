"""Training as a child process of this machine: a crash, a kill for memory or a CUDA fault ends it and nothing else."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Spinning OpenMP threads on shared cores were measured 13 to 17 times slower than waiting ones.
QUIET_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "TOKENIZERS_PARALLELISM": "false"}


class ChildProcess:
    """A Python module run in a session of its own, its output in a log file.

    It holds the write end of the child's standard input: should this process die, the child reads the end of it and
    stops too.
    """

    def __init__(self, *, module: str, arguments: Sequence[str], log: Path) -> None:
        self._command = self.command(module, arguments)
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, module: str, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", module, *arguments]

    def start(self) -> None:
        with self._log.open("ab") as log:
            # Our own module, and no shell between.
            self._process = subprocess.Popen(  # noqa: S603
                self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**QUIET_THREADS, **os.environ},
                start_new_session=True,
            )

    def poll(self) -> int | None:
        """The exit code (negative: the signal that ended it), or None while it runs."""
        return self._started.poll()

    def cancel(self) -> None:
        """Ask it to save a checkpoint and end."""
        if self.poll() is None:
            self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it and whatever it started, and wait until it is gone."""
        self._signal(signal.SIGKILL)
        self._started.wait()
        # What has left its session reads the end of the input that it has inherited.
        if self._started.stdin is not None:
            self._started.stdin.close()

    @property
    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            raise RuntimeError("the child process has not been started; call start() first")
        return self._process

    def _signal(self, number: int) -> None:
        # The whole group, which may outlive its first process; macOS says "not permitted" of one that is all dead.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._started.pid, number)
