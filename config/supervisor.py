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
from contextlib import ExitStack, closing, suppress
from http.client import HTTPException
from pathlib import Path
from xmlrpc.client import Fault

from config import env, prepare
from config.processes import BROKER, Process, processes
from config.readiness import Readiness, control

READY_SECONDS = 120
LEFTOVER_SECONDS = 60
# Spinning OpenMP threads on shared cores were measured 13 to 17 times slower than waiting ones.
QUIET_THREADS = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}


class CannotStart(Exception):
    """Podium cannot start here; the message says why and what to do."""


def main() -> int:
    try:
        host, port = env.text("HOST", "127.0.0.1"), env.integer("PORT", 8000)
        with ExitStack() as stack:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, _exit)
            _lock(stack)
            _check_port(host, port, patience=LEFTOVER_SECONDS if _end_leftovers() else 0)
            print("Preparing the database …", flush=True)
            passwords = prepare.prepare()
            started = processes(host=host, port=port)
            supervisord = _start(started)
            stack.callback(_end, supervisord)
            print("Starting …", flush=True)
            _wait_until_ready(supervisord, _address(host, port), started)
            print(_banner(_address(host, port), passwords), flush=True)
            supervisord.wait()
            raise CannotStart(f"The supervisor of the processes has ended; see {_log('supervisord')}.")
    except (CannotStart, env.InvalidEnvironment) as error:
        print(error, file=sys.stderr)
        return 1


def _exit(number: int, frame: object) -> None:
    # Again would interrupt the ending itself.
    for again in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(again, signal.SIG_IGN)
    # The terminal may be what has gone.
    with suppress(OSError):
        print("\nStopping …", flush=True)
    sys.exit(0)


def _lock(stack: ExitStack) -> None:
    """One Podium per state folder; the lock falls with this process, however it ends."""
    file = stack.enter_context((_run_dir() / "lock").open("a+"))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise CannotStart(
            f"Podium runs already from {env.state_dir()} (process {file.read().strip()}). "
            "Stop it, or set PODIUM_STATE to another folder."
        ) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()


def _end_leftovers() -> bool:
    """End the supervisord of a start that was killed, and with it what it still holds; whether there was any."""
    if not (pidfile := _run_dir() / "supervisord.pid").exists():
        return False
    deadline = time.monotonic() + LEFTOVER_SECONDS
    # It closes its socket last, when everything else has ended; and refuses to shut down twice, which does no harm.
    with suppress(OSError, HTTPException):
        while time.monotonic() < deadline:
            with suppress(Fault):
                control().supervisor.shutdown()
            time.sleep(0.1)
    pidfile.unlink(missing_ok=True)
    return True


def _check_port(host: str, port: int, *, patience: float) -> None:
    deadline = time.monotonic() + patience
    while (problem := _port_problem(host, port)) and time.monotonic() < deadline:
        time.sleep(0.2)
    if problem:
        raise CannotStart(f"Port {port} cannot be used ({problem}). Choose another one: PORT={port + 1} make run")


def _port_problem(host: str, port: int) -> str:
    if not 0 < port < 65536:
        raise CannotStart(f"PORT is {port}; ports are 1 to 65535")
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise CannotStart(f"HOST is {host!r}, which this machine cannot listen on ({error.strerror})") from None
    try:
        with closing(socket.socket(family, kind)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _start(started: list[Process]) -> "subprocess.Popen[bytes]":
    _log_dir().mkdir(mode=0o700, exist_ok=True)
    path = _run_dir() / "supervisord.conf"
    path.write_text(_configuration(started))
    return subprocess.Popen(  # noqa: S603  our own command
        [*_tether("TERM"), sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(path)],
        env={**QUIET_THREADS, **os.environ},
        cwd=env.BASE_DIR,
        # Ctrl-C reaches this process alone, which then ends the others in order.
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _configuration(started: list[Process]) -> str:
    """supervisord's file. The broker is the first to start and the last to end; the others end together."""
    address = env.socket_path("supervisor")
    members = [process.name for process in started if process.name != BROKER]
    sections = [
        f"[supervisord]\nnodaemon=true\nlogfile={_escaped(_log('supervisord'))}\n"
        f"pidfile={_escaped(_run_dir() / 'supervisord.pid')}\n",
        f"[unix_http_server]\nfile={_escaped(address)}\nchmod=0700\n",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
        # For the operator: .venv/bin/supervisorctl -c var/run/supervisord.conf status
        f"[supervisorctl]\nserverurl=unix://{_escaped(address)}\n",
        f"[group:podium]\nprograms={','.join(members)}\npriority=2\n",
    ]
    for process in started:
        sections.append(
            f"[program:{process.name}]\n"
            f"command={_escaped(shlex.join([*_tether(process.stop), *process.command]))}\n"
            f"priority={1 if process.name == BROKER else 2}\n"
            f"stopsignal={process.stop}\n"
            f"stopwaitsecs={process.seconds}\n"
            "autorestart=true\n"
            "startretries=10\n"
            "stopasgroup=false\n"
            "killasgroup=true\n"
            "redirect_stderr=true\n"
            f"stdout_logfile={_escaped(_log(process.name))}\n"
            "stdout_logfile_maxbytes=10MB\n"
            "stdout_logfile_backups=2\n"
        )
    return "\n".join(sections)


def _tether(signal_name: str) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("tether.py")), signal_name]


def _escaped(value: str | Path) -> str:
    # supervisord expands %(…)s in its file.
    return str(value).replace("%", "%%")


def _wait_until_ready(supervisord: "subprocess.Popen[bytes]", url: str, started: list[Process]) -> None:
    readiness = Readiness(started, url=url)
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and supervisord.poll() is None and not readiness.failing:
        readiness.look()
        if not readiness.waiting:
            return
        time.sleep(0.2)
    failed = readiness.failing or readiness.waiting
    raise CannotStart(f"Podium cannot start: no {', '.join(failed)}.\n{_log_tails(['supervisord', *failed])}")


def _log_tails(names: list[str]) -> str:
    tails = []
    for log in (_log(name) for name in names):
        if log.exists():
            tails.append(f"--- {log}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-12:]))
    return "\n".join(tails)


def _end(supervisord: "subprocess.Popen[bytes]") -> None:
    if supervisord.poll() is None:
        supervisord.terminate()
        supervisord.wait()


def _address(host: str, port: int) -> str:
    """What a browser on this machine is to open."""
    everywhere = {"", "0.0.0.0", "::"}  # noqa: S104  compared, not bound
    host = "localhost" if host in everywhere | {"127.0.0.1"} else host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _banner(address: str, passwords: dict[str, str]) -> str:
    lines = ["", f"Podium is up: {address}/", ""]
    if passwords:
        lines.append("Sign in with one of these. The passwords are shown this once:")
        lines += [f"  {name:<6} {password}" for name, password in passwords.items()]
    else:
        lines.append("Sign in as admin. Password forgotten: .venv/bin/python manage.py changepassword admin")
    if env.text("PODIUM_ADMIN_PASSWORD"):
        lines.append("  admin  has the password of PODIUM_ADMIN_PASSWORD")
    return "\n".join([*lines, "", f"Logs: {_log_dir()}    Stop: Ctrl-C", ""])


def _run_dir() -> Path:
    path = env.state_dir() / "run"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _log(name: str) -> Path:
    return _log_dir() / f"{name}.log"


def _log_dir() -> Path:
    return env.state_dir() / "log"


if __name__ == "__main__":
    sys.exit(main())
