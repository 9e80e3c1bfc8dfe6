"""Whether the processes of `make run` are up.

Each is asked itself: a worker that dies while it imports runs, as far as the operating system can tell, until it does.
"""

import socket
from http.client import HTTPException
from xmlrpc.client import Fault, ServerProxy

import httpx
from kombu.exceptions import OperationalError
from supervisor.xmlrpc import SupervisorTransport

from config import env
from config.celery import app
from config.processes import Process

# A process that has been started this often without coming up will not come up.
STARTS = 4
CELERY_WORKERS = {"worker", "trainer"}


def control() -> ServerProxy:
    """supervisord's own interface, on a socket that only this user can open."""
    # The address is never used: the transport speaks to the socket.
    return ServerProxy("http://127.0.0.1", SupervisorTransport(None, None, f"unix://{env.socket_path('supervisor')}"))


class Readiness:
    """`look` again and again: `waiting` names what does not answer yet, `failing` what cannot be started."""

    def __init__(self, started: list[Process], *, url: str) -> None:
        self.waiting = [process.name for process in started]
        self.failing: list[str] = []
        self._url = url
        self._pids: dict[str, set[int]] = {name: set() for name in self.waiting}

    def look(self) -> None:
        try:
            # The types of xmlrpc.client know no more than that an answer is something marshallable.
            states: list[dict[str, object]] = control().supervisor.getAllProcessInfo()  # type: ignore[assignment]
        except (OSError, HTTPException, Fault):
            return
        running = set()
        for state in states:
            name = str(state["name"])
            if state["statename"] == "RUNNING":
                running.add(name)
            if isinstance(state["pid"], int) and state["pid"]:
                self._pids[name].add(state["pid"])
        given_up = {str(state["name"]) for state in states if state["statename"] == "FATAL"}
        self.failing = [name for name, pids in self._pids.items() if len(pids) >= STARTS or name in given_up]
        self.waiting = [name for name in self.waiting if name not in running or not self._answers(name)]

    def _answers(self, name: str) -> bool:
        match name:
            case "web":
                return _serves(f"{self._url}/readyz")
            case "scorer":
                return _scorer_serves()
            case _ if name in CELERY_WORKERS:
                # Without its broker, which web reports on, a ping would only wait.
                return "web" not in self.waiting and _pongs(f"{name}@{socket.gethostname()}")
            case _:
                return True


def _scorer_serves() -> bool:
    url = env.scorer_url()
    if url.startswith("unix://"):
        return _serves("http://scorer/healthz", httpx.HTTPTransport(uds=url.removeprefix("unix://")))
    return _serves(f"{url.rstrip('/')}/healthz")


def _serves(url: str, transport: httpx.HTTPTransport | None = None) -> bool:
    try:
        with httpx.Client(transport=transport, timeout=5, trust_env=False) as client:
            return client.get(url).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _pongs(worker: str) -> bool:
    try:
        return bool(app.control.ping(destination=[worker], timeout=0.5))
    except OperationalError:
        return False
