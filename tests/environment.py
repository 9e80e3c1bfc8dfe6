"""The suite's own instance: a state folder that goes when it ends, and a broker, before Django reads its settings.

Loaded as a pytest plugin by name (pyproject.toml), for conftest.py comes too late for that.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples

from tests.services import start_valkey

STATE = Path(tempfile.mkdtemp(prefix="podium-test-"))
os.environ.update(PODIUM_STATE=str(STATE), HF_HUB_OFFLINE="1", OMP_WAIT_POLICY="PASSIVE", GOMP_SPINCOUNT="0")
# Several run side by side, each with a share of the cores, and with a database of Redis of its own.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if WORKER:
    os.environ["OMP_NUM_THREADS"] = "1"
if WORKER and os.environ.get("REDIS_URL"):
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rsplit('/', 1)[0]}/{WORKER.removeprefix('gw')}"
# Playwright's loop runs in the same thread as the tests, where Django would suspect an async view.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
for name in ("PODIUM_ADMIN_PASSWORD", "PODIUM_BASE_MODEL", "PODIUM_ARTIFACTS", "SCORER_URL", "SECRET_KEY", "HTTPS"):
    os.environ.pop(name, None)

_broker: subprocess.Popen[bytes] | None = None if os.environ.get("REDIS_URL") else start_valkey()


# How long drawing or running an example takes is not what is tested, and a busy machine is slow at both.
examples.register_profile("podium", deadline=None, suppress_health_check=[HealthCheck.too_slow])
examples.load_profile("podium")


@atexit.register
def _remove() -> None:
    if _broker is not None:
        _broker.terminate()
        _broker.wait()
    shutil.rmtree(STATE, ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--only-database", action="store_true", help="only what reads or writes the database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What starts processes of its own comes first: left to the end, one file would run on while the others wait."""
    items.sort(key=lambda item: item.get_closest_marker("integration") is None)
    if config.getoption("--only-database"):
        kept = [item for item in items if _asks_for_the_database(item)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def _asks_for_the_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "live_server"}
    return item.get_closest_marker("django_db") is not None or bool(fixtures & set(getattr(item, "fixturenames", ())))


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    from django.conf import settings

    # Other processes (a Celery worker, a browser's server) open the same database, so it is a file.
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = str(STATE / "test.sqlite3")
    # Pages name their static files as they are; what the manifest makes of them is `make run`'s business.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # A real hash takes a third of a second for every user that a test makes.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
