"""A ceiling per caller that people and well-behaved scripts never reach."""

import pytest
from django.core.cache.backends.locmem import LocMemCache
from redis.exceptions import ConnectionError

from labeling.api import throttling
from tests.factories import api

PROJECTS = "/api/v1/projects/"


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still, and a cache of this test alone."""
    now = [1_000_000.0]
    monkeypatch.setattr(throttling.time, "time", lambda: now[0])
    cache = LocMemCache("throttling", {})
    cache.clear()
    monkeypatch.setattr(throttling, "cache", cache)
    monkeypatch.setattr(throttling, "_tally", throttling._Tally())
    return now


@pytest.fixture
def each_told(monkeypatch):
    """Each call goes into the cache at once."""
    monkeypatch.setattr(throttling, "CALLS_AT_ONCE", 1)


def test_the_ceiling_is_far_above_50_calls_a_second():
    assert throttling.CALLS_PER_WINDOW / throttling.WINDOW_SECONDS >= 100


def test_beyond_the_ceiling_a_caller_waits_for_the_next_window(ada, max, clock, each_told, monkeypatch):
    monkeypatch.setattr(throttling, "CALLS_PER_WINDOW", 3)
    hers, his = api(ada), api(max)

    assert [hers.get(PROJECTS).status_code for _ in range(4)] == [200, 200, 200, 429]
    refusal = hers.get(PROJECTS)
    assert (refusal.json()["type"], refusal["Content-Type"]) == ("throttled", "application/problem+json")
    assert 1 <= int(refusal["Retry-After"]) <= throttling.WINDOW_SECONDS + 1
    assert his.get(PROJECTS).status_code == 200, "each token has a count of its own"

    clock[0] += throttling.WINDOW_SECONDS
    assert hers.get(PROJECTS).status_code == 200


def test_every_answer_says_how_many_calls_are_left(ada, clock, each_told, monkeypatch):
    monkeypatch.setattr(throttling, "CALLS_PER_WINDOW", 3)
    hers = api(ada)
    first, second = (hers.get(PROJECTS) for _ in range(2))
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"], second["RateLimit-Remaining"]) == ("3", "2", "1")
    assert 1 <= int(second["RateLimit-Reset"]) <= throttling.WINDOW_SECONDS


def test_calls_to_another_process_count_as_soon_as_both_have_told_the_cache(ada, clock, monkeypatch):
    monkeypatch.setattr(throttling, "CALLS_PER_WINDOW", 6)
    monkeypatch.setattr(throttling, "CALLS_AT_ONCE", 2)
    hers = api(ada)
    here, there = throttling._tally, throttling._Tally()

    answers = []
    for process in (here, here, there, there, here, here, there, here):
        monkeypatch.setattr(throttling, "_tally", process)
        answers.append(hers.get(PROJECTS).status_code)

    # Six in all, and one more that the other process did not know of.
    assert answers == [200, 200, 200, 200, 200, 200, 200, 429]


def test_without_a_cache_nothing_is_throttled(ada, clock, each_told, monkeypatch):
    class Down:
        def incr(self, *args, **options):
            raise ConnectionError("down")

    monkeypatch.setattr(throttling, "cache", Down())
    monkeypatch.setattr(throttling, "CALLS_PER_WINDOW", 0)

    assert api(ada).get(PROJECTS).status_code == 200
