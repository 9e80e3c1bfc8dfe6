"""The two ends of a command that are not crashes."""

from __future__ import annotations


class InputError(Exception):
    """What the user gave cannot be used: the message says what came, what is needed, what to do. Exit code 2."""


class Stopped(BaseException):
    """SIGTERM arrived and the work stands on disk, ready for `--resume`. Exit code 3.

    A BaseException, as KeyboardInterrupt is: no `except Exception` on the way may swallow it. step: the optimizer
    step of the checkpoint to go on from; 0 outside the training loop.
    """

    def __init__(self, *, step: int) -> None:
        super().__init__(step)
        self.step = step
