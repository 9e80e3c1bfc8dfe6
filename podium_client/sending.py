"""When a call is sent again, and how long to wait before."""

import random

import httpx

from podium_client.calls import Call

ATTEMPTS = 6
FIRST_WAIT, LONGEST_WAIT = 0.25, 20.0
# Nothing has been done yet where the server answers so; where a proxy gives up, nobody knows.
NOT_DONE = {429, 503}
UNKNOWN = {502, 504}


def may_repeat(call: Call, outcome: httpx.Response | httpx.TransportError, attempt: int) -> bool:
    if attempt + 1 >= ATTEMPTS:
        return False
    if isinstance(outcome, httpx.ConnectError):
        return True
    if isinstance(outcome, httpx.TransportError):
        return call.repeatable
    return outcome.status_code in NOT_DONE or (outcome.status_code in UNKNOWN and call.repeatable)


def wait_before(outcome: httpx.Response | httpx.TransportError, attempt: int) -> float:
    """Seconds: what the server asks for, else twice as long each time, spread so that many callers do not meet."""
    if isinstance(outcome, httpx.Response) and (asked := outcome.headers.get("Retry-After", "")).isdigit():
        return min(float(asked), LONGEST_WAIT)
    longest: float = min(FIRST_WAIT * 2**attempt, LONGEST_WAIT)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 spreading, no secret
