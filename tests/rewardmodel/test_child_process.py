"""A child process is started, followed, and ended with all that it started."""

import os
import signal
import time

import pytest

from rewardmodel.launchers.child_process import ChildProcess


def child(tmp_path, *arguments: str) -> ChildProcess:
    return ChildProcess(module="tests.rewardmodel.sleeper", arguments=arguments, log=tmp_path / "log.txt")


def wait_for(condition):
    deadline = time.monotonic() + 60
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return value


def is_gone(pid: int) -> bool:
    """Not there, or dead and waiting for its new parent to notice."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False


@pytest.mark.parametrize("code", [0, 3])
def test_the_exit_code_is_its_own(tmp_path, code):
    process = child(tmp_path, "exit", str(code))
    process.start()

    assert wait_for(lambda: process.poll() is not None)
    assert process.poll() == code
    process.kill()


def test_a_request_to_end_is_a_signal_and_killing_takes_the_grandchildren_too(tmp_path):
    process = child(tmp_path, "wait")
    process.start()
    line = wait_for(lambda: (tmp_path / "log.txt").read_text().strip())
    pid, grandchild, policy = line.split()
    assert process.poll() is None
    assert policy in {"PASSIVE", os.environ.get("OMP_WAIT_POLICY")}

    process.kill()

    assert process.poll() == -signal.SIGKILL
    assert wait_for(lambda: is_gone(int(pid)) and is_gone(int(grandchild)))


def test_cancelling_sends_sigterm(tmp_path):
    process = child(tmp_path, "wait")
    process.start()
    wait_for(lambda: (tmp_path / "log.txt").read_text().strip())

    process.cancel()

    assert wait_for(lambda: process.poll() is not None)
    assert process.poll() == -signal.SIGTERM


def test_what_outlives_its_parent_is_ended_too(tmp_path):
    process = child(tmp_path, "wait")
    process.start()
    pid, grandchild, _ = wait_for(lambda: (tmp_path / "log.txt").read_text().strip()).split()
    os.kill(int(pid), signal.SIGKILL)
    assert wait_for(lambda: process.poll() is not None)

    process.kill()

    assert wait_for(lambda: is_gone(int(grandchild)))


def test_what_was_not_started_cannot_be_followed(tmp_path):
    with pytest.raises(RuntimeError, match=r"call start\(\) first"):
        child(tmp_path).poll()
