"""The scoring server: `POST /score` for the web process, `GET /healthz`. Neither Django nor a database.

The caller names the model by its folder, so the version that answers is the one that was asked for, whatever is
promoted meanwhile. Nothing outside the artifacts folder can be named.
"""

import asyncio
import hmac
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from rewardmodel.ml.errors import InputError
from rewardmodel.scorer.slots import Input, ModelSlots

logger = logging.getLogger(__name__)

MODELS_IN_MEMORY = 4


def build_app(*, artifacts_dir: Path, token: str) -> Starlette:
    """The server for the reward models under `artifacts_dir`; callers show `token` as a bearer token."""
    slots = ModelSlots(artifacts_dir / "reward-models", capacity=MODELS_IN_MEMORY)
    # One thread: torch spreads each forward over the cores itself, and two at once only contend for them.
    inference = ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference")

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def score(request: Request) -> Response:
        # As bytes: comparing text, it refuses any that is not ASCII with an exception.
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Bearer {token}".encode()):
            return PlainTextResponse("wrong token", status_code=401)
        try:
            model, inputs = _parse(await request.json())
        except (AttributeError, JSONDecodeError, KeyError, RecursionError, TypeError, ValueError):
            return PlainTextResponse(
                'expected {"model": uuid, "inputs": [{"prompt", "responses"}, …]}', status_code=400
            )
        try:
            scores = await asyncio.get_running_loop().run_in_executor(inference, slots.score, model, inputs)
        except InputError as error:
            logger.warning("model %s: %s", model, error)
            return PlainTextResponse(str(error), status_code=422)
        return JSONResponse({"scores": scores})

    return Starlette(routes=[Route("/healthz", healthz), Route("/score", score, methods=["POST"])])


def _parse(body: Any) -> tuple[uuid.UUID, list[Input]]:
    return uuid.UUID(body["model"]), [(item["prompt"], item["responses"]) for item in body["inputs"]]
