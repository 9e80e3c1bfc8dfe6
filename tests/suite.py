"""`make test`: every test on SQLite and the embedded broker, then those that touch the database on PostgreSQL and Redis.

What a machine lacks is named at the end, with the command that brings it.
"""

import os
import subprocess
import sys
from contextlib import ExitStack

from tests.services import find_chromium, find_postgresql, find_redis, postgresql_cluster, redis_server

# Everything that reads or writes the database; the torch library and the browser do not care which one it is.
DATABASE_TESTS = ["tests/labeling", "tests/rewardmodel", "tests/integration", "--ignore=tests/rewardmodel/ml"]


def main() -> int:
    arguments = sys.argv[1:]
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
    return max(outcomes)


def _pytest(arguments: list[str], **variables: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], env={**os.environ, **variables}, check=False
    ).returncode


def _missing() -> list[str]:
    found = {"postgresql": find_postgresql(), "redis": find_redis(), "chromium": find_chromium()}
    return [name for name, program in found.items() if program is None]


def _command(missing: list[str]) -> str:
    if sys.platform == "darwin":
        return f"brew install {' '.join(missing)}"
    packages = {"postgresql": "postgresql", "redis": "redis-server", "chromium": "chromium"}
    return f"sudo apt-get install {' '.join(packages[name] for name in missing)}"


if __name__ == "__main__":
    sys.exit(main())
