"""The client for ordinary programs."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

from podium_client import calls
from podium_client.calls import Call
from podium_client.errors import JobFailed, PodiumError, refusal
from podium_client.sending import may_repeat, wait_before
from podium_client.streams import Reading

if TYPE_CHECKING:
    from datasets import Dataset

Row = Mapping[str, Any]
Answer = dict[str, Any]
Progress = Callable[[Answer], None]
# Of rows in one request: the most that Podium imports at once.
ROWS_AT_ONCE = 1000
ENDED = {"succeeded", "failed", "cancelled"}


def settings(url: str | None, token: str | None) -> tuple[str, dict[str, str]]:
    """Address of the API and headers, from the arguments or from PODIUM_URL and PODIUM_TOKEN."""
    url, token = url or os.environ.get("PODIUM_URL"), token or os.environ.get("PODIUM_TOKEN")
    if not url or not token:
        raise ValueError(
            "Podium's address and a token are needed: give url and token, or set PODIUM_URL and PODIUM_TOKEN "
            "(a token is made on Podium's page /me/)"
        )
    return f"{url.rstrip('/')}/api/v1/", {"Authorization": f"Bearer {token}", "Accept": "application/json"}


class Podium:
    """A connection to Podium. Every method raises `PodiumError` for what the server refuses, and httpx's errors when
    it cannot be reached. timeout: seconds without a sign of life."""

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        base, headers = settings(url, token)
        self._http = httpx.Client(base_url=base, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(self, call: Call) -> Any:
        """What the API answers to any call of its own; None for no content."""
        attempt = 0
        while True:
            outcome: httpx.Response | httpx.TransportError
            try:
                with ExitStack() as stack:
                    files = {"file": (call.file.name, stack.enter_context(call.file.open("rb")))} if call.file else None
                    outcome = self._http.request(
                        call.method,
                        call.path,
                        params=call.known_query,
                        json=call.body,
                        content=call.content,
                        files=files,
                        headers=call.headers,
                    )
            except httpx.TransportError as error:
                outcome = error
            if isinstance(outcome, httpx.Response) and outcome.is_success:
                return outcome.json() if outcome.content else None
            if not may_repeat(call, outcome, attempt):
                raise refusal(outcome) if isinstance(outcome, httpx.Response) else outcome
            time.sleep(wait_before(outcome, attempt))
            attempt += 1

    def pages(self, call: Call) -> Iterator[Answer]:
        """Every row of a list, page by page."""
        page = self.send(call)
        while True:
            yield from page["results"]
            if page["next"] is None:
                return
            page = self.send(Call("GET", page["next"]))

    # Projects and prompts

    def projects(self) -> Iterator[Answer]:
        return self.pages(calls.get("projects/"))

    def project(self, slug: str) -> Answer:
        found: Answer = self.send(calls.get(f"projects/{slug}/"))
        return found

    def create_project(self, slug: str, name: str, **fields: Any) -> Answer:
        made: Answer = self.send(calls.post("projects/", {"slug": slug, "name": name, **fields}))
        return made

    def update_project(self, slug: str, **fields: Any) -> Answer:
        changed: Answer = self.send(calls.patch(f"projects/{slug}/", fields))
        return changed

    def import_prompts(
        self,
        project: str,
        source: str | Path | Iterable[Row],
        *,
        recipe: str = "prompts",
        skip_invalid: bool = False,
        progress: Progress | None = None,
    ) -> Answer:
        """Import a file, or rows of the import format; how many were created, unchanged and skipped.

        A file is all or nothing and may become a job, which is waited for; rows go in thousands, each of them all or
        nothing. Importing the same again changes nothing, so an import that broke off is simply done again.
        progress: told the job, or the counts so far.
        """
        if isinstance(source, str | Path):
            answer: Answer = self.send(
                calls.import_file(project, Path(source), recipe=recipe, skip_invalid=skip_invalid)
            )
            if "job" in answer:
                answer = self.wait_for_job(answer["job"], progress=progress)["result"]
            return answer
        total = {"created": 0, "unchanged": 0, "skipped": 0}
        for rows in _in_thousands(source):
            found = self.send(calls.import_rows(project, rows, recipe=recipe, skip_invalid=skip_invalid))
            total = {name: total[name] + found[name] for name in total}
            if progress is not None:
                progress(total)
        return total

    def import_url(self, project: str, url: str, *, progress: Progress | None = None, **said: Any) -> Answer:
        """Have the server fetch an address and import it; said: format, recipe, skip_invalid. What came of it."""
        started = self.send(calls.import_url(project, url, said))
        done = self.wait_for_job(started["job"], progress=progress)
        result: Answer = done["result"]
        return result

    def add_model(self, project: str, model: str, **said: Any) -> Answer:
        """Enter an LLM that can answer prompts; said: url, key, name, temperature and what else the call takes."""
        made: Answer = self.send(calls.add_model(project, model, said))
        return made

    def generate(
        self, project: str, models: Sequence[int], *, n: int = 1, progress: Progress | None = None, **said: Any
    ) -> Answer:
        """Have LLMs (the `id`s of `add_model`) answer prompts; said: which, limit. Responses, tokens and cost."""
        started = self.send(calls.generate(project, models, n, said))
        done = self.wait_for_job(started["job"], progress=progress)
        result: Answer = done["result"]
        return result

    def judge(self, project: str, model: int, *, progress: Progress | None = None, **said: Any) -> Answer:
        """Have an LLM rank prompts; an export holds its rankings with `judges=True`."""
        started = self.send(calls.judge(project, model, said))
        done = self.wait_for_job(started["job"], progress=progress)
        result: Answer = done["result"]
        return result

    def job(self, job: str) -> Answer:
        found: Answer = self.send(calls.get(f"jobs/{job}/"))
        return found

    def wait_for_job(self, job: str, *, progress: Progress | None = None, every: float = 1.0) -> Answer:
        """The job once it has succeeded; raises `JobFailed` when it ends otherwise."""
        return self._wait("job", lambda: self.job(job), progress, every)

    # Annotating

    def next_assignment(self, project: str) -> Answer | None:
        """The prompt that the token's owner holds, else the next one; None when nothing is left."""
        assignment: Answer | None = self.send(calls.post(f"projects/{project}/assignments/", repeatable=True))
        return assignment

    def submit(self, assignment: int, tiers: list[list[str]], *, key: str | None = None, **said: Any) -> Answer:
        """A ranking, best tier first; said: acceptable, ratings, flags, confidence, rationale.

        It is stored once however often it must be sent; give a `key` of your own to be sure of that across restarts.
        """
        ranking: Answer = self.send(calls.submit(assignment, tiers, key, said))
        return ranking

    def revise(self, ranking: int, tiers: list[list[str]], *, key: str | None = None, **said: Any) -> Answer:
        revised: Answer = self.send(calls.revise(ranking, tiers, key, said))
        return revised

    def skip(self, assignment: int, reason: str) -> None:
        self.send(calls.post(f"assignments/{assignment}/skip/", {"reason": reason}))

    def heartbeat(self, assignment: int) -> Answer:
        renewed: Answer = self.send(calls.post(f"assignments/{assignment}/heartbeat/", repeatable=True))
        return renewed

    def annotate(self, project: str, judge: Callable[[Answer], list[list[str]]], *, most: int | None = None) -> int:
        """Let a function rank what is left: it is given each assignment and returns tiers of response ids. How many."""
        done = 0
        while most is None or done < most:
            assignment = self.next_assignment(project)
            if assignment is None:
                break
            # The key is the assignment's, so that a program killed between sending and hearing sends the same.
            self.submit(assignment["id"], judge(assignment), key=f"client-{assignment['id']}")
            done += 1
        return done

    def rankings(self, project: str, **choices: Any) -> Iterator[Answer]:
        return self.pages(calls.get(f"projects/{project}/rankings/", **choices))

    # Pairs

    def pairs(self, project: str, **choices: Any) -> Iterator[Answer]:
        """Every record of an export, as it arrives. choices: shape, split, snapshot and what else the call takes.

        A connection that breaks goes on where it stopped, for `trl`, `groups` and every shape of a snapshot.
        """
        reading = Reading(project, choices)
        attempt = 0
        while True:
            read = reading.records
            try:
                for block in self._stream(reading.call(), reading.opened):
                    yield from reading.feed(block)
                return
            except httpx.TransportError as error:
                attempt = 0 if reading.records > read else attempt + 1
                call = calls.pairs(project, choices)
                if (reading.records and not reading.resumable) or not may_repeat(call, error, attempt):
                    raise
                time.sleep(wait_before(error, attempt))

    def download(self, project: str, path: str | Path, **choices: Any) -> int:
        """Write an export to a file, which stands under its name once it is complete; its bytes."""
        target = Path(path)
        draft = target.with_name(f"{target.name}.part")
        size = 0
        with draft.open("wb") as file:
            for block in self._stream(calls.pairs(project, choices), lambda headers: None):
                file.write(block)
                size += len(block)
        draft.replace(target)
        return size

    def dataset(self, project: str, **choices: Any) -> "Dataset":
        """The export as a `datasets.Dataset` (`pip install podium-client[datasets]`)."""
        from datasets import Dataset  # noqa: PLC0415 an extra, and seconds to import

        return Dataset.from_list(list(self.pairs(project, **choices)))

    def create_snapshot(self, project: str) -> Answer:
        frozen: Answer = self.send(calls.post(f"projects/{project}/snapshots/", repeatable=True))
        return frozen

    # Training and models

    def start_run(self, project: str, **config: Any) -> Answer:
        """Queue a training run; config: snapshot, and options of the trainer by their names."""
        run: Answer = self.send(calls.post(f"projects/{project}/training-runs/", config))
        return run

    def run(self, run: int) -> Answer:
        found: Answer = self.send(calls.get(f"training-runs/{run}/"))
        return found

    def cancel_run(self, run: int) -> Answer:
        cancelled: Answer = self.send(calls.post(f"training-runs/{run}/cancel/"))
        return cancelled

    def wait_for_run(self, run: int, *, progress: Progress | None = None, every: float = 2.0) -> Answer:
        """The run once it has succeeded; raises `JobFailed` when it ends otherwise."""
        return self._wait("run", lambda: self.run(run), progress, every)

    def reward_models(self, project: str) -> Iterator[Answer]:
        return self.pages(calls.get(f"projects/{project}/reward-models/"))

    def promote(self, reward_model: int, reason: str = "") -> Answer:
        body = {"reason": reason} if reason else {}
        promoted: Answer = self.send(calls.post(f"reward-models/{reward_model}/promote/", body))
        return promoted

    def score(self, project: str, *, prompt: Any, responses: list[Any]) -> list[float]:
        """The champion's reward of each response."""
        return self.score_all(project, [{"prompt": prompt, "responses": responses}])[0]

    def score_all(self, project: str, inputs: Sequence[Row]) -> list[list[float]]:
        """The champion's rewards of many prompts' responses, all of one call by one version."""
        scores: list[list[float]] = self.send(calls.score(project, inputs))["scores"]
        return scores

    def decide(self, project: str, *, prompt: Any, response: Any) -> Answer:
        decision: Answer = self.send(calls.decide(project, prompt, response))
        return decision

    def _wait(self, kind: str, look: Callable[[], Answer], progress: Progress | None, every: float) -> Answer:
        while True:
            found = look()
            if progress is not None:
                progress(found)
            if found["status"] in ENDED:
                break
            time.sleep(every)
        if found["status"] != "succeeded":
            raise JobFailed(kind, found)
        return found

    def _stream(self, call: Call, opened: Callable[[Mapping[str, str]], None]) -> Iterator[bytes]:
        with self._http.stream(call.method, call.path, params=call.known_query, headers=call.headers) as answer:
            if not answer.is_success:
                answer.read()
                raise refusal(answer)
            opened(answer.headers)
            yield from answer.iter_bytes()


def _in_thousands(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


__all__ = ["JobFailed", "Podium", "PodiumError"]
