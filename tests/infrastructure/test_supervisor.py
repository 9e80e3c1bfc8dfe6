"""`make run`: one command up, all of it down again."""

import json
import os
import signal
import socket
import subprocess
import time
from urllib.request import urlopen

import pytest

from config import env
from tests.podium import Podium

pytestmark = pytest.mark.integration


@pytest.fixture
def podium(tmp_path):
    podium = Podium(tmp_path / "state", password="")
    yield podium
    podium.stop()


def ancestors_and_children() -> dict[int, list[int]]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children: dict[int, list[int]] = {}
    for line in listed.splitlines():
        pid, parent = map(int, line.split())
        children.setdefault(parent, []).append(pid)
    return children


def descendants(pid: int) -> set[int]:
    children = ancestors_and_children()
    found, waiting = set(), [pid]
    while waiting:
        waiting = [child for parent in waiting for child in children.get(parent, [])]
        found.update(waiting)
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if os.path.exists(f"/proc/{pid}") or _signalled(pid)}


def _signalled(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def all_gone(pids: set[int], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    return not alive(pids)


def test_up_with_passwords_shown_once_and_down_with_everything_then_up_with_all_data(podium):
    podium.start()
    assert "admin " in podium.printed
    assert "ada " in podium.printed
    with urlopen(f"{podium.url}/readyz", timeout=30) as answer:
        assert json.load(answer)["ready"] is True
    token = podium.token("read", "write")
    body = {"slug": "kept", "name": "Kept"}
    assert podium.call("POST", "/api/v1/projects/", token, body)[0] == 201
    started = descendants(podium.process.pid)
    assert len(started) >= 6

    podium.process.send_signal(signal.SIGINT)
    podium.process.wait(60)
    assert all_gone(started)

    podium.start()
    assert "ada " not in podium.printed
    assert podium.call("GET", "/api/v1/projects/kept/", token)[0] == 200


def test_a_supervisor_that_is_killed_leaves_nothing_behind_that_a_second_start_would_trip_over(podium):
    podium.start()
    started = descendants(podium.process.pid)

    podium.process.kill()
    podium.process.wait()

    assert all_gone(started)
    podium.start()


def test_a_process_that_dies_comes_back(podium):
    podium.start()
    listed = subprocess.run(
        ["ps", "-eo", "pid=,command="], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    ours = descendants(podium.process.pid)
    scorers = [pid for line in listed if "uvicorn" in line and (pid := int(line.split()[0])) in ours]

    os.kill(scorers[0], signal.SIGKILL)

    deadline = time.monotonic() + 60
    while not _new_scorer(podium, scorers) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert _new_scorer(podium, scorers)


def _new_scorer(podium: Podium, old: list[int]) -> bool:
    listed = subprocess.run(["ps", "-eo", "pid=,command="], capture_output=True, text=True, check=True).stdout
    ours = descendants(podium.process.pid)
    return any("uvicorn" in line and int(line.split()[0]) in ours - set(old) for line in listed.splitlines())


def test_a_port_in_use_is_named_with_the_way_out(podium):
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", podium.port))
        occupant.listen()
        with pytest.raises(
            AssertionError, match=f"Port {podium.port} cannot be used .* PORT={podium.port + 1} make run"
        ):
            podium.start()


def test_one_state_folder_runs_once(podium):
    podium.start()
    second = Podium(podium.state, password="")
    with pytest.raises(AssertionError, match="Podium runs already from"):
        second.start()


def test_a_long_state_path_moves_the_socket_to_a_short_one_that_every_process_finds(tmp_path, monkeypatch):
    monkeypatch.setenv("PODIUM_STATE", str(tmp_path / ("long" * 30)))
    path = env.socket_path("valkey")
    assert len(os.fsencode(path)) <= env.LONGEST_SOCKET_PATH
    assert env.socket_path("valkey") == path
