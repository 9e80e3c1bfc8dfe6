"""`make run`: one command up, all of it down again."""

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest

from config import env
from tests.podium import Podium

pytestmark = pytest.mark.integration


@pytest.fixture
def podium(tmp_path) -> Iterator[Podium]:
    """One that the test starts and ends as it likes."""
    podium = Podium(tmp_path / "state", password="")
    yield podium
    podium.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Podium]:
    """One that is up, and that each test leaves up."""
    podium = Podium(tmp_path_factory.mktemp("podium") / "state", password="").start()
    yield podium
    podium.stop()


def scorers(podium: Podium) -> set[int]:
    return {pid for pid, command in podium.descendants().items() if "uvicorn" in command}


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def comes_true(holds: Callable[[], object], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not (outcome := holds()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(outcome)


def test_it_is_ready_when_it_says_so_with_every_process_and_passwords_shown(running):
    assert "admin " in running.printed
    assert "ada " in running.printed
    with urlopen(f"{running.url}/readyz", timeout=30) as answer:
        assert json.load(answer)["ready"] is True
    started = running.descendants()
    for name in ("valkey-server", "gunicorn", "-Q default", "-Q training", "config beat", "uvicorn"):
        assert any(name in command for command in started.values()), name


def test_a_process_that_dies_comes_back(running):
    before = scorers(running)

    for pid in before:
        os.kill(pid, signal.SIGKILL)

    assert comes_true(lambda: scorers(running) - before)


def test_one_state_folder_runs_once(running):
    second = Podium(running.state, password="")
    with pytest.raises(AssertionError, match=rf"Podium runs already from .* \(process {running.process.pid}\)"):
        second.start()


def test_whatever_does_not_face_people_listens_on_sockets_that_only_their_owner_reaches(running, monkeypatch):
    monkeypatch.setenv("PODIUM_STATE", str(running.state))
    for name in ("valkey", "scorer", "supervisor"):
        path = env.socket_path(name)
        assert path.is_socket()
        assert path.parent.stat().st_mode & 0o077 == 0


def test_down_with_everything_and_up_with_all_data(running):
    token = running.token("read", "write")
    body = {"slug": "kept", "name": "Kept"}
    assert running.call("POST", "/api/v1/projects/", token, body)[0] == 201
    started = running.descendants()

    # Ctrl-C: the terminal signals the whole foreground group.
    os.killpg(running.process.pid, signal.SIGINT)
    assert running.process.wait(60) == 0
    assert comes_true(lambda: not any(map(alive, started)))

    running.start()
    assert "ada " not in running.printed
    assert "changepassword admin" in running.printed
    assert running.call("GET", "/api/v1/projects/kept/", token)[0] == 200


def test_a_supervisor_that_is_killed_leaves_nothing_behind_that_a_second_start_would_trip_over(running):
    started = running.descendants()

    running.process.kill()
    running.process.wait()

    # At once: what is left is still ending, and holds the port.
    running.start()
    assert not any(map(alive, started))


def test_a_process_that_cannot_start_is_named_with_the_end_of_its_log_and_all_the_others_end(tmp_path):
    podium = Podium(tmp_path / "state", WEB_CONCURRENCY="-1")
    with pytest.raises(AssertionError) as refusal:
        podium.start()

    assert "Podium cannot start: no web." in str(refusal.value)
    assert "must be positive: -1" in str(refusal.value)
    assert podium.process.wait(60) == 1
    assert not (podium.state / "run" / "supervisord.pid").exists()


def test_a_port_in_use_is_named_with_the_way_out(podium):
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", podium.port))
        occupant.listen()
        with pytest.raises(
            AssertionError, match=f"Port {podium.port} cannot be used .* PORT={podium.port + 1} make run"
        ):
            podium.start()


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("PORT", "web", "PORT is 'web'; it takes a whole number"),
        ("PORT", "70000", "PORT is 70000; ports are 1 to 65535"),
        ("HOST", "nowhere.invalid", "HOST is 'nowhere.invalid', which this machine cannot listen on"),
    ],
)
def test_an_address_that_is_none_is_refused_in_one_line(tmp_path, name, value, complaint):
    with pytest.raises(AssertionError, match=complaint) as refusal:
        Podium(tmp_path / "state", **{name: value}).start()
    assert "Traceback" not in str(refusal.value)


def test_a_long_state_path_moves_the_socket_to_a_short_one_that_every_process_finds(tmp_path, monkeypatch):
    monkeypatch.setenv("PODIUM_STATE", str(tmp_path / ("long" * 30)))
    path = env.socket_path("valkey")
    assert len(os.fsencode(path)) <= env.LONGEST_SOCKET_PATH
    assert env.socket_path("valkey") == path
    path.parent.rmdir()
