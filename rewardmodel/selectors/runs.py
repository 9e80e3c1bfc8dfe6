"""Runs and what is new since the last one."""

import os
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Max
from django.http import Http404
from django.utils import timezone

from labeling.models import Project
from labeling.selectors.access import check_manages, projects_for
from labeling.selectors.rankings import human_rankings_since
from rewardmodel.models import TrainingRun


def run_for(user: User, run_id: int) -> TrainingRun:
    """A run of a project that the caller manages; `PermissionDenied` for its annotators, `Http404` for all others."""
    run = (
        TrainingRun.objects.select_related("project", "snapshot", "reward_model")
        .filter(pk=run_id, project__in=projects_for(user))
        .first()
    )
    if run is None:
        raise Http404(f"no run {run_id}")
    check_manages(user, run.project)
    return run


def log_tail(run: TrainingRun, most: int = 8000) -> str:
    """The end of what its processes have printed, from the start of a line on; at most so many bytes."""
    if not run.log.exists():
        return ""
    with run.log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - most))
        text = file.read().decode(errors="replace")
    return text if size <= most else text.partition("\n")[2]


def seconds_trained_since(project: Project, moment: datetime) -> float:
    """How long runs of the project have been at work since then, one that is running now included."""
    now = timezone.now()
    runs = project.training_runs.filter(started_at__isnull=False).exclude(ended_at__lt=moment)
    spans = [
        (run.ended_at or now) - max(run.started_at, moment)
        for run in runs
        if run.started_at is not None and (run.ended_at or run.is_active)
    ]
    return sum(max(0.0, span.total_seconds()) for span in spans)


def new_rankings(project: Project) -> int:
    """How many rankings people have made since the newest snapshot that a run was started on; all, before the first."""
    last = project.training_runs.aggregate(last=Max("snapshot__last_ranking_id"))["last"] or 0
    return human_rankings_since(project, last)
