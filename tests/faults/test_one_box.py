"""Everything that can die on one machine dies, half-way through a training, while somebody ranks."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.bakery import LONG, Bakery, never_twice_at_once, trainings, wait_for
from tests.podium import Podium

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def podium(tmp_path_factory) -> Iterator[Podium]:
    podium = Podium(tmp_path_factory.mktemp("podium") / "state").start()
    yield podium
    podium.stop()


@pytest.fixture
def bakery(podium, request) -> Bakery:
    return Bakery(podium, request.node.name.removeprefix("test_").replace("_", "-")[:40].strip("-"))


def kill(podium: Podium, *words: str) -> None:
    """SIGKILL to every process of Podium's whose command has one of these words."""
    found = [pid for pid, command in podium.descendants().items() if any(word in command for word in words)]
    assert found, f"nothing runs with {words}"
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def test_a_killed_training_goes_on_from_its_checkpoint(podium, bakery):
    run = bakery.train(**LONG)
    with never_twice_at_once(podium, run), bakery.somebody_ranking():
        bakery.half_way(run)
        os.kill(trainings(podium, run)[0], signal.SIGKILL)
        ended = bakery.ended(run)

    assert (ended["status"], ended["attempt"]) == ("succeeded", 2)
    assert bakery.went_on_from(run, 2) > 0
    assert not bakery.lost()
    assert not bakery.faults


def test_a_killed_worker_loses_the_run_to_the_next_one(podium, bakery):
    run = bakery.train(**LONG)
    with never_twice_at_once(podium, run):
        bakery.half_way(run)
        kill(podium, "-Q training")
        # The child that it has left behind ends by itself.
        wait_for(lambda: not trainings(podium, run), 10)
        ended = bakery.ended(run)

    assert (ended["status"], ended["attempt"]) == ("succeeded", 2)
    assert bakery.went_on_from(run, 2) > 0


def test_a_killed_broker_costs_nothing(podium, bakery):
    run = bakery.train(**LONG)
    with never_twice_at_once(podium, run), bakery.somebody_ranking():
        bakery.half_way(run)
        kill(podium, "valkey-server")
        ended = bakery.ended(run)

    assert (ended["status"], ended["attempt"]) == ("succeeded", 1)
    assert bakery.ended(bakery.train(max_steps=2))["status"] == "succeeded"
    assert not bakery.lost()
    assert not bakery.faults


def test_beat_and_trainer_killed_together(podium, bakery):
    run = bakery.train(**LONG)
    with never_twice_at_once(podium, run):
        bakery.half_way(run)
        kill(podium, "config beat", "-Q training")
        ended = bakery.ended(run)

    assert (ended["status"], ended["attempt"]) == ("succeeded", 2)
    assert bakery.went_on_from(run, 2) > 0


def test_a_corrupt_checkpoint_is_passed_over(podium, bakery):
    run = bakery.train(**LONG)
    wait_for(lambda: len(bakery.checkpoints(run)) > 1)
    bakery.call("POST", f"/api/v1/training-runs/{run}/cancel/")
    assert bakery.ended(run)["status"] == "cancelled"
    older, newest = bakery.checkpoints(run)[-2:]
    weights = newest / "model.safetensors"
    os.truncate(weights, weights.stat().st_size // 2)

    status, _ = bakery.call("POST", f"/api/v1/training-runs/{run}/resume/")

    assert status == 200
    assert bakery.ended(run)["status"] == "succeeded"
    assert bakery.went_on_from(run, 2) == int(older.name.removeprefix("checkpoint-"))


def test_a_power_cut_and_up_again(podium, bakery):
    bakery.ended(bakery.train(max_steps=2))
    status, before = bakery.scores()
    assert status == 200
    run = bakery.train(**LONG)
    with bakery.somebody_ranking():
        bakery.half_way(run)
        assert podium.process is not None
        # At one stroke: whoever is stopped can react to no other's death.
        everything = [podium.process.pid, *podium.descendants()]
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in everything:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        podium.process.wait()
        podium.start()
        with never_twice_at_once(podium, run):
            status, after = bakery.scores()
            ended = bakery.ended(run)

    assert (status, after) == (200, before)
    assert (ended["status"], ended["attempt"]) == ("succeeded", 2)
    assert bakery.went_on_from(run, 2) > 0
    assert not bakery.lost()
    assert not bakery.faults
