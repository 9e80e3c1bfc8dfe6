"""Uploads: imported at once when small, else handed to a worker as a job."""

import logging
import shutil
import uuid
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from labeling.exceptions import Conflict, LabelingError
from labeling.fetching import NotFetched, Source, fetch, source_of
from labeling.models import Job, Project
from labeling.queue import enqueue
from labeling.services.imports import BATCH, ImportCancelled, ImportFile, ImportReport, import_prompts
from labeling.services.reports import RowReport, remove_old_reports, report_path
from labeling.sources.mapping import ColumnMapping
from labeling.sources.readers import READERS

logger = logging.getLogger(__name__)

RUN_IMPORT = "labeling.tasks.run_import"
# A batch takes a second or two; this long without a sign means that the worker is gone.
KEPT = timedelta(days=1)
HEARTBEAT_LIMIT = timedelta(seconds=120)


def import_upload(
    *, project: Project, user: User, file: IO[bytes], format: str, recipe: str = "prompts", skip_invalid: bool = False
) -> ImportReport | Job:
    """Import an uploaded stream: up to 1,000 rows here and now, more as a job. Raises `InvalidImport`."""
    job_id = uuid.uuid4()
    upload = ImportFile(path=_upload_path(job_id), format=format, recipe=recipe)
    upload.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with upload.path.open("wb") as target:
            shutil.copyfileobj(file, target)
        if upload.has_more_than(BATCH):
            return _create_import_job(job_id, project=project, user=user, upload=upload, skip_invalid=skip_invalid)
        report = import_prompts(project=project, user=user, file=upload, skip_invalid=skip_invalid)
    except BaseException:
        upload.path.unlink(missing_ok=True)
        raise
    upload.path.unlink()
    return report


def _create_import_job(
    job_id: uuid.UUID, *, project: Project, user: User, upload: ImportFile, skip_invalid: bool
) -> Job:
    settings.ARTIFACT_STORE.keep(upload.path)
    with transaction.atomic():
        job = Job.objects.create(
            id=job_id,
            project=project,
            created_by=user,
            kind=Job.Kind.IMPORT,
            params={
                "format": upload.format,
                "recipe": upload.recipe,
                "skip_invalid": skip_invalid,
                "mapping": asdict(upload.mapping) if upload.mapping else None,
            },
        )
        enqueue(RUN_IMPORT, str(job.pk))
    return job


def import_url(
    *, project: Project, user: User, url: str, format: str = "", recipe: str = "prompts", skip_invalid: bool = False
) -> Job:
    """Have a worker fetch an address and import it. Raises `InvalidInput` for one that may not be fetched."""
    source = source_of(url, format=format)
    with transaction.atomic():
        job = Job.objects.create(
            project=project,
            created_by=user,
            kind=Job.Kind.IMPORT,
            params={
                "url": url,
                "format": source.format,
                "recipe": recipe,
                "skip_invalid": skip_invalid,
                "mapping": None,
            },
        )
        enqueue(RUN_IMPORT, str(job.pk))
    return job


def keep_upload(*, project: Project, file: IO[bytes], format: str) -> uuid.UUID:
    """Keep a file until somebody has said what its columns are; what is forgotten goes after a day."""
    upload_id = uuid.uuid4()
    path = _kept_folder(project) / f"{upload_id}.{format}"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("wb") as target:
        shutil.copyfileobj(file, target)
    settings.ARTIFACT_STORE.keep(path)
    return upload_id


def kept_upload(project: Project, upload_id: uuid.UUID) -> ImportFile | None:
    """The file that was kept for this project under this id; None when there is none."""
    for format in READERS:
        path = settings.ARTIFACT_STORE.bring(_kept_folder(project) / f"{upload_id}.{format}")
        if path.is_file():
            return ImportFile(path=path, format=format)
    return None


def import_kept(*, project: Project, user: User, upload: ImportFile, skip_invalid: bool) -> ImportReport | Job:
    """Import a kept file by its mapping, here or as a job; a refused one stays, to be mapped otherwise."""
    if upload.has_more_than(BATCH):
        job_id = uuid.uuid4()
        _upload_path(job_id).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        moved = replace(upload, path=upload.path.rename(_upload_path(job_id)))
        return _create_import_job(job_id, project=project, user=user, upload=moved, skip_invalid=skip_invalid)
    report = import_prompts(project=project, user=user, file=upload, skip_invalid=skip_invalid)
    upload.path.unlink(missing_ok=True)
    return report


def remove_old_uploads() -> int:
    limit = (timezone.now() - KEPT).timestamp()
    folder = Path(settings.ARTIFACTS_DIR) / "uploads"
    files = [path for path in (*folder.glob("*"), *folder.glob("kept/*/*")) if path.is_file()]
    # A job that waits or works still needs its file.
    active = set(map(str, Job.objects.filter(status__in=Job.ACTIVE).values_list("pk", flat=True)))
    old = [path for path in files if path.stat().st_mtime < limit and path.name not in active]
    for path in old:
        path.unlink(missing_ok=True)
        settings.ARTIFACT_STORE.forget(path)
    return len(old) + remove_old_reports()


def stored_mapping(stored: dict[str, Any] | None) -> ColumnMapping | None:
    if stored is None:
        return None
    named: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
    return ColumnMapping(**named)


def run_import_job(*, job_id: str) -> None:
    """Carry out a queued import and record how it ended; nothing to do when another worker has it."""
    job = Job.objects.select_related("project", "created_by").get(pk=job_id)
    if not job.claim():
        logger.warning("job %s is %s, not queued; leaving it alone", job.pk, job.status)
        return
    upload = ImportFile(
        path=settings.ARTIFACT_STORE.bring(_upload_path(job.pk)),
        format=job.params["format"],
        recipe=job.params["recipe"],
        mapping=stored_mapping(job.params.get("mapping")),
    )
    refused = RowReport(report_path(job.project, job.pk))
    try:
        if (url := job.params.get("url")) and not upload.path.exists():
            _fetch(job, source_of(url, format=job.params["format"]), upload)
        report = import_prompts(
            project=job.project,
            user=job.created_by,
            file=upload,
            skip_invalid=job.params["skip_invalid"],
            progress=lambda done: job.beat(done=done),
            on_refused=refused.add,
            on_checked=lambda total: _note_total(job, total),
        )
    except NotFetched as error:
        job.fail([{"detail": str(error)}])
    except ImportCancelled:
        logger.info("job %s was cancelled after %s rows", job.pk, job.done)
    except LabelingError as error:
        if "url" in job.params:
            # Whoever mends what lies there and goes on means the mended one.
            upload.path.unlink(missing_ok=True)
        job.fail(error.errors or [{"detail": error.detail}])
    except Exception as error:
        job.fail([{"detail": f"{type(error).__name__}: {error}"}])
        raise
    else:
        job.succeed(report.as_dict())
        upload.path.unlink(missing_ok=True)
        settings.ARTIFACT_STORE.forget(upload.path)
    finally:
        if refused.close():
            settings.ARTIFACT_STORE.keep(refused.path)


def _fetch(job: Job, source: Source, upload: ImportFile) -> None:
    def alive() -> None:
        if not job.beat(done=0):
            raise ImportCancelled

    fetch(source, upload.path, alive=alive)


def _note_total(job: Job, total: int) -> None:
    Job.objects.filter(pk=job.pk).update(total=total)


def cancel_job(*, job: Job) -> Job:
    """Stop a job between two batches; what it has written so far stays. `Conflict` when it has ended."""
    if not job.cancel():
        job.refresh_from_db()
        raise Conflict(f"job {job.pk} has {job.status} already")
    return job


def resume_job(*, job: Job) -> Job:
    """Go on with a job that was cancelled or has failed; what it has written is not written again.

    `Conflict` for one that runs, waits or has succeeded, and for an import whose file is not kept any longer.
    """
    fetched = job.kind != Job.Kind.IMPORT or "url" in job.params
    if not fetched and job.has_stopped and not settings.ARTIFACT_STORE.bring(_upload_path(job.pk)).exists():
        raise Conflict(f"the file of job {job.pk} is not kept any longer; send it again, which changes nothing twice")
    with transaction.atomic():
        if not job.resume():
            job.refresh_from_db()
            raise Conflict(f"job {job.pk} is {job.status}; only one that was cancelled or has failed can go on")
        enqueue(job.params.get("task", RUN_IMPORT), str(job.pk))
    return job


def reap_stalled_jobs() -> int:
    """Send jobs again whose worker is gone or whose message was lost; how many."""
    limit = timezone.now() - HEARTBEAT_LIMIT
    Job.objects.filter(status=Job.Status.RUNNING, heartbeat_at__lt=limit).update(status=Job.Status.QUEUED)
    waiting = Job.objects.filter(status=Job.Status.QUEUED, created_at__lt=limit)
    for job in waiting:
        enqueue(job.params.get("task", RUN_IMPORT), str(job.pk))
    return len(waiting)


def _kept_folder(project: Project) -> Path:
    return Path(settings.ARTIFACTS_DIR) / "uploads" / "kept" / str(project.pk)


def _upload_path(job_id: uuid.UUID) -> Path:
    return Path(settings.ARTIFACTS_DIR) / "uploads" / str(job_id)
