"""The scoring server: `POST /score` and `POST /load` for the web process; `GET /healthz` and `/metrics`. Neither Django
nor a database.

The caller names the model by its folder, so the version that answers is the one that was asked for, whatever is
promoted meanwhile. Nothing outside the artifacts folder can be named.
"""

from __future__ import annotations

import hmac
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from rewardmodel.ml.errors import InputError
from rewardmodel.scorer.batching import Batcher, QueueFull, TooLate
from rewardmodel.scorer.served import Input
from rewardmodel.scorer.slots import ModelSlots

logger = logging.getLogger(__name__)

MODELS_IN_MEMORY = 4
DEADLINE_SECONDS = 30.0
RETRY_AFTER_SECONDS = 1
EXPECTED = 'expected {"model": uuid, "inputs": [{"prompt", "responses"}, …]}'


class ScoringServer:
    """The routes and what stands behind them."""

    def __init__(
        self, *, artifacts_dir: Path, token: str, device: str | None, models: int, bring: Callable[[Path], Path]
    ) -> None:
        # As bytes: comparing text, it refuses any that is not ASCII with an exception.
        self._token = f"Bearer {token}".encode()
        self._slots = ModelSlots(artifacts_dir / "reward-models", capacity=models, device=device, bring=bring)
        self._batcher = Batcher()
        self._metrics = CollectorRegistry()
        self._seconds = Histogram("podium_scoring_seconds", "From request to answer.", registry=self._metrics)
        self._metrics.register(self)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        self._batcher.close()
        self._slots.close()

    async def healthz(self, _: Request) -> Response:
        return PlainTextResponse("ok")

    async def metrics(self, _: Request) -> Response:
        return Response(generate_latest(self._metrics), media_type=CONTENT_TYPE_LATEST)

    async def score(self, request: Request) -> Response:
        """200 with one row of rewards an input; 429 when the queue is full, 504 past the deadline, 422 for a model that
        cannot be served. The header `X-Deadline-Seconds` shortens the deadline.
        """
        began = time.monotonic()
        if not self._knows(request):
            return PlainTextResponse("wrong token", status_code=401)
        try:
            name, inputs = _parse(await request.json())
            seconds = min(DEADLINE_SECONDS, float(request.headers.get("x-deadline-seconds", DEADLINE_SECONDS)))
        except (AttributeError, JSONDecodeError, KeyError, RecursionError, TypeError, ValueError):
            return PlainTextResponse(EXPECTED, status_code=400)
        try:
            model = await self._slots.get(name)
            scores = await self._batcher.score(model, inputs, seconds=seconds - (time.monotonic() - began))
        except InputError as error:
            logger.warning("model %s: %s", name, error)
            return PlainTextResponse(str(error), status_code=422)
        except QueueFull:
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return PlainTextResponse("too much is waiting already", status_code=429, headers=headers)
        except TooLate:
            return PlainTextResponse(f"no turn within {seconds:g} seconds", status_code=504)
        self._seconds.observe(time.monotonic() - began)
        return JSONResponse({"scores": scores})

    async def load(self, request: Request) -> Response:
        """Have a model in memory, tried on its golden conversations, before anybody asks for it."""
        if not self._knows(request):
            return PlainTextResponse("wrong token", status_code=401)
        try:
            name = uuid.UUID((await request.json())["model"])
        except (AttributeError, JSONDecodeError, KeyError, RecursionError, TypeError, ValueError):
            return PlainTextResponse('expected {"model": uuid}', status_code=400)
        try:
            await self._slots.get(name)
        except InputError as error:
            return PlainTextResponse(str(error), status_code=422)
        return PlainTextResponse("loaded")

    def collect(self) -> list[Metric]:
        """For Prometheus."""
        counted = {
            "podium_scoring_requests": ("Requests that were queued.", self._batcher.requests),
            "podium_scoring_batches": ("Passes that they were scored in.", self._batcher.batches),
            "podium_scoring_refused": ("Requests that found the queue full.", self._batcher.refused),
            "podium_scoring_late": ("Requests whose deadline passed in the queue.", self._batcher.late),
            "podium_scoring_loads": ("Models that were loaded.", self._slots.loads),
        }
        waiting = GaugeMetricFamily("podium_scoring_waiting_characters", "Text in the queue.", self._batcher.waiting)
        held = GaugeMetricFamily("podium_scoring_models", "Models in memory.", len(self._slots.names))
        return [*(CounterMetricFamily(name, *told) for name, told in counted.items()), waiting, held]

    def _knows(self, request: Request) -> bool:
        return hmac.compare_digest(request.headers.get("authorization", "").encode(), self._token)


def build_app(
    *,
    artifacts_dir: Path,
    token: str,
    device: str | None = None,
    models: int = MODELS_IN_MEMORY,
    bring: Callable[[Path], Path] = Path,
) -> Starlette:
    """The server for the reward models under `artifacts_dir`; callers show `token` as a bearer token.

    device: `cpu`, `cuda:1`, …; None takes the accelerator where there is one. models: how many stay in memory.
    """
    server = ScoringServer(artifacts_dir=artifacts_dir, token=token, device=device, models=models, bring=bring)
    routes = [
        Route("/healthz", server.healthz),
        Route("/metrics", server.metrics),
        Route("/score", server.score, methods=["POST"]),
        Route("/load", server.load, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=server.lifespan)


def _parse(body: Any) -> tuple[uuid.UUID, list[Input]]:
    inputs: list[Input] = [(_messages(item["prompt"]), _texts(item["responses"])) for item in body["inputs"]]
    return uuid.UUID(body["model"]), inputs


def _messages(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(message["content"], str) for message in value):
        raise TypeError("a list of messages is needed")
    return value


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise TypeError("a list of texts is needed")
    return value
