"""Real processes on the test's own database and broker: Celery workers, and a whole Podium."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.conf import settings

from tests.services import STOP_SECONDS, end_process


def test_database_url() -> str:
    """The URL under which another process reaches the database that this test writes to."""
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{quote(database['USER'])}@{database['HOST']}:{database['PORT']}/{database['NAME']}"


@contextmanager
def celery_worker(queue: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "config",
        "worker",
        "-Q",
        queue,
        "--concurrency",
        "1",
        "-l",
        "info",
    ]
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": test_database_url()}, start_new_session=True)
    try:
        yield process
    finally:
        end_process(process, STOP_SECONDS)


@pytest.fixture
def worker(transactional_db) -> Iterator["subprocess.Popen[bytes]"]:
    with celery_worker("default") as process:
        yield process


@pytest.fixture
def trainer(transactional_db) -> Iterator["subprocess.Popen[bytes]"]:
    with celery_worker("training") as process:
        yield process


@pytest.fixture
def eventually() -> Callable[[Callable[[], object]], None]:
    """Waits until something holds; how long it takes is not what is tested, so the limit is generous."""

    def wait(holds: Callable[[], object], seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"did not come true in {seconds} s"
            time.sleep(0.2)

    return wait
