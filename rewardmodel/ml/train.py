"""Train a reward model on rankings or pairs.

    python -m rewardmodel.ml.train --data groups.jsonl --output DIR [--base-model M] [--preset P] …
    accelerate launch --num_processes N -m rewardmodel.ml.train …

Exit codes: 0 done, 1 crash, 2 wrong input, 3 stopped by SIGTERM (`--resume` goes on), 4 the parent died
(`--exit-with-parent`). `accelerate launch` turns all but 0 into 1; the last progress event still tells them apart.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from rewardmodel.ml.lifecycle import DONE, StopSignal, calm_openmp, exit_with_parent, run_command

if __name__ == "__main__":
    calm_openmp()

from rewardmodel.ml.arguments import parse_train_arguments
from rewardmodel.ml.progress import Progress
from rewardmodel.ml.training import train_reward_model


def main(argv: Sequence[str] | None = None) -> int:
    stop = StopSignal()
    progress = Progress("", quiet=True)

    def command() -> int:
        nonlocal progress
        stop.install()
        progress = Progress(progress_path(argv), quiet=os.environ.get("RANK", "0") != "0")
        config = parse_train_arguments(argv)
        if config.exit_with_parent:
            exit_with_parent()
        train_reward_model(config, progress, stop)
        return DONE

    return run_command(command, lambda event, **fields: progress.write(event, **fields))


def progress_path(argv: Sequence[str] | None) -> str:
    """`--progress` alone, before the other flags are read: the file must hear of a wrong one among them."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--progress", default="")
    path: str = parser.parse_known_args(argv)[0].progress
    return path


if __name__ == "__main__":
    raise SystemExit(main())
