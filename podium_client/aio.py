"""The client for programs under asyncio; what each call does stands in `podium_client.sync`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import httpx

from podium_client import calls
from podium_client.calls import Call
from podium_client.errors import JobFailed, refusal
from podium_client.sending import may_repeat, wait_before
from podium_client.streams import Reading
from podium_client.sync import ENDED, Answer, Progress, Row, _in_thousands, settings


class AsyncPodium:
    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        timeout: float = 60.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        base, headers = settings(url, token)
        self._http = httpx.AsyncClient(base_url=base, headers=headers, timeout=timeout, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    async def send(self, call: Call) -> Any:
        attempt = 0
        # Read once: what is sent again must not depend on the file still being the same.
        upload = await asyncio.to_thread(call.file.read_bytes) if call.file else b""
        while True:
            outcome: httpx.Response | httpx.TransportError
            try:
                outcome = await self._http.request(
                    call.method,
                    call.path,
                    params=call.known_query,
                    json=call.body,
                    content=call.content,
                    files={"file": (call.file.name, upload)} if call.file else None,
                    headers=call.headers,
                )
            except httpx.TransportError as error:
                outcome = error
            if isinstance(outcome, httpx.Response) and outcome.is_success:
                return outcome.json() if outcome.content else None
            if not may_repeat(call, outcome, attempt):
                raise refusal(outcome) if isinstance(outcome, httpx.Response) else outcome
            await asyncio.sleep(wait_before(outcome, attempt))
            attempt += 1

    async def pages(self, call: Call) -> AsyncIterator[Answer]:
        page = await self.send(call)
        while True:
            for row in page["results"]:
                yield row
            if page["next"] is None:
                return
            page = await self.send(Call("GET", page["next"]))

    def projects(self) -> AsyncIterator[Answer]:
        return self.pages(calls.get("projects/"))

    async def project(self, slug: str) -> Answer:
        found: Answer = await self.send(calls.get(f"projects/{slug}/"))
        return found

    async def create_project(self, slug: str, name: str, **fields: Any) -> Answer:
        made: Answer = await self.send(calls.post("projects/", {"slug": slug, "name": name, **fields}))
        return made

    async def update_project(self, slug: str, **fields: Any) -> Answer:
        changed: Answer = await self.send(calls.patch(f"projects/{slug}/", fields))
        return changed

    async def import_prompts(
        self,
        project: str,
        source: str | Path | Iterable[Row],
        *,
        recipe: str = "prompts",
        skip_invalid: bool = False,
        progress: Progress | None = None,
    ) -> Answer:
        if isinstance(source, str | Path):
            answer: Answer = await self.send(
                calls.import_file(project, Path(source), recipe=recipe, skip_invalid=skip_invalid)
            )
            if "job" in answer:
                answer = (await self.wait_for_job(answer["job"], progress=progress))["result"]
            return answer
        total = {"created": 0, "unchanged": 0, "skipped": 0}
        for rows in _in_thousands(source):
            found = await self.send(calls.import_rows(project, rows, recipe=recipe, skip_invalid=skip_invalid))
            total = {name: total[name] + found[name] for name in total}
            if progress is not None:
                progress(total)
        return total

    async def import_url(self, project: str, url: str, *, progress: Progress | None = None, **said: Any) -> Answer:
        """Have the server fetch an address and import it; said: format, recipe, skip_invalid. What came of it."""
        started = await self.send(calls.import_url(project, url, said))
        done = await self.wait_for_job(started["job"], progress=progress)
        result: Answer = done["result"]
        return result

    async def add_model(self, project: str, model: str, **said: Any) -> Answer:
        """Enter an LLM that can answer prompts; said: url, key, name, temperature and what else the call takes."""
        made: Answer = await self.send(calls.add_model(project, model, said))
        return made

    async def generate(
        self, project: str, models: Sequence[int], *, n: int = 1, progress: Progress | None = None, **said: Any
    ) -> Answer:
        """Have LLMs (the `id`s of `add_model`) answer prompts; said: which, limit. Responses, tokens and cost."""
        started = await self.send(calls.generate(project, models, n, said))
        done = await self.wait_for_job(started["job"], progress=progress)
        result: Answer = done["result"]
        return result

    async def judge(self, project: str, model: int, *, progress: Progress | None = None, **said: Any) -> Answer:
        """Have an LLM rank prompts; an export holds its rankings with `judges=True`."""
        started = await self.send(calls.judge(project, model, said))
        done = await self.wait_for_job(started["job"], progress=progress)
        result: Answer = done["result"]
        return result

    async def job(self, job: str) -> Answer:
        found: Answer = await self.send(calls.get(f"jobs/{job}/"))
        return found

    async def wait_for_job(self, job: str, *, progress: Progress | None = None, every: float = 1.0) -> Answer:
        return await self._wait("job", calls.get(f"jobs/{job}/"), progress, every)

    async def next_assignment(self, project: str) -> Answer | None:
        assignment: Answer | None = await self.send(calls.post(f"projects/{project}/assignments/", repeatable=True))
        return assignment

    async def submit(self, assignment: int, tiers: list[list[str]], *, key: str | None = None, **said: Any) -> Answer:
        ranking: Answer = await self.send(calls.submit(assignment, tiers, key, said))
        return ranking

    async def revise(self, ranking: int, tiers: list[list[str]], *, key: str | None = None, **said: Any) -> Answer:
        revised: Answer = await self.send(calls.revise(ranking, tiers, key, said))
        return revised

    async def skip(self, assignment: int, reason: str) -> None:
        await self.send(calls.post(f"assignments/{assignment}/skip/", {"reason": reason}))

    async def heartbeat(self, assignment: int) -> Answer:
        renewed: Answer = await self.send(calls.post(f"assignments/{assignment}/heartbeat/", repeatable=True))
        return renewed

    def rankings(self, project: str, **choices: Any) -> AsyncIterator[Answer]:
        return self.pages(calls.get(f"projects/{project}/rankings/", **choices))

    async def pairs(self, project: str, **choices: Any) -> AsyncIterator[Answer]:
        reading = Reading(project, choices)
        attempt = 0
        while True:
            read = reading.records
            try:
                async for block in self._stream(reading.call(), reading.opened):
                    for record in reading.feed(block):
                        yield record
                return
            except httpx.TransportError as error:
                attempt = 0 if reading.records > read else attempt + 1
                call = calls.pairs(project, choices)
                if (reading.records and not reading.resumable) or not may_repeat(call, error, attempt):
                    raise
                await asyncio.sleep(wait_before(error, attempt))

    async def create_snapshot(self, project: str) -> Answer:
        frozen: Answer = await self.send(calls.post(f"projects/{project}/snapshots/", repeatable=True))
        return frozen

    async def start_run(self, project: str, **config: Any) -> Answer:
        run: Answer = await self.send(calls.post(f"projects/{project}/training-runs/", config))
        return run

    async def run(self, run: int) -> Answer:
        found: Answer = await self.send(calls.get(f"training-runs/{run}/"))
        return found

    async def cancel_run(self, run: int) -> Answer:
        cancelled: Answer = await self.send(calls.post(f"training-runs/{run}/cancel/"))
        return cancelled

    async def wait_for_run(self, run: int, *, progress: Progress | None = None, every: float = 2.0) -> Answer:
        return await self._wait("run", calls.get(f"training-runs/{run}/"), progress, every)

    def reward_models(self, project: str) -> AsyncIterator[Answer]:
        return self.pages(calls.get(f"projects/{project}/reward-models/"))

    async def promote(self, reward_model: int, reason: str = "") -> Answer:
        body = {"reason": reason} if reason else {}
        promoted: Answer = await self.send(calls.post(f"reward-models/{reward_model}/promote/", body))
        return promoted

    async def score(self, project: str, *, prompt: Any, responses: list[Any]) -> list[float]:
        return (await self.score_all(project, [{"prompt": prompt, "responses": responses}]))[0]

    async def score_all(self, project: str, inputs: Sequence[Row]) -> list[list[float]]:
        scores: list[list[float]] = (await self.send(calls.score(project, inputs)))["scores"]
        return scores

    async def decide(self, project: str, *, prompt: Any, response: Any) -> Answer:
        decision: Answer = await self.send(calls.decide(project, prompt, response))
        return decision

    async def _wait(self, kind: str, call: Call, progress: Progress | None, every: float) -> Answer:
        while True:
            found: Answer = await self.send(call)
            if progress is not None:
                progress(found)
            if found["status"] in ENDED:
                break
            await asyncio.sleep(every)
        if found["status"] != "succeeded":
            raise JobFailed(kind, found)
        return found

    async def _stream(self, call: Call, opened: Callable[[Mapping[str, str]], None]) -> AsyncIterator[bytes]:
        async with self._http.stream(call.method, call.path, params=call.known_query, headers=call.headers) as answer:
            if not answer.is_success:
                await answer.aread()
                raise refusal(answer)
            opened(answer.headers)
            async for block in answer.aiter_bytes():
                yield block
