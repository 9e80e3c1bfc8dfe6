"""Reading a training's progress file: JSON lines that the child appends. Pure but for the file."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Enough for a curve on a wide screen; of a longer run every second point goes, again and again.
MOST_POINTS = 400


@dataclass(slots=True)
class Progress:
    """What the events so far add up to."""

    step: int = 0
    total_steps: int = 0
    curve: list[dict[str, Any]] = field(default_factory=list)
    device: str = ""
    error: str = ""
    finished: bool = False
    stopped: bool = False

    def take(self, event: dict[str, Any]) -> None:
        self.step = event.get("step", self.step)
        self.total_steps = event.get("total_steps", self.total_steps)
        match event.get("event"):
            case "start":
                self.device = event.get("device", "")
            case "step" | "eval":
                self.curve.append(event)
                if len(self.curve) > MOST_POINTS:
                    self._thin()
            case "error":
                self.error = str(event.get("message", "the training gave no reason"))
            case "end":
                self.finished = True
            case "stopped":
                self.stopped = True

    def _thin(self) -> None:
        steps = [point for point in self.curve if point["event"] == "step"]
        kept = {id(point) for point in steps[::2]}
        self.curve = [point for point in self.curve if point["event"] != "step" or id(point) in kept]


class ProgressReader:
    """Follows one progress file; each call takes what was appended since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self.progress = Progress()

    def read(self) -> Progress:
        if self._path.exists():
            with self._path.open("rb") as file:
                file.seek(self._offset)
                # A line without its end is still being written; it is read next time.
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    self._offset += len(line)
                    self.progress.take(json.loads(line))
        return self.progress
