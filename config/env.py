"""What the environment says, read once and typed; and where an instance keeps its state.

Every default serves one machine with nothing installed. This module imports no Django, so the supervisor and the
scorer, which run without it, find the same paths.
"""

import contextlib
import hashlib
import importlib.util
import os
import secrets
import tempfile
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing NUL included.
LONGEST_SOCKET_PATH = 100


class InvalidEnvironment(ValueError):
    """An environment variable holds a value that cannot be used."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    if value.lower() in {"1", "true", "yes", "on"}:
        return True
    if value.lower() in {"0", "false", "no", "off"}:
        return False
    raise InvalidEnvironment(f"{name} is {value!r}; it takes 1 or 0 (true, false, yes, no, on, off)")


def integer(name: str, default: int) -> int:
    value = os.environ.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError:
        raise InvalidEnvironment(f"{name} is {value!r}; it takes a whole number") from None


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def state_dir() -> Path:
    """The folder of database, secret key, sockets, logs and artifacts; made when missing, for its owner only."""
    path = Path(text("PODIUM_STATE") or BASE_DIR / "var").resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def socket_path(name: str) -> Path:
    """Where a Unix socket of this instance lies: in the state folder, or in a short temporary one for a long path.

    The temporary folder follows from the state folder's name and the user, so every process finds the same one.
    """
    state = state_dir()
    path = state / "run" / f"{name}.sock"
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        mark = hashlib.sha256(os.fsencode(state)).hexdigest()[:12]
        path = Path(tempfile.gettempdir()) / f"podium-{os.getuid()}-{mark}" / f"{name}.sock"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():
        raise InvalidEnvironment(
            f"{path.parent} belongs to another user; remove it or set PODIUM_STATE to a shorter path"
        )
    return path


def secret_key() -> str:
    """`SECRET_KEY`, or one generated on first use and kept in the state folder, readable by its owner alone."""
    if key := text("SECRET_KEY"):
        return key
    path = state_dir() / "secret_key"
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix="secret_key.")
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        # link() refuses to overwrite: of two processes that start together, both end up with the first one's key.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    return path.read_text().strip()


def scorer_token() -> str:
    """What the web process shows the scorer; both derive it from the secret key, so nothing has to be handed out."""
    return hashlib.sha256(f"podium.scorer:{secret_key()}".encode()).hexdigest()


def redis_url() -> str:
    """`REDIS_URL`, or the embedded server's socket."""
    return text("REDIS_URL") or f"unix://{socket_path('valkey')}"


def broker_url() -> str:
    """The same server in Celery's spelling, which names a Unix socket `redis+socket://`."""
    url = redis_url()
    return "redis+socket://" + url.removeprefix("unix://") if url.startswith("unix://") else url


def scorer_url() -> str:
    """`SCORER_URL` (http://host:port), or the scorer's socket on this machine (unix:///path)."""
    return text("SCORER_URL") or f"unix://{socket_path('scorer')}"


def artifacts_url() -> str:
    """s3://bucket/prefix, where `PODIUM_ARTIFACTS` names one."""
    given = text("PODIUM_ARTIFACTS")
    if "://" in given and not given.startswith("s3://"):
        raise InvalidEnvironment(f"PODIUM_ARTIFACTS is {given!r}; it takes a folder or s3://bucket/prefix")
    return given if given.startswith("s3://") else ""


def artifacts_dir() -> Path:
    """Where snapshots, runs and models lie, shared by web, trainer and scorer; with a bucket, each one's copy."""
    given = "" if artifacts_url() else text("PODIUM_ARTIFACTS")
    path = Path(given or state_dir() / "artifacts").resolve()
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def package_dir(name: str) -> Path:
    """Where an installed package lies; it is not imported."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise InvalidEnvironment(f"the package {name} is not installed; run make setup")
    return Path(spec.submodule_search_locations[0])
