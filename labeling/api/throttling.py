"""A ceiling per caller, far above what people and well-behaved scripts do."""

import logging
import math
import threading
import time
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from labeling.models import ApiToken

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 10
CALLS_PER_WINDOW = 2000
# Each process tells the cache of so many calls at once, and lets through so many more at most.
CALLS_AT_ONCE = 20
COUNTED = "calls_in_window"


class CallerThrottle(BaseThrottle):
    """2,000 calls in 10 seconds for a token, a user or (unauthenticated) an address.

    One counter a window: the framework's own throttle keeps the time of each call, and would read and write
    thousands of them on every one. While the cache is down nothing is throttled.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        try:
            calls = _tally.count(self._caller(request))
            # The call tells it in the headers of its answer.
            setattr(request, COUNTED, calls)
            return calls <= CALLS_PER_WINDOW
        except (RedisError, ValueError):
            logger.warning("calls are not counted: the cache does not answer")
            return True

    def wait(self) -> float:
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS

    @classmethod
    def headers(cls, request: Request) -> dict[str, str]:
        """How many calls there may be, how many are left, and in how many seconds there are all of them again."""
        calls = getattr(request, COUNTED, None)
        if calls is None:
            return {}
        left = max(CALLS_PER_WINDOW - calls, 0)
        reset = math.ceil(WINDOW_SECONDS - time.time() % WINDOW_SECONDS)
        return {
            "RateLimit-Limit": str(CALLS_PER_WINDOW),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": str(reset),
        }

    def _caller(self, request: Request) -> str:
        if isinstance(request.auth, ApiToken):
            return f"token-{request.auth.pk}"
        return f"user-{request.user.pk}" if request.user.is_authenticated else f"address-{self.get_ident(request)}"


class _Tally:
    """The calls of the present window: those of all processes, as far as this one has heard of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._untold: dict[str, int] = {}
        self._heard: dict[str, int] = {}

    def count(self, caller: str) -> int:
        """Count one more of the caller's; how many there are."""
        window = int(time.time()) // WINDOW_SECONDS
        with self._lock:
            if window != self._window:
                self._window, self._untold, self._heard = window, {}, {}
            untold = self._untold.get(caller, 0) + 1
            told = untold >= CALLS_AT_ONCE
            self._untold[caller] = 0 if told else untold
        if told:
            heard = _add(f"calls:{caller}:{window}", untold)
            with self._lock:
                # The next window may have begun while the cache was asked.
                if window == self._window:
                    self._heard[caller] = heard
        return self._heard.get(caller, 0) + self._untold.get(caller, 0)


def _add(key: str, calls: int) -> int:
    try:
        return int(cache.incr(key, calls))
    except ValueError:
        # The first of the window, or the first of two at once; whoever is second counts on.
        return calls if cache.add(key, calls, timeout=2 * WINDOW_SECONDS) else int(cache.incr(key, calls))


_tally = _Tally()
