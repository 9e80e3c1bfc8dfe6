"""Several callers at the same instant, each with a database connection of its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connection

Outcome = TypeVar("Outcome")


def at_once(calls: Sequence[Callable[[], Outcome]]) -> list[Outcome | Exception]:
    """What each call returned or raised, in the order of `calls`. The test needs `transaction=True`."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Outcome]) -> Outcome | Exception:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
