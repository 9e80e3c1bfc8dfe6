"""Servers that the suite starts for itself, and the programs it looks for."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from config import env
from config.processes import valkey_command

POSTGRESQL_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)
STOP_SECONDS = 20.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_postgresql() -> Path | None:
    """The folder of PostgreSQL's server programs, the newest version's where there are several."""
    found = [path for pattern in POSTGRESQL_FOLDERS for path in Path("/").glob(f"{pattern[1:]}/initdb")]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve())
    return (
        max(found, key=lambda path: [int(part) for part in path.parent.parent.name.split("-") if part.isdigit()]).parent
        if found
        else None
    )


def find_redis() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


def find_chromium() -> str | None:
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def start_valkey() -> "subprocess.Popen[bytes]":
    """The embedded broker, exactly as `make run` starts it, on the socket of the current state folder."""
    process = subprocess.Popen(valkey_command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_for(lambda: env.socket_path("valkey").exists(), process)
    return process


@contextmanager
def redis_server(program: str) -> Iterator[str]:
    """A Redis on a free port; its URL."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="podium-redis-") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            _wait_for(lambda: _answers(port), process)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            end_process(process)


@contextmanager
def postgresql_cluster(programs: Path) -> Iterator[str]:
    """A throw-away PostgreSQL cluster on a free port; the URL of its database `podium`."""
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="podium-postgresql-"))
    command: list[str] = []
    # PostgreSQL refuses to run as root.
    if os.getuid() == 0:
        user = next(entry.pw_name for entry in pwd.getpwall() if entry.pw_name in {"postgres", "nobody"})
        shutil.chown(folder, user)
        command = ["setpriv", "--reuid", user, "--clear-groups"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    data = folder / "data"
    process = None
    try:
        subprocess.run(
            [*command, programs / "initdb", "-D", data, "-A", "trust", "-U", "podium", "-E", "UTF8", "--no-sync"],
            check=True,
            **quiet,
        )
        options = [
            "-p",
            str(port),
            "-h",
            "127.0.0.1",
            "-k",
            str(folder),
            "-c",
            "fsync=off",
            "-c",
            "max_connections=200",
        ]
        process = subprocess.Popen([*command, programs / "postgres", "-D", data, *options], **quiet)
        _wait_for(lambda: _accepts(programs, port), process)
        subprocess.run(
            [programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "podium", "podium"], check=True, **quiet
        )
        yield f"postgres://podium@127.0.0.1:{port}/podium"
    finally:
        if process is not None:
            end_process(process, number=signal.SIGINT)
        shutil.rmtree(folder, ignore_errors=True)


def _accepts(programs: Path, port: int) -> bool:
    asked = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(asked, check=False).returncode == 0


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _wait_for(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} did not come up")
        time.sleep(0.05)


def end_process(process: "subprocess.Popen[bytes]", seconds: float = STOP_SECONDS, number: int = signal.SIGTERM) -> None:
    """Ask a process that we started to end; kill it when it does not."""
    process.send_signal(number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
