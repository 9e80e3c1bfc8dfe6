"""Reports of refused rows, as CSV: all of them, where a page lists some."""

import csv
import time
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings

from labeling.models import Project

HEADER = ("line", "id", "field", "detail")
KEPT = timedelta(days=7)


class RowReport:
    """A report as it is written, a refused row at a time; a file is there once there is something in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None
        path.unlink(missing_ok=True)

    def add(self, error: dict[str, Any]) -> None:
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(HEADER)
        csv.writer(self._file).writerow([error.get(name) for name in HEADER])

    def close(self) -> bool:
        """Whether there is anything in it."""
        if self._file is None:
            return False
        self._file.close()
        return True


def keep_report(project: Project, errors: Iterable[dict[str, Any]]) -> uuid.UUID:
    """A report of what was refused at once, without a job."""
    report_id = uuid.uuid4()
    report = RowReport(report_path(project, report_id))
    for error in errors:
        report.add(error)
    if report.close():
        settings.ARTIFACT_STORE.keep(report.path)
    return report_id


def kept_report(project: Project, report_id: uuid.UUID) -> Path:
    """A report, fetched if another machine has written it; it may be none."""
    path: Path = settings.ARTIFACT_STORE.bring(report_path(project, report_id))
    return path


def report_path(project: Project, report_id: uuid.UUID) -> Path:
    """Where a report lies; that of a job is called after it."""
    return Path(settings.ARTIFACTS_DIR) / "reports" / str(project.pk) / f"{report_id}.csv"


def remove_old_reports() -> int:
    limit = time.time() - KEPT.total_seconds()
    old = [path for path in (Path(settings.ARTIFACTS_DIR) / "reports").glob("*/*") if path.stat().st_mtime < limit]
    for path in old:
        path.unlink(missing_ok=True)
        settings.ARTIFACT_STORE.forget(path)
    return len(old)
