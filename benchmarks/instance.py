"""A Podium for one benchmark: started as `make run` starts it, filled and trained through its own commands and API."""

import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.podium import Podium

POLL_SECONDS = 1.0


@contextmanager
def running_podium() -> Iterator[tuple[Podium, str]]:
    """A started Podium and a token for everything, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="podium-bench-") as folder:
        podium = Podium(Path(folder)).start()
        try:
            yield podium, podium.token("read", "annotate", "write", "train", "score")
        finally:
            podium.stop()


def call(podium: Podium, token: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """The decoded answer of an API call, which must succeed."""
    status, answer = podium.call(method, f"/api/v1{path}", token, body, **headers)
    if status >= 400:
        raise RuntimeError(f"{method} {path} answered {status}: {answer}")
    return answer


def train(podium: Podium, token: str, project: str) -> tuple[dict[str, Any], float]:
    """Start a run with the default settings and wait for its end; the run, and the seconds from queue to end."""
    began = time.monotonic()
    run = call(podium, token, "POST", f"/projects/{project}/training-runs/", {})
    while run["status"] in {"queued", "running"}:
        time.sleep(POLL_SECONDS)
        run = call(podium, token, "GET", f"/training-runs/{run['id']}/")
    if run["status"] != "succeeded":
        raise RuntimeError(f"the run has {run['status']}: {run['error']}")
    return run, time.monotonic() - began


def report(**figures: Any) -> None:
    """Print the figures with what they were measured on."""
    machine = {"cores": os.cpu_count(), "load_1m": round(os.getloadavg()[0], 2), "python": platform.python_version()}
    versions = {name: version(name) for name in ("torch", "transformers")}
    print(json.dumps({**figures, "machine": machine, "versions": versions}, indent=2))
