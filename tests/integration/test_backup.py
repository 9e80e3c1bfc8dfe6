"""Backup and restore, over an upgrade and with a run active: on the database that the suite runs on."""

import os
import subprocess
import sys
import tarfile
import uuid
from pathlib import Path

import psycopg
import pytest
from django.db import connection

pytestmark = pytest.mark.integration

FILL = """
from datetime import timedelta
from django.utils import timezone
from django.contrib.auth.models import User
from labeling.services.demo import seed_demo
from labeling.models import Project
from rewardmodel.models import TrainingRun
from rewardmodel.services.snapshots import freeze_snapshot
from labeling.vault import seal
past = timezone.now() - timedelta(hours=1)
seed_demo(admin_password="correct horse battery")
project = Project.objects.get(slug="demo")
snapshot = freeze_snapshot(project=project, created_by=None)
run = TrainingRun.objects.create(project=project, snapshot=snapshot, trigger="manual", status="running")
TrainingRun.objects.update(step=7, heartbeat_at=past)
project.webhooks.create(url="https://example.org/", events=[], secret=seal("whsec_x"), created_by=project.created_by)
"""
LOOK = """
from labeling.models import Project, Ranking
from labeling.vault import unseal
from rewardmodel.models import DatasetSnapshot, TrainingRun
from rewardmodel.services.runs import reap_stalled_runs
project = Project.objects.get(slug="demo")
snapshot = DatasetSnapshot.objects.get()
print("rankings", Ranking.objects.count())
print("file", snapshot.path.is_file())
print("waits", project.prompts.filter(awaits_responses=True).count())
print("run", TrainingRun.objects.get().status)
reap_stalled_runs()
print("then", TrainingRun.objects.get().status)
print("secret", unseal(project.webhooks.get().secret))
"""


class Instance:
    """A state folder and a database of its own, spoken to through manage.py."""

    def __init__(self, folder: Path, url: str, key: str = "") -> None:
        self.folder = folder
        self.environment = {**os.environ, "PODIUM_STATE": str(folder), "DATABASE_URL": url}
        self.environment.pop("PODIUM_ARTIFACTS", None)
        if key:
            self.environment["SECRET_KEY"] = key

    def manage(self, *arguments: str, code: int = 0, text: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def instances(tmp_path, db):
    """Two empty ones."""
    names: list[str] = []
    if connection.vendor == "sqlite":
        urls = [f"sqlite:///{tmp_path / name / 'podium.sqlite3'}" for name in ("old", "new")]
    else:
        told = connection.settings_dict
        server = f"postgresql://{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT'] or 5432}"
        names = [f"podium_backup_{uuid.uuid4().hex[:8]}" for _ in range(2)]
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            for name in names:
                admin.execute(f'CREATE DATABASE "{name}"')
        urls = [f"{server}/{name}" for name in names]
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    yield Instance(tmp_path / "old", urls[0]), Instance(tmp_path / "new", urls[1])
    if names:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            for name in names:
                admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_an_instance_moves_over_an_upgrade_with_a_run_active(instances, tmp_path):
    old, new = instances
    archive = tmp_path / "podium.tar"
    old.manage("migrate", "--verbosity", "0")
    old.manage("shell", "-c", FILL)
    # As a version before this one left it.
    old.manage("migrate", "labeling", "0006", "--verbosity", "0")
    assert "written to" in old.manage("backup", str(archive))

    assert archive.stat().st_mode & 0o077 == 0
    with tarfile.open(archive) as read:
        names = read.getnames()
    assert {"manifest.json", "database"} <= set(names)
    assert any(name.startswith("artifacts/snapshots/") for name in names)
    assert "is there already" in old.manage("backup", str(archive), code=1)

    said = new.manage("restore", str(archive))
    assert "another one than this instance's" in said
    new.environment["SECRET_KEY_FALLBACKS"] = (old.folder / "secret_key").read_text()
    found = new.manage("shell", "-c", LOOK)
    assert "file True" in found
    assert "waits 0" in found
    assert "run running" in found
    # Its trainer has given no sign since; the next one goes on with it.
    assert "then queued" in found
    assert "secret whsec_x" in found
    assert "No planned migration operations" in new.manage("migrate", "--plan")
    # The database that is there now is not replaced by mistake.
    assert "has users" in new.manage("restore", str(archive), code=1)
    new.manage("restore", str(archive), "--force")


def test_what_is_no_backup_is_refused_and_changes_nothing(instances, tmp_path):
    _, new = instances
    (tmp_path / "x.tar").write_bytes(b"no archive")
    assert "no backup that can be read" in new.manage("restore", str(tmp_path / "x.tar"), code=1)

    with tarfile.open(tmp_path / "y.tar", "w") as archive:
        archive.add(__file__, "../../escaped")
    assert "no backup that can be read" in new.manage("restore", str(tmp_path / "y.tar"), code=1)
    assert not (tmp_path / "escaped").exists()
