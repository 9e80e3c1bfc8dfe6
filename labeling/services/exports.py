"""Exports as files: made by a worker, downloaded by a link that expires; and kept for those who download in pieces."""

import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from labeling.exceptions import LabelingError
from labeling.models import Job, Project
from labeling.queue import enqueue
from labeling.selectors.exports import Choices, export_pieces

logger = logging.getLogger(__name__)

RUN_EXPORT = "labeling.tasks.run_export"
# The same where tokenizers are.
RUN_TOKENIZED_EXPORT = "labeling.tasks.run_tokenized_export"
# How long an export can be downloaded by its link; its file goes soon after.
LINK_LIFE = timedelta(hours=24)
KEPT_SECONDS = 2 * LINK_LIFE.total_seconds()
BEAT_BYTES = 4 * 1024 * 1024
Pieces = Callable[[Project, Choices, dict[str, Any]], Iterable[bytes]]
_SALT = "labeling.export"


class ExportCancelled(Exception):
    """The job was cancelled, or given to another worker, between two pieces."""


def request_export(
    *, project: Project, user: User, choices: Choices, task: str = "", source: dict[str, Any] | None = None
) -> Job:
    """Queue an export whose result is a link.

    task: who makes it, if not who makes live ones; source: what that task has to know besides.
    """
    task = task or (RUN_TOKENIZED_EXPORT if choices.tokenized else RUN_EXPORT)
    stored = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(choices).items()
    }
    with transaction.atomic():
        job = Job.objects.create(
            project=project,
            created_by=user,
            kind=Job.Kind.EXPORT,
            params={"task": task, "choices": stored, "source": source or {}},
        )
        enqueue(task, str(job.pk))
    return job


def run_export_job(*, job_id: str, pieces: Pieces | None = None) -> None:
    """Carry out a queued export and record where its file is; `done` counts bytes.

    pieces: what makes the file where it is not the project's live data.
    """
    job = Job.objects.select_related("project").get(pk=job_id)
    if not job.claim():
        logger.warning("job %s is %s, not queued; leaving it alone", job.pk, job.status)
        return
    try:
        choices = stored_choices(job.params["choices"])
        made = pieces(job.project, choices, job.params["source"]) if pieces else export_pieces(job.project, choices)
        path = export_path(job.project, f"{job.pk}{choices.suffix}")
        digest, size = write_aside(path, _beating(job, made))
        settings.ARTIFACT_STORE.keep(path)
    except ExportCancelled:
        logger.info("job %s was cancelled after %s bytes", job.pk, job.done)
    except LabelingError as error:
        job.fail([{"detail": error.detail}])
    except Exception as error:
        job.fail([{"detail": f"{type(error).__name__}: {error}"}])
        raise
    else:
        job.beat(done=size)
        job.succeed(_result(job, choices, digest, size))


def stored_choices(stored: dict[str, Any]) -> Choices:
    moments = {name: datetime.fromisoformat(stored[name]) for name in ("since", "until") if stored.get(name)}
    return Choices(**{**stored, **moments})


def exported_file(token: str) -> tuple[Job, Path, Choices]:
    """The file that a link names; raises `signing.BadSignature` for one that is forged or has expired."""
    job_id = signing.loads(token, salt=_SALT, max_age=LINK_LIFE)
    job = Job.objects.select_related("project").get(pk=job_id)
    choices = stored_choices(job.params["choices"])
    path = settings.ARTIFACT_STORE.bring(export_path(job.project, f"{job.pk}{choices.suffix}"))
    return job, path, choices


def export_path(project: Project, name: str) -> Path:
    return Path(settings.ARTIFACTS_DIR) / "exports" / str(project.pk) / name


def write_aside(path: Path, pieces: Iterable[bytes]) -> tuple[str, int]:
    """Write a file that stands under its name only once it is complete; its SHA-256 and its bytes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex}.writing")
    try:
        with draft.open("xb") as file:
            for piece in pieces:
                file.write(piece)
                digest.update(piece)
                size += len(piece)
        draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return digest.hexdigest(), size


def remove_old_exports() -> int:
    """Delete exports that no link leads to any longer; how many."""
    limit = time.time() - KEPT_SECONDS
    folder = Path(settings.ARTIFACTS_DIR) / "exports"
    old = [path for path in folder.glob("*/*") if path.stat().st_mtime < limit]
    for path in old:
        path.unlink(missing_ok=True)
        settings.ARTIFACT_STORE.forget(path)
    return len(old)


def _beating(job: Job, pieces: Iterable[bytes]) -> Iterator[bytes]:
    size = told = 0
    for piece in pieces:
        yield piece
        size += len(piece)
        if size - told >= BEAT_BYTES:
            told = size
            if not job.beat(done=size):
                raise ExportCancelled


def _result(job: Job, choices: Choices, digest: str, size: int) -> dict[str, Any]:
    token = signing.dumps(str(job.pk), salt=_SALT)
    return {
        "url": reverse("export-file", args=[token]),
        "name": choices.file_name(job.project),
        "bytes": size,
        "sha256": digest,
        "expires_at": (timezone.now() + LINK_LIFE).isoformat(),
    }
