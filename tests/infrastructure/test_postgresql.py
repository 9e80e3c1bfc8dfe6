"""A connection that the server has closed is noticed before the next request, without asking the server."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import dj_database_url
import pytest
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from tests.services import find_postgresql, postgresql_cluster

pytestmark = pytest.mark.integration

LAST_ASKED = "SELECT query_start FROM pg_stat_activity WHERE pid = %s"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if (programs := find_postgresql()) is None:
        pytest.skip("no PostgreSQL on this machine; the suite's last line says how to install it")
    with postgresql_cluster(programs) as url:
        yield url


@pytest.fixture
def connections(url, django_db_blocker) -> Iterator[tuple[BaseDatabaseWrapper, BaseDatabaseWrapper]]:
    """A request's connection, and another one beside it."""
    settings = dj_database_url.parse(url, engine="config.postgresql", conn_max_age=60, conn_health_checks=True)
    handler = ConnectionHandler({"default": settings, "other": dict(settings)})
    with django_db_blocker.unblock():
        yield handler["default"], handler["other"]
        handler.close_all()


def ask(connection: BaseDatabaseWrapper, question: str = "SELECT 1", *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question, values)
        return cursor.fetchone()[0]


def begin_request(connection: BaseDatabaseWrapper) -> None:
    connection.close_if_unusable_or_obsolete()


def test_a_connection_that_stands_is_kept_and_not_asked(connections):
    connection, other = connections
    process = ask(connection, "SELECT pg_backend_pid()")
    before = ask(other, LAST_ASKED, process)

    begin_request(connection)
    connection.close_if_health_check_failed()

    assert ask(other, LAST_ASKED, process) == before
    assert ask(connection, "SELECT pg_backend_pid()") == process


def test_a_connection_that_the_server_has_closed_is_made_anew(connections):
    connection, other = connections
    process = ask(connection, "SELECT pg_backend_pid()")
    assert ask(other, "SELECT pg_terminate_backend(%s, 10000)", process)

    begin_request(connection)

    assert ask(connection, "SELECT pg_backend_pid()") != process


def test_one_that_is_closed_in_the_middle_of_a_request_fails(connections):
    connection, other = connections
    process = ask(connection, "SELECT pg_backend_pid()")
    begin_request(connection)
    ask(connection)
    assert ask(other, "SELECT pg_terminate_backend(%s, 10000)", process)

    with pytest.raises(OperationalError):
        ask(connection)


def test_what_the_url_says_of_the_connection_is_kept():
    code = "from django.conf import settings; import json; print(json.dumps(settings.DATABASES['default']['OPTIONS']))"
    url = "postgres://podium@db.example/podium?sslmode=verify-full&server_side_binding=false"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    options = {"sslmode": "verify-full", "server_side_binding": False, "prepare_threshold": 5}
    assert json.loads(found.stdout) == options
