"""Running a module of the torch library to its end, as a child process: this one loads no torch."""

import time
from collections.abc import Sequence
from pathlib import Path

from rewardmodel.launchers.child_process import ChildProcess

POLL_SECONDS = 0.5
LOG_TAIL = 2000


def run_module(module: str, arguments: Sequence[str], *, folder: Path, seconds: float) -> None:
    """Raises `RuntimeError`, with the end of its log, when it fails or takes longer than `seconds`."""
    log = folder / "log.txt"
    child = ChildProcess(module=module, arguments=arguments, log=log)
    deadline = time.monotonic() + seconds
    child.start()
    try:
        while (exit_code := child.poll()) is None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
    finally:
        child.kill()
    if exit_code != 0:
        how = f"took longer than {seconds:g} seconds" if exit_code is None else f"ended with code {exit_code}"
        tail = log.read_text(errors="replace")[-LOG_TAIL:].strip()
        raise RuntimeError(f"{module} {how}; its log ends: {tail}")
