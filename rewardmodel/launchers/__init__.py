"""Where a training runs: a child process, several under `accelerate launch`, or a SageMaker training job."""

from typing import Protocol


class Launcher(Protocol):
    """One training, or what else a module of `rewardmodel.ml` does."""

    def start(self) -> None: ...

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""

    def cancel(self) -> None:
        """Ask it to save a checkpoint and end."""

    def kill(self) -> None:
        """End it, whatever it does."""
