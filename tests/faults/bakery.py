"""A project of a running Podium as its users reach it, over REST alone, and one of them who never stops ranking."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests.podium import Podium

# Loading the model takes most of a short run; these last long enough to be hit half-way, with checkpoints behind them.
LONG = {"max_steps": 120, "save_steps": 10, "max_length": 64, "per_device_train_batch_size": 4, "warmup_steps": 0.0}
POLITE, RUDE = "It is on its way to you, thank you for waiting.", "No idea, go away."
# What a web server may answer while a part of it is missing: that it is, and nothing else of a server's own fault.
UNAVAILABLE = 503


def wait_for(holds: Callable[[], Any], seconds: float = 300) -> Any:
    """What `holds` gives once it is true; how long that takes is not what is tested, so the limit is generous."""
    deadline = time.monotonic() + seconds
    while not (outcome := holds()):
        assert time.monotonic() < deadline, f"did not come true in {seconds} s"
        time.sleep(0.2)
    return outcome


class Bakery:
    """Project `slug` with prompts that have a polite and a rude response; it ranks the polite one above."""

    def __init__(self, podium: Podium, slug: str, *, prompts: int = 60, ranked: int = 40) -> None:
        self.podium, self.slug = podium, slug
        self.token = podium.token("read", "annotate", "write", "train", "score")
        self.acknowledged: dict[int, str] = {}
        self.faults: list[tuple[int, Any]] = []
        rows = [
            {"id": f"p-{n}", "prompt": f"Where is parcel {n}?", "responses": [POLITE, RUDE]} for n in range(prompts)
        ]
        self._created("/api/v1/projects/", {"slug": slug, "name": slug.title()})
        self._created(f"/api/v1/projects/{slug}/prompts/", rows)
        for _ in range(ranked):
            self.rank_one()

    def _created(self, path: str, body: object) -> Any:
        status, answer = self.podium.call("POST", path, self.token, body)
        assert status == 201, answer
        return answer

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """As a patient client calls: what is not there, or says that it is not, is asked again."""
        while True:
            try:
                status, answer = self.podium.call(method, path, self.token, body, **headers)
            except (OSError, HTTPException, json.JSONDecodeError):
                status, answer = UNAVAILABLE, None
            if status < 500:
                return status, answer
            if status != UNAVAILABLE:
                self.faults.append((status, answer))
            time.sleep(0.3)

    def rank_one(self) -> bool:
        """Rank the next prompt and note what was acknowledged; false when none is left."""
        status, task = self.call("POST", f"/api/v1/projects/{self.slug}/assignments/", {})
        if status == 204:
            return False
        assert status == 200, task
        polite, rude = sorted(task["responses"], key=lambda response: response["content"] != POLITE)
        key = f"{self.slug}-{task['id']}"
        body = {"tiers": [[polite["id"]], [rude["id"]]]}
        status, ranking = self.call("POST", f"/api/v1/assignments/{task['id']}/ranking/", body, Idempotency_Key=key)
        assert status in {200, 201}, ranking
        self.acknowledged[ranking["id"]] = ranking["prompt_id"]
        return True

    @contextmanager
    def somebody_ranking(self) -> Iterator[None]:
        """All the while, one prompt after the other, at a pace that lasts."""
        stop = threading.Event()
        broke: list[BaseException] = []

        def work() -> None:
            try:
                while not stop.is_set() and self.rank_one():
                    stop.wait(0.5)
            except BaseException as error:
                broke.append(error)

        annotator = threading.Thread(target=work)
        annotator.start()
        try:
            yield
        finally:
            stop.set()
            annotator.join()
        assert not broke, broke

    def lost(self) -> set[int]:
        """Rankings that were acknowledged and are not there."""
        _, answer = self.call("GET", f"/api/v1/projects/{self.slug}/rankings/?page_size=1000")
        stored = answer["results"]
        assert len({ranking["prompt_id"] for ranking in stored}) == len(stored), "a prompt was ranked twice"
        return set(self.acknowledged) - {ranking["id"] for ranking in stored}

    def train(self, **config: Any) -> int:
        run: int = self._created(f"/api/v1/projects/{self.slug}/training-runs/", {"config": config})["id"]
        return run

    def run(self, run: int) -> dict[str, Any]:
        _, answer = self.call("GET", f"/api/v1/training-runs/{run}/")
        found: dict[str, Any] = answer
        return found

    def ended(self, run: int, seconds: float = 600) -> dict[str, Any]:
        found: dict[str, Any] = wait_for(
            lambda: (now := self.run(run))["status"] not in {"queued", "running"} and now, seconds
        )
        return found

    def half_way(self, run: int) -> None:
        """Returns when the run trains and a checkpoint lies behind it."""
        wait_for(lambda: self.checkpoints(run) and trainings(self.podium, run))

    def checkpoints(self, run: int) -> list[Path]:
        """Complete ones, the newest last: the trainer's own state is written when all else is."""
        found = (self.folder(run) / "checkpoints").glob("checkpoint-*")
        return sorted(
            (path for path in found if (path / "trainer_state.json").exists()),
            key=lambda path: int(path.name.split("-")[1]),
        )

    def went_on_from(self, run: int, attempt: int) -> int:
        """The step that an attempt began at; 0: from the start."""
        lines = (self.folder(run) / f"progress-{attempt}.jsonl").read_text().splitlines()
        step: int = next(event for event in map(json.loads, lines) if event["event"] == "start")["step"]
        return step

    def folder(self, run: int) -> Path:
        return self.podium.state / "artifacts" / "runs" / str(run)

    def scores(self) -> tuple[int, Any]:
        body = {"prompt": "Where is parcel 7?", "responses": [POLITE, RUDE]}
        return self.call("POST", f"/api/v1/projects/{self.slug}/score/", body)


def trainings(podium: Podium, run: int) -> list[int]:
    """The pids of the processes that train `run` now; each leads a session, which tells it from what it forks."""
    pattern = f"rewardmodel.ml.train .*{podium.state}/artifacts/runs/{run}/"
    found = subprocess.run(["pgrep", "-f", pattern], capture_output=True, text=True)
    return [pid for pid in map(int, found.stdout.split()) if leads_a_session(pid)]


def leads_a_session(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


@contextmanager
def never_twice_at_once(podium: Podium, run: int) -> Iterator[None]:
    """Looks five times a second how many processes train the run."""
    stop = threading.Event()
    most = 0

    def watch() -> None:
        nonlocal most
        while not stop.wait(0.2):
            most = max(most, len(trainings(podium, run)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
    assert most == 1, f"{most} processes trained run {run} at once"
