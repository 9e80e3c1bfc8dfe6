"""A ceiling per caller, far above what people and well-behaved scripts do."""

import logging
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


class CallerThrottle(BaseThrottle):
    """2,000 calls in 10 seconds for a token, a user or (unauthenticated) an address.

    One counter a window: the framework's own throttle keeps the time of each call, and would read and write
    thousands of them on every one. While the cache is down nothing is throttled.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        key = f"calls:{self._caller(request)}:{int(time.time()) // WINDOW_SECONDS}"
        try:
            calls = self._count(key)
        except (RedisError, ValueError):
            logger.warning("calls are not counted: the cache does not answer")
            return True
        return calls <= CALLS_PER_WINDOW

    def _count(self, key: str) -> int:
        try:
            return int(cache.incr(key))
        except ValueError:
            # The first call of the window, or the first of two at once; whoever is second counts on.
            return 1 if cache.add(key, 1, timeout=2 * WINDOW_SECONDS) else int(cache.incr(key))

    def wait(self) -> float:
        return WINDOW_SECONDS - time.time() % WINDOW_SECONDS

    def _caller(self, request: Request) -> str:
        if isinstance(request.auth, ApiToken):
            return f"token-{request.auth.pk}"
        return f"user-{request.user.pk}" if request.user.is_authenticated else f"address-{self.get_ident(request)}"
