"""A whole Podium, started as `make run` starts it, in a state folder of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.services import end_process, free_port

PASSWORD = "open the bakery at dawn"


class Podium:
    """What it prints is in `printed`. `environment` adds to this process's own, which decides on its database."""

    def __init__(self, state: Path, *, password: str = PASSWORD, **environment: str) -> None:
        self.state = state
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.printed = ""
        self._environment = {**os.environ, "PODIUM_STATE": str(state), "PORT": str(self.port), **environment}
        if password:
            self._environment["PODIUM_ADMIN_PASSWORD"] = password
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> "Podium":
        """Returns once it says that it is up."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.supervisor"],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.printed = ""
        while (line := self.process.stdout.readline()) and "Stop: Ctrl-C" not in line:
            self.printed += line
        assert line, f"Podium ended while starting:\n{self.printed}"
        return self

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            end_process(self.process, 60)

    def descendants(self) -> dict[int, str]:
        """The command lines, by pid, of all that it has started, directly or not."""
        assert self.process is not None
        command = ["ps", "-ww", "-eo", "pid=,ppid=,command="]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        everything = [
            (int(pid), int(parent), command) for pid, parent, command in (line.split(None, 2) for line in lines)
        ]
        found: dict[int, str] = {}
        parents = {self.process.pid}
        while parents:
            children = {pid: command for pid, parent, command in everything if parent in parents}
            found |= children
            parents = set(children)
        return found

    def manage(self, *arguments: str) -> str:
        """What `manage.py` prints in another shell."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True).stdout

    def token(self, *scopes: str) -> str:
        words = [word for scope in scopes for word in ("--scope", scope)]
        return self.manage("create_token", "admin", *words).splitlines()[-1]

    def call(self, method: str, path: str, token: str, body: object = None, **extra: str) -> tuple[int, Any]:
        """Status and decoded JSON of an API call; `extra` are headers, such as Idempotency_Key."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        headers |= {name.replace("_", "-"): value for name, value in extra.items()}
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(self.url + path, data=data, headers=headers, method=method), timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except HTTPError as error:
            return error.code, json.loads(error.read() or b"null")
