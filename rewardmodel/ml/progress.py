"""What a run tells its supervisor: JSON lines, appended and flushed, readable while the run goes on.

{"event": "start", "total_steps", "groups", "pairs", "step", "device"}      step: where a resumed run goes on, else 0
{"event": "step", "step", "total_steps", "loss", "learning_rate", "tokens_per_second", "seconds_left"}
{"event": "eval", "step", "split", "accuracy", "log_loss", "pairs"}
{"event": "saved", "what": "checkpoint" or "model", "step", "path"}
{"event": "end"}, {"event": "stopped", "step"} or {"event": "error", "message"}     one of these is the last
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

from rewardmodel.ml.errors import InputError


class Progress:
    """Appends events to the file `path` (none where it is empty) and shows them on standard error.

    quiet: do neither; the processes beside the main one.
    """

    def __init__(self, path: str, *, quiet: bool = False) -> None:
        self.path = Path(path) if path and not quiet else None
        self.quiet = quiet
        if self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.touch()
            except OSError as error:
                raise InputError(f"progress {path}: {error.strerror}. Give a file that can be written.") from error

    def write(self, event: str, **fields: Any) -> None:
        """Record one event. Not-a-number has no place in JSON and becomes null."""
        finite = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in fields.items()}
        if self.path is not None:
            line = json.dumps({"event": event, **finite}, allow_nan=False)
            # Opened anew each time: the supervisor may have moved the file, and one short write is never torn in two.
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        if not self.quiet and event != "error":  # errors are printed in full where they are caught
            print(
                event,
                *(f"{k}={v:.4g}" if isinstance(v, float) else f"{k}={v}" for k, v in finite.items()),
                file=sys.stderr,
            )
