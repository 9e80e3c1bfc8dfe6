"""`make test`: every test on SQLite and the embedded broker, then what touches the database on PostgreSQL and Redis.

What a machine lacks is named at the end, with the command that brings it.
"""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack

from tests.services import find_chromium, find_postgresql, find_redis, postgresql_cluster, redis_server

# The browser and torch do not care which database it is.
DATABASE_TESTS = ["--only-database", "-m", "not browser and not torch"]
NOTHING_COLLECTED = 5

# What a developer's shell may hold for an instance of their own; the suite starts with servers and state of its own.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "SCORER_URL", "ALLOWED_HOSTS", "HOST", "PORT", "WEB_CONCURRENCY", "STATIC_ROOT")
FOREIGN += ("PODIUM_ARTIFACTS", "IMPORT_URLS", "ALLOW_PRIVATE_ADDRESSES", "MLFLOW_TRACKING_URI")


def main() -> int:
    tests = sys.argv[1:] or ["tests", "--ignore=tests/faults"]
    # Asked to end, it still ends the servers that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    outcomes = [_pytest(tests)]
    postgresql, redis = find_postgresql(), find_redis()
    if postgresql and redis:
        with ExitStack() as stack:
            print("\nAgain on PostgreSQL and Redis:", flush=True)
            urls = {
                "DATABASE_URL": stack.enter_context(postgresql_cluster(postgresql)),
                "REDIS_URL": stack.enter_context(redis_server(redis)),
            }
            outcome = _pytest([*DATABASE_TESTS, *tests], **urls)
            # The tests asked for may be all about something else.
            outcomes.append(0 if outcome == NOTHING_COLLECTED else outcome)
    if missing := _missing():
        print(f"Not tested here: {', '.join(missing)} not installed. To test them too: {_command(missing)}", flush=True)
    # A negative one is the signal that ended pytest.
    return int(any(outcomes))


def _pytest(arguments: list[str], **variables: str) -> int:
    own = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    # A file's tests stay together, for what they share is made once for a file.
    options = ["-n", str(_workers()), "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [sys.executable, "-m", "pytest", *options, *arguments]
    return subprocess.run(command, env={**own, **variables}, check=False).returncode


def _workers() -> int:
    """Half as many again as there are cores, for a test that drives a browser or another process waits for it."""
    return min(8, (os.cpu_count() or 1) * 3 // 2)


def _missing() -> list[str]:
    found: dict[str, object] = {"postgresql": find_postgresql(), "redis": find_redis(), "chromium": find_chromium()}
    found["gettext"] = shutil.which("xgettext")
    return [name for name, program in found.items() if program is None]


def _command(missing: list[str]) -> str:
    if sys.platform == "darwin":
        packages = {"postgresql": "postgresql@17", "redis": "redis"}
        return f"brew install {' '.join(packages.get(name, name) for name in missing)}"
    packages = {"postgresql": "postgresql", "redis": "redis-server"}
    return f"sudo apt-get install {' '.join(packages.get(name, name) for name in missing)}"


if __name__ == "__main__":
    sys.exit(main())
