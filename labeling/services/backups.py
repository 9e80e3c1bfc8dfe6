"""One archive of all that an instance is: database, artifacts, and the key that its sealed secrets hang on.

The database is copied by its own tools while people work: SQLite's backup interface, or `pg_dump`. Artifacts never
change once they stand under their names, so they are read after it, without a lock.
"""

import contextlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from labeling.exceptions import Conflict, InvalidInput

MANIFEST, DATABASE, ARTIFACTS = "manifest.json", "database", "artifacts"
LAYOUT = 1
# Made again when they are asked for, or left by something that is being written.
LEFT_OUT = ("exports",)
UNFINISHED = (".writing", ".fetching")


def write_backup(path: Path) -> dict[str, Any]:
    """Write the archive, readable by its owner alone: it holds the secret key. What it says of itself.

    Raises `Conflict` where the file is there already, `InvalidInput` where a tool is missing or fails.
    """
    if path.exists():
        raise Conflict(f"{path} is there already; name another file")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.writing")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix="backup-") as folder:
        copy = Path(folder) / DATABASE
        _copy_database(copy)
        manifest = {
            "layout": LAYOUT,
            "version": settings.PODIUM_VERSION,
            "database": connection.vendor,
            "made_at": timezone.now().isoformat(),
            "migrations": sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
            "secret_key": settings.SECRET_KEY,
        }
        try:
            handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as file, tarfile.open(fileobj=file, mode="w|") as archive:
                _add_bytes(archive, MANIFEST, json.dumps(manifest, indent=1).encode())
                archive.add(copy, DATABASE)
                for artifact in _artifacts():
                    # What a clean-up has taken meanwhile is no part of it.
                    with contextlib.suppress(FileNotFoundError):
                        archive.add(artifact, str(Path(ARTIFACTS) / artifact.relative_to(settings.ARTIFACTS_DIR)))
            draft.rename(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    return manifest


def restore_backup(path: Path, *, force: bool = False) -> dict[str, Any]:
    """Put an archive in the place of what is here, and migrate it to this version; the archive's manifest.

    To be done while nothing runs. force: also over a database that has users. Raises `InvalidInput` and `Conflict`.
    """
    try:
        with tarfile.open(path) as archive, tempfile.TemporaryDirectory(dir=settings.ARTIFACTS_DIR) as name:
            # "data" refuses links out of the folder, devices, and paths that climb.
            archive.extractall(name, filter="data")
            folder = Path(name)
            manifest = _checked(folder, force=force)
            _restore_database(folder / DATABASE)
            if (folder / ARTIFACTS).is_dir():
                shutil.copytree(folder / ARTIFACTS, settings.ARTIFACTS_DIR, dirs_exist_ok=True)
    except (tarfile.TarError, OSError) as error:
        raise InvalidInput(f"{path} is no backup that can be read: {error}") from None
    call_command("migrate", verbosity=0)
    return manifest


def _checked(folder: Path, *, force: bool) -> dict[str, Any]:
    if not (folder / MANIFEST).is_file() or not (folder / DATABASE).is_file():
        raise InvalidInput("the archive holds no manifest.json and database; it was not made by `manage.py backup`")
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    if manifest["layout"] != LAYOUT:
        raise InvalidInput(f"the archive has layout {manifest['layout']}; this version reads {LAYOUT}")
    if manifest["database"] != connection.vendor:
        raise InvalidInput(
            f"the archive holds a {manifest['database']} database; DATABASE_URL names {connection.vendor}"
        )
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := sorted(set(manifest["migrations"]) - known):
        raise InvalidInput(f"the archive is of a later version ({newer[-1]} is not known here); restore it there")
    tables = connection.introspection.table_names()
    if not force and "auth_user" in tables:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM auth_user")
            if cursor.fetchone()[0]:
                raise Conflict("this database has users; restoring replaces everything in it (--force)")
    return manifest


def _artifacts() -> Iterator[Path]:
    root = Path(settings.ARTIFACTS_DIR)
    for folder, _, names in os.walk(root):
        if Path(folder).relative_to(root).parts[:1] == LEFT_OUT:
            continue
        for name in sorted(names):
            if not name.endswith(UNFINISHED) and not name.startswith("writing-"):
                yield Path(folder) / name


def _copy_database(target: Path) -> None:
    if connection.vendor == "sqlite":
        with (
            contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"])) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        return
    _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])


def _restore_database(copy: Path) -> None:
    if connection.vendor == "sqlite":
        connection.close()
        with (
            contextlib.closing(sqlite3.connect(copy)) as source,
            contextlib.closing(sqlite3.connect(connection.settings_dict["NAME"])) as target,
        ):
            source.backup(target)
        return
    connection.close()
    script = copy.with_suffix(".sql")
    _run(["pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(copy)])
    # With all that a later version has added, and in one transaction: what fails changes nothing.
    empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public"
    _run(["psql", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--command={empty}", f"--file={script}"])


def _run(command: list[str]) -> None:
    """A PostgreSQL tool, told where the database is by its environment: a password is no argument that others see."""
    told = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    given = {name: str(told[key]) for name, key in names.items() if told[key]}
    try:
        done = subprocess.run(command, env={**os.environ, **given}, capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError:
        raise InvalidInput(f"{command[0]} is not installed; it comes with PostgreSQL's client") from None
    if done.returncode:
        raise InvalidInput(f"{command[0]} failed: {done.stderr.decode('utf-8', 'replace').strip()[-1000:]}")


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    archive.addfile(info, io.BytesIO(content))
