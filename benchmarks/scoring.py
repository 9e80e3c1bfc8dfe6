"""Scoring best-of-n: our server against `transformers.pipeline("text-classification")` behind the same HTTP server.

    python -m benchmarks.scoring [--models encoder decoder] [--responses 4 16] [--clients 1 8 32] [--seconds 6]
                                 [--words 60 25] [--infinity PROGRAM]

Each server is a process under uvicorn with one worker and one inference thread; clients send one prompt with its n
responses at a time, each prompt another one, so that nothing is remembered. The pipeline gets a request's texts as one
batch. Before timing, both have to give the same scores. Then a swap: eight clients, and half way another model takes
over; no request may fail. `ratio` is the smallest of our requests a second over the pipeline's; `shared` is how many
times fewer tokens there are where a prompt is computed once for its responses, as only a decoder allows: 1 for an
encoder, whose pipeline keeps the processor as busy as we do. `--words`: of a prompt and of a response.
`--infinity`: the `infinity_emb` of an environment of its own, measured beside the two on the encoder, by its own call
for reranking, with its own batching across requests.
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from transformers import AutoTokenizer

from benchmarks.instance import report
from benchmarks.train_vs_trl import make_model
from rewardmodel.ml.template import Template
from tests.services import free_port

TOKEN, SEED, TARGET = "benchmark", 5, 3.0
# Of a prompt and of a response.
WORDS = (60, 25)
TOLERANCE = 1e-3
# The peers of a kind of model, in turn.
PIPELINE, INFINITY, OURS = "pipeline", "infinity", "ours"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def make_artifact(kind: str, folder: Path) -> Path:
    """A reward model of that kind, one step from its random head."""
    base = folder / "base"
    make_model(kind, base)
    draw = random.Random(SEED)
    rows = [{**request(draw, 4), "id": str(number), "split": "train"} for number in range(4)]
    for row in rows:
        row["rankings"] = [{"annotator": "a", "tiers": [["r1"], ["r2"], ["r3"], ["r4"]]}]
    data = folder / "groups.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    flags = ["--data", str(data), "--base-model", str(base), "--output", str(folder / "model"), "--max-steps", "1"]
    subprocess.run([sys.executable, "-m", "rewardmodel.ml.train", *flags], check=True, capture_output=True)
    return folder / "model"


def request(draw: random.Random, responses: int, words: Sequence[int] = WORDS) -> dict[str, Any]:
    def text(words: int) -> str:
        return " ".join("".join(draw.choices("aeioubcdfglmnprst", k=draw.randint(2, 8))) for _ in range(words))

    return {
        "prompt": [{"role": "user", "content": text(words[0])}],
        "responses": [text(words[1]) for _ in range(responses)],
    }


def serve(kind: str, artifacts: Path, port: int) -> None:
    """Run one of the two servers in this process."""
    import uvicorn

    app = pipeline_app(artifacts) if kind == PIPELINE else our_app(artifacts)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", access_log=False)


def our_app(artifacts: Path) -> Any:
    from rewardmodel.scorer.app import build_app

    return build_app(artifacts_dir=artifacts, token=TOKEN)


def pipeline_app(artifacts: Path) -> Any:
    """The same route over transformers' own pipeline, one thread behind it."""
    from concurrent.futures import ThreadPoolExecutor

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse, PlainTextResponse
    from starlette.routing import Route
    from transformers import pipeline

    [folder] = (artifacts / "reward-models").iterdir()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    classify = pipeline("text-classification", model=str(folder), tokenizer=tokenizer, device="cpu")
    template = Template(tokenizer)
    end = tokenizer.decode(template.frame(()).closing)
    thread = ThreadPoolExecutor(1)

    def score(inputs: list[dict[str, Any]]) -> list[list[float]]:
        rows = []
        for item in inputs:
            prompt = template.frame(tuple(item["prompt"])).text
            if template.layout == "segments":
                texts: list[Any] = [{"text": prompt, "text_pair": response} for response in item["responses"]]
            else:
                texts = [prompt + response + end for response in item["responses"]]
            found = classify(texts, batch_size=len(texts), function_to_apply="none")
            rows.append([own["score"] for own in found])
        return rows

    async def answer(request: Request) -> JSONResponse:
        body = await request.json()
        return JSONResponse({"scores": await asyncio.get_running_loop().run_in_executor(thread, score, body["inputs"])})

    async def healthz(_: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/healthz", healthz), Route("/score", answer, methods=["POST"])])


class Server:
    """One of the peers or ours, in a process of its own, gone afterwards. program: infinity's."""

    def __init__(self, kind: str, artifacts: Path, program: Path | None = None) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.kind = kind
        command = [sys.executable, "-m", "benchmarks.scoring", "--serve", kind, "--artifacts", str(artifacts)]
        environment = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "HF_HUB_OFFLINE": "1"}
        if kind == INFINITY:
            [folder] = (artifacts / "reward-models").iterdir()
            command = [str(program), "v2", "--model-id", str(folder), "--host", "127.0.0.1", "--device", "cpu"]
            command += ["--engine", "torch", "--no-bettertransformer", "--no-model-warmup"]
            environment |= {"DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0"}
        self._process = subprocess.Popen(
            [*command, "--port", str(port)], env={**os.environ, **environment}, stdout=subprocess.DEVNULL
        )

    def __enter__(self) -> "Server":
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                httpx.get(self.url + ("/health" if self.kind == INFINITY else "/healthz"), timeout=1)
                return self
            except (OSError, httpx.TransportError):
                time.sleep(0.2)
        raise SystemExit("the server does not answer")

    def __exit__(self, *_: Any) -> None:
        self._process.terminate()
        self._process.wait()


@dataclass
class Door:
    """How a server of that kind is asked. model: by name, which may change meanwhile."""

    kind: str
    url: str
    model: str
    frame: Callable[[tuple[Any, ...]], Any] | None = None

    def call(self, asked: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The path and the body of a request."""
        if self.kind != INFINITY or self.frame is None:
            return "/score", {"model": self.model, "inputs": [asked]}
        # It knows a model by the last two parts of its path.
        body = {"model": f"reward-models/{self.model}", "query": self.frame(tuple(asked["prompt"])).text}
        return "/rerank", {**body, "documents": asked["responses"], "raw_scores": True}

    def scores(self) -> list[float]:
        """Of one request, the same for every server."""
        path, body = self.call(request(random.Random(SEED), 4))
        answer = httpx.post(self.url + path, json=body, headers=HEADERS, timeout=60)
        answer.raise_for_status()
        said = answer.json()
        if self.kind != INFINITY:
            return [float(score) for score in said["scores"][0]]
        ranked = sorted(said["results"], key=lambda one: int(one["index"]))
        return [float(one["relevance_score"]) for one in ranked]


async def load(
    door: Door, *, clients: int, responses: int, seconds: float, seed: int, words: Sequence[int] = WORDS
) -> tuple[list[float], list[int]]:
    """Latencies and statuses of all requests that ended in time."""
    latencies: list[float] = []
    statuses: list[int] = []
    deadline = time.monotonic() + seconds

    async def client(number: int) -> None:
        # No two clients of any series ask the same: our server would remember.
        draw = random.Random(f"{seed}/{responses}/{clients}/{number}")
        async with httpx.AsyncClient(base_url=door.url, timeout=120, headers=HEADERS) as http:
            while time.monotonic() < deadline:
                path, body = door.call(request(draw, responses, words))
                began = time.monotonic()
                answer = await http.post(path, json=body)
                latencies.append(time.monotonic() - began)
                statuses.append(answer.status_code)

    await asyncio.gather(*(client(number) for number in range(clients)))
    return latencies, statuses


def timed(door: Door, *, clients: int, responses: int, seconds: float, words: Sequence[int]) -> dict[str, Any]:
    # One request, so that nothing is done for the first time.
    asyncio.run(load(door, clients=1, responses=responses, seconds=0.01, seed=0, words=words))
    began = time.monotonic()
    latencies, statuses = asyncio.run(
        load(door, clients=clients, responses=responses, seconds=seconds, seed=1, words=words)
    )
    took = time.monotonic() - began
    return {
        "requests_per_s": len(latencies) / took,
        "p50_ms": 1000 * float(np.quantile(latencies, 0.5)),
        "p95_ms": 1000 * float(np.quantile(latencies, 0.95)),
        "failed": sum(status != 200 for status in statuses),
    }


def saving(responses: int, prompt: int, response: int) -> float:
    """Tokens with the prompt before each response over those with the prompt once."""
    return responses * (prompt + response) / (prompt + responses * response)


def swap(artifact: Path, folder: Path, seconds: float) -> dict[str, Any]:
    """Eight clients of one model, and half way another takes over."""
    names = [put(artifact, folder), put(artifact, folder)]

    async def run(door: Door) -> tuple[list[float], list[int]]:
        async def promote() -> None:
            await asyncio.sleep(seconds / 3)
            async with httpx.AsyncClient(base_url=door.url, timeout=60, headers=HEADERS) as http:
                (await http.post("/load", json={"model": names[1]})).raise_for_status()
            door.model = names[1]

        found, _ = await asyncio.gather(load(door, clients=8, responses=4, seconds=seconds, seed=2), promote())
        return found

    with Server(OURS, folder) as server:
        door = Door(OURS, server.url, names[0])
        door.scores()
        latencies, statuses = asyncio.run(run(door))
    return {
        "requests": len(statuses),
        "failed": sum(status != 200 for status in statuses),
        "p95_ms": 1000 * float(np.quantile(latencies, 0.95)),
        "slowest_ms": 1000 * max(latencies),
    }


def put(artifact: Path, folder: Path) -> str:
    """The model among the artifacts, under a name of its own."""
    name = str(uuid.uuid4())
    target = folder / "reward-models" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(artifact)
    return name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=("encoder", "decoder"), default=["encoder", "decoder"])
    parser.add_argument("--responses", nargs="+", type=int, default=[4, 16])
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--words", type=int, nargs=2, default=WORDS, metavar=("PROMPT", "RESPONSE"))
    parser.add_argument("--infinity", type=Path, help="the program of an environment with infinity-emb")
    parser.add_argument("--serve", choices=(OURS, PIPELINE), help=argparse.SUPPRESS)
    parser.add_argument("--artifacts", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.artifacts, options.port)
        return
    cells: list[dict[str, Any]] = []
    swaps = {}
    for kind in options.models:
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            artifact = make_artifact(kind, work)
            artifacts = work / "artifacts"
            model = put(artifact, artifacts)
            frame = Template(AutoTokenizer.from_pretrained(artifact)).frame
            peers = [PIPELINE, *([INFINITY] if options.infinity and kind == "encoder" else [])]
            places = [(responses, clients) for responses in options.responses for clients in options.clients]
            found: dict[str, list[dict[str, Any]]] = {}
            scores = {}
            for server_kind in (*peers, OURS):
                with Server(server_kind, artifacts, options.infinity) as server:
                    door = Door(server_kind, server.url, model, frame)
                    scores[server_kind] = door.scores()
                    for responses, clients in places:
                        own = timed(
                            door, clients=clients, responses=responses, seconds=options.seconds, words=options.words
                        )
                        found.setdefault(server_kind, []).append(own)
                        print(f"{kind} {server_kind} n={responses} {clients}: {own}", file=sys.stderr, flush=True)
            for peer in peers:
                gap = max(abs(one - other) for one, other in zip(scores[OURS], scores[peer], strict=True))
                if gap > TOLERANCE:
                    raise SystemExit(f"{kind}, {peer}: the scores differ by {gap:.2g}; no speed is worth reporting")
            for place, (responses, clients) in enumerate(places):
                shared = saving(responses, *options.words) if kind == "decoder" else 1.0
                cell = {"model": kind, "responses": responses, "clients": clients, "shared": round(shared, 2)}
                own = found[OURS][place]
                cell["ratio"] = own["requests_per_s"] / found[PIPELINE][place]["requests_per_s"]
                if INFINITY in peers:
                    cell["over_infinity"] = own["requests_per_s"] / found[INFINITY][place]["requests_per_s"]
                cells.append({**cell, **{who: figures[place] for who, figures in found.items()}})
            swaps[kind] = swap(artifact, work / "swap", 2 * options.seconds)
    report(
        words=list(options.words), cells=cells, swap=swaps, ratio=min(cell["ratio"] for cell in cells), target=TARGET
    )


if __name__ == "__main__":
    main()
