"""The ends of a command that are not crashes in the code."""

from __future__ import annotations


class InputError(Exception):
    """What the user gave cannot be used: the message says what came, what is needed, what to do. Exit code 2."""


class StorageError(Exception):
    """The disk did not take what was to be written; the message says where, and what to do. Exit code 1."""


class Stopped(BaseException):
    """SIGTERM arrived and the work stands on disk, ready for `--resume`. Exit code 3.

    A BaseException, as KeyboardInterrupt is: no `except Exception` on the way may swallow it. step: the optimizer
    step of the checkpoint to go on from; 0 outside the training loop.
    """

    def __init__(self, *, step: int) -> None:
        super().__init__(step)
        self.step = step
