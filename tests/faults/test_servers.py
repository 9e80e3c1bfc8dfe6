"""A database and a broker of their own, as on a cluster: each is killed, and away for twenty seconds."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.bakery import LONG, Bakery, never_twice_at_once
from tests.podium import Podium
from tests.services import PostgresqlCluster, end_process, find_postgresql, find_redis, free_port

pytestmark = pytest.mark.integration

AWAY_SECONDS = 20


class Redis:
    """One that writes every message down, as one must that may die."""

    def __init__(self, program: str, folder: Path) -> None:
        self._port = free_port()
        self._command = [program, "--port", str(self._port), "--bind", "127.0.0.1", "--appendonly", "yes"]
        self._command += ["--dir", str(folder)]
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresqlCluster]:
    if (programs := find_postgresql()) is None:
        pytest.skip("no PostgreSQL on this machine")
    # What has been committed must outlive what is done to it here.
    cluster = PostgresqlCluster(programs, ("-c", "max_connections=200"))
    try:
        cluster.create()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def broker(tmp_path_factory) -> Iterator[Redis]:
    if (program := find_redis()) is None:
        pytest.skip("no Redis on this machine")
    redis = Redis(program, tmp_path_factory.mktemp("redis"))
    yield redis
    end_process(redis.process)


@pytest.fixture(scope="module")
def podium(database, broker, tmp_path_factory) -> Iterator[Podium]:
    state = tmp_path_factory.mktemp("podium") / "state"
    podium = Podium(state, DATABASE_URL=database.url, REDIS_URL=broker.url).start()
    yield podium
    podium.stop()


def test_postgresql_away_for_twenty_seconds(podium, database):
    bakery = Bakery(podium, "database")
    run = bakery.train(**LONG)
    with never_twice_at_once(podium, run), bakery.somebody_ranking():
        bakery.half_way(run)
        database.kill()
        time.sleep(AWAY_SECONDS)
        database.start()
        ended = bakery.ended(run)

    assert ended["status"] == "succeeded"
    if ended["attempt"] > 1:
        assert bakery.went_on_from(run, ended["attempt"]) > 0
    assert not bakery.lost()
    assert not bakery.faults


def test_redis_away_for_twenty_seconds(podium, broker):
    bakery, other = Bakery(podium, "broker"), Bakery(podium, "other")
    run = bakery.train(**LONG)
    with never_twice_at_once(podium, run), bakery.somebody_ranking():
        bakery.half_way(run)
        broker.kill()
        # Its message has nowhere to go; the row is what counts, and is sent again.
        unsent = other.train(max_steps=2)
        time.sleep(AWAY_SECONDS)
        broker.start()
        ended = bakery.ended(run)
        late = other.ended(unsent, 900)

    assert (ended["status"], ended["attempt"]) == ("succeeded", 1)
    assert (late["status"], late["attempt"]) == ("succeeded", 1)
    assert not bakery.lost()
    assert not bakery.faults
