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

# Everything that reads or writes the database; the torch library and the browser do not care which one it is.
DATABASE_TESTS = ["tests/labeling", "tests/rewardmodel", "tests/integration", "--ignore=tests/rewardmodel/ml"]


# What a developer's shell may hold for an instance of their own; the suite starts with servers and state of its own.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "SCORER_URL", "ALLOWED_HOSTS", "HOST", "PORT", "WEB_CONCURRENCY", "STATIC_ROOT")


def main() -> int:
    arguments = sys.argv[1:]
    # Asked to end, it still ends the servers that it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    outcomes = [_pytest(arguments or ["tests"])]
    postgresql, redis = find_postgresql(), find_redis()
    if postgresql and redis and not arguments:
        with ExitStack() as stack:
            print("\nAgain on PostgreSQL and Redis:", flush=True)
            urls = {
                "DATABASE_URL": stack.enter_context(postgresql_cluster(postgresql)),
                "REDIS_URL": stack.enter_context(redis_server(redis)),
            }
            outcomes.append(_pytest(DATABASE_TESTS, **urls))
    if missing := _missing():
        print(f"Not tested here: {', '.join(missing)} not installed. To test them too: {_command(missing)}", flush=True)
    # A negative one is the signal that ended pytest.
    return int(any(outcomes))


def _pytest(arguments: list[str], **variables: str) -> int:
    own = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    # A file's tests stay together, for what they share is made once for a file.
    command = [sys.executable, "-m", "pytest", "-n", "auto", "--maxprocesses", "8", "--dist", "loadfile", *arguments]
    return subprocess.run(command, env={**own, **variables}, check=False).returncode


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
