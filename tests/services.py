"""Servers that the suite starts for itself, and the programs it looks for."""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from config import env
from config.processes import valkey_command

POSTGRESQL_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)
# Nothing in it has to outlive a power cut.
POSTGRESQL_OPTIONS = ("-c", "fsync=off", "-c", "max_connections=200")
STOP_SECONDS = 20.0
Command = list[str | Path]
# The first draws the same pages without a window to draw them in, at half the processor time.
BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


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
        max(found, key=lambda path: [int(part) for part in re.findall(r"\d+", path.parent.parent.name)]).parent
        if found
        else None
    )


def find_redis() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


def find_chromium() -> str | None:
    """An installed Chromium or Chrome, else the one that Playwright has downloaded, if it has."""
    if installed := next((path for name in BROWSERS if (path := shutil.which(name))), None):
        return installed
    with sync_playwright() as playwright:
        downloaded = playwright.chromium.executable_path
    return downloaded if Path(downloaded).exists() else None


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


class PostgresqlCluster:
    """A throw-away PostgreSQL cluster on a free port, in a folder of its own."""

    def __init__(self, programs: Path, settings: Sequence[str] = POSTGRESQL_OPTIONS) -> None:
        self._programs, self._settings = programs, settings
        self._port = str(free_port())
        self._folder = Path(tempfile.mkdtemp(prefix="podium-postgresql-"))
        self._where = ["-h", "127.0.0.1", "-p", self._port]
        self._options: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._options["cwd"] = self._folder
        # PostgreSQL refuses to run as root.
        if os.getuid() == 0:
            user = next(entry.pw_name for entry in pwd.getpwall() if entry.pw_name in {"postgres", "nobody"})
            shutil.chown(self._folder, user)
            self._options |= {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """That of its database `podium`."""
        return f"postgres://podium@127.0.0.1:{self._port}/podium"

    def create(self) -> None:
        """Make the cluster and its database; the server runs from then on."""
        initdb: Command = [self._programs / "initdb", "-D", self._data, "-A", "trust", "-U", "podium", "-E", "UTF8"]
        subprocess.run([*initdb, "--no-sync"], check=True, **self._options)
        self.start()
        createdb: Command = [self._programs / "createdb", *self._where, "-U", "podium", "podium"]
        subprocess.run(createdb, check=True, **self._options)

    def start(self) -> None:
        postgres: Command = [self._programs / "postgres", "-D", self._data, *self._where, "-k", self._folder]
        self._process = subprocess.Popen([*postgres, *self._settings], start_new_session=True, **self._options)
        _wait_for(lambda: _accepts([self._programs / "pg_isready", "-q", *self._where]), self._process)

    def kill(self) -> None:
        """The server and every process of it at once, as a power cut would."""
        assert self._process is not None
        server = self._process.pid
        children = subprocess.run(["pgrep", "-P", str(server)], capture_output=True, text=True, check=True)
        for pid in (server, *map(int, children.stdout.split())):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def remove(self) -> None:
        if self._process is not None and self._process.poll() is None:
            end_process(self._process, number=signal.SIGINT)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"


@contextmanager
def postgresql_cluster(programs: Path, settings: Sequence[str] = POSTGRESQL_OPTIONS) -> Iterator[str]:
    """A cluster for as long as the block lasts; the URL of its database `podium`."""
    cluster = PostgresqlCluster(programs, settings)
    try:
        cluster.create()
        yield cluster.url
    finally:
        cluster.remove()


def _accepts(question: Command) -> bool:
    return subprocess.run(question, check=False).returncode == 0


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


def end_process(
    process: "subprocess.Popen[bytes]", seconds: float = STOP_SECONDS, number: int = signal.SIGTERM
) -> None:
    """Ask a process that we started to end; kill it when it does not."""
    process.send_signal(number)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
