"""JSON that strangers send: decoded to what can be stored and sent on again, or refused with the reason. Pure."""

import json
import math
from typing import Any, NoReturn

# Nobody writes deeper than this by hand or program; what works recursively on a value (encoding it, showing it) is
# safe below it, wherever on the stack it runs.
MOST_NESTED = 64


class NotJson(ValueError):
    """The bytes are no JSON, or JSON that cannot be kept."""


def decode_json(content: bytes) -> Any:
    """The value in UTF-8 JSON of RFC 8259: no NaN, no infinities, at most 64 levels deep. Raises `NotJson`."""
    try:
        value = json.loads(content.decode(), parse_constant=_refuse_constant, parse_float=_finite)
    except UnicodeDecodeError as error:
        raise NotJson(f"expected UTF-8; byte {error.start + 1} is {content[error.start]:#04x}") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"expected JSON; {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise NotJson("nested too deeply") from None
    except NotJson:
        raise
    except ValueError:
        # The interpreter's guard against integers whose conversion takes for ever.
        raise NotJson("a number has too many digits") from None
    # Counting brackets is cheap, and nearly every row is done with it.
    if content.count(b"[") + content.count(b"{") > MOST_NESTED and nested_too_deeply(value):
        raise NotJson(f"nested too deeply; at most {MOST_NESTED} levels")
    return value


def nested_too_deeply(value: object) -> bool:
    level = [value]
    for _ in range(MOST_NESTED):
        level = [
            item
            for container in level
            if isinstance(container, list | dict)
            for item in (container.values() if isinstance(container, dict) else container)
        ]
        if not level:
            return False
    return any(isinstance(item, list | dict) for item in level)


def _refuse_constant(name: str) -> NoReturn:
    raise NotJson(f"{name} is no number of JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise NotJson(f"the number {digits[:40]} is too large")
    return number
