"""`make run`: prepare the state, start every process under one supervisor, say where it is, end all of it again.

The processes themselves are kept alive by supervisord, which this one starts and outlives.
"""

import fcntl
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from config import env, prepare
from config.processes import Process, processes

READY_SECONDS = 120
# Spinning OpenMP threads on shared cores were measured 13 to 17 times slower than waiting ones.
QUIET_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


class CannotStart(Exception):
    """Podium cannot start here; the message says why and what to do."""


def main() -> int:
    host, port = env.text("HOST", "127.0.0.1"), env.integer("PORT", 8000)
    try:
        with ExitStack() as stack:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, _exit)
            _lock(stack)
            _end_leftovers()
            _check_port(host, port)
            print("Preparing the database …", flush=True)
            passwords = prepare.prepare()
            started = processes(host=host, port=port)
            supervisord = _start(started)
            stack.callback(_end, supervisord)
            print("Starting …", flush=True)
            _wait_until_ready(supervisord, port, started)
            print(_banner(host, port, passwords), flush=True)
            return supervisord.wait()
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1


def _exit(number: int, frame: object) -> None:
    # Again would interrupt the ending itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("\nStopping …", flush=True)
    sys.exit(0)


def _lock(stack: ExitStack) -> None:
    """One Podium per state folder; the lock falls with this process, however it ends."""
    path = env.state_dir() / "run" / "lock"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    file = stack.enter_context(path.open("w"))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotStart(
            f"Podium runs already from {env.state_dir()}. Stop it, or set PODIUM_STATE to another folder."
        ) from None


def _end_leftovers() -> None:
    """End the supervisord of a start that was killed, and with it what it still holds."""
    pidfile = _run_dir() / "supervisord.pid"
    if not pidfile.exists():
        return
    pid = int(pidfile.read_text())
    command = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    if str(_run_dir()) in command.stdout:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while pidfile.exists() and time.monotonic() < deadline:
            time.sleep(0.1)


def _check_port(host: str, port: int) -> None:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} cannot be used ({error.strerror}). Choose another one: PORT={port + 1} make run"
            ) from None


def _start(started: list[Process]) -> "subprocess.Popen[bytes]":
    logs = env.state_dir() / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    path = _run_dir() / "supervisord.conf"
    path.write_text(_configuration(started, logs))
    tether = [sys.executable, str(Path(__file__).with_name("tether.py")), "TERM"]
    return subprocess.Popen(  # noqa: S603  our own command
        [*tether, sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(path)],
        env={**QUIET_THREADS, **os.environ},
        cwd=env.BASE_DIR,
        # Ctrl-C reaches this process alone, which then ends the others in order.
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _configuration(started: list[Process], logs: Path) -> str:
    sections = [
        f"[supervisord]\nnodaemon=true\nlogfile={logs / 'supervisord.log'}\npidfile={_run_dir() / 'supervisord.pid'}\n"
    ]
    for priority, process in enumerate(started, start=1):
        tether = [sys.executable, str(Path(__file__).with_name("tether.py")), process.stop]
        sections.append(
            f"[program:{process.name}]\n"
            f"command={_command([*tether, *process.command])}\n"
            f"priority={priority}\n"
            f"stopsignal={process.stop}\n"
            f"stopwaitsecs={process.seconds}\n"
            "autorestart=true\n"
            "startretries=10\n"
            "stopasgroup=false\n"
            "killasgroup=true\n"
            "redirect_stderr=true\n"
            f"stdout_logfile={logs / process.name}.log\n"
            "stdout_logfile_maxbytes=10MB\n"
            "stdout_logfile_backups=2\n"
        )
    return "\n".join(sections)


def _command(words: list[str]) -> str:
    # supervisord expands %(…)s in its file.
    return shlex.join(words).replace("%", "%%")


def _wait_until_ready(supervisord: "subprocess.Popen[bytes]", port: int, started: list[Process]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and supervisord.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):  # noqa: S310  our own address
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise CannotStart(f"Podium did not become ready. The last lines of its logs:\n{_log_tails(started)}")


def _log_tails(started: list[Process]) -> str:
    tails = []
    for process in started:
        log = env.state_dir() / "log" / f"{process.name}.log"
        if log.exists():
            tails.append(f"--- {log}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:]))
    return "\n".join(tails)


def _end(supervisord: "subprocess.Popen[bytes]") -> None:
    if supervisord.poll() is None:
        supervisord.terminate()
        supervisord.wait()


def _banner(host: str, port: int, passwords: dict[str, str]) -> str:
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0"} else host  # noqa: S104  compared, not bound
    lines = ["", f"Podium is up: http://{shown}:{port}/", ""]
    if passwords:
        lines.append("Sign in with one of these. The passwords are shown this once:")
        lines += [f"  {name:<6} {password}" for name, password in passwords.items()]
    else:
        lines.append("Sign in as admin. Password forgotten: .venv/bin/python manage.py changepassword admin")
    if env.text("PODIUM_ADMIN_PASSWORD"):
        lines.append("  admin  has the password of PODIUM_ADMIN_PASSWORD")
    return "\n".join([*lines, "", f"Logs: {env.state_dir() / 'log'}    Stop: Ctrl-C", ""])


def _run_dir() -> Path:
    return env.state_dir() / "run"


if __name__ == "__main__":
    sys.exit(main())
