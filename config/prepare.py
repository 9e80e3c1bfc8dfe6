"""Bringing an instance's state up to date: migrations, static files, seed."""

import hashlib
import io
import os
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections


def prepare() -> dict[str, str]:
    """Migrate, collect static files where they changed, seed the demo; the passwords that were generated, by user."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    _collect_static()
    output = io.StringIO()
    call_command("seed_demo", stdout=output)
    # The supervisor lives on, and has nothing more to ask.
    connections.close_all()
    return dict(line.split(" ", 1) for line in output.getvalue().splitlines())


def _collect_static() -> None:
    from django.conf import settings  # noqa: PLC0415  readable only after django.setup()
    from django.contrib.staticfiles.finders import get_finders  # noqa: PLC0415  likewise

    marks = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            marks.append(f"{name} {found.st_size} {found.st_mtime_ns}")
    fingerprint = hashlib.sha256("\n".join(sorted(marks)).encode()).hexdigest()
    stamp = Path(settings.STATIC_ROOT) / ".fingerprint"
    # Hashing and compressing each file takes longer than everything else at a start.
    if not stamp.exists() or stamp.read_text() != fingerprint:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(fingerprint)


if __name__ == "__main__":
    for user, password in prepare().items():
        print(user, password)
