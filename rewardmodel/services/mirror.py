"""The registry on an MLflow tracking server: what others look at there is what stands here, and never the other way."""

import logging
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.cache import cache

from labeling.models import Project
from labeling.queue import enqueue
from rewardmodel.models import Alias, RewardModel
from rewardmodel.selectors.registry import newest_verdicts, reward_models
from rewardmodel.tracking import TrackingError, TrackingServer
from rewardmodel.verdicts import headline

logger = logging.getLogger(__name__)

# Longer than an upload takes; a worker that was killed keeps the others waiting no longer.
CLAIM_SECONDS = 3600
MIRROR = "rewardmodel.tasks.mirror_registry"
VERSION, VERDICT = "podium.version", "podium.verdict"
NOT_IN_A_NAME = re.compile(r"[^\w\-. /]")


def mirror_later(project: Project) -> None:
    """Have the mirror brought up to date once the current transaction commits; nothing without a server."""
    if settings.MLFLOW_TRACKING_URI:
        enqueue(MIRROR, project.pk)


def mirror_all() -> int:
    """Bring every project's mirror up to date; of how many. What a server that was away has missed is made up for."""
    if not settings.MLFLOW_TRACKING_URI:
        return 0
    projects = Project.objects.filter(reward_models__isnull=False).distinct().order_by("pk")
    return sum(_mirrored(project) for project in projects)


def mirror_one(*, project_id: int) -> bool:
    """Whether it could be done; if not, the log says why."""
    return _mirrored(Project.objects.get(pk=project_id))


def _mirrored(project: Project) -> bool:
    try:
        mirror_registry(project=project)
    except TrackingError as error:
        # Beat asks again, and one project's trouble is not the next one's.
        logger.warning("the registry of %s could not be mirrored: %s", project.slug, error)
        return False
    return True


def mirror_registry(*, project: Project) -> list[int]:
    """Bring the registered model `podium-<slug>` up to date with this registry; the versions that were new to it.

    Each version has a run with its parameters, metrics and files. What is there is left as it is, so that it may be
    done again at any time; aliases and the gate's words follow. Raises `TrackingError`.
    """
    claim, again = f"mirror:{project.pk}", f"mirror-again:{project.pk}"
    new: list[int] = []
    # One at a time, or a version would come twice; whoever is at it goes over it again for those who came meanwhile.
    cache.set(again, True, CLAIM_SECONDS)
    while cache.get(again) and cache.add(claim, True, CLAIM_SECONDS):
        try:
            cache.delete(again)
            new += _brought_up_to_date(project)
        finally:
            cache.delete(claim)
    return new


def _brought_up_to_date(project: Project) -> list[int]:
    name = f"podium-{project.slug}"
    new = []
    with server() as tracking:
        aliases = tracking.model(name, f"Reward models of the Podium project {project.name}")
        known = {one["tags"].get(VERSION): one for one in tracking.versions(name)}
        models = list(reward_models(project).order_by("version"))
        for model in models:
            if str(model.version) not in known:
                known[str(model.version)] = {"version": _add(tracking, name, model), "tags": {}}
                new.append(model.version)
        for model_id, verdict in newest_verdicts(models).items():
            own = known[str(next(model.version for model in models if model.pk == model_id))]
            if own["tags"].get(VERDICT) != (words := headline(verdict)):
                tracking.tag_version(name, own["version"], VERDICT, words)
        _point(tracking, name, aliases, {alias: known[str(version)]["version"] for alias, version in _aliases(project)})
    return new


def server() -> TrackingServer:
    return TrackingServer(
        settings.MLFLOW_TRACKING_URI,
        token=settings.MLFLOW_TRACKING_TOKEN,
        user=settings.MLFLOW_TRACKING_USERNAME,
        password=settings.MLFLOW_TRACKING_PASSWORD,
    )


def _add(tracking: TrackingServer, name: str, model: RewardModel) -> str:
    tags = {
        VERSION: str(model.version),
        "podium.project": model.project.slug,
        "podium.snapshot": model.snapshot.sha256,
        "podium.run": str(model.run_id),
    }
    made = model.created_at.timestamp()
    run = tracking.start_run(tracking.experiment(name), f"version {model.version}", tags, made)
    tracking.log(run["run_id"], parameters=model.run.config, metrics=dict(_numbers(model.metrics)))
    folder = model.path
    tracking.upload(run, folder, sorted(path for path in folder.rglob("*") if path.is_file()))
    tracking.finish_run(run["run_id"], made)
    # Last: a run that broke off is of no version, and the next try makes another.
    words = f"Version {model.version} of {model.project.slug}, from {model.snapshot.rankings} rankings"
    return tracking.add_version(name, run, tags, words)


def _aliases(project: Project) -> list[tuple[str, int]]:
    found = Alias.objects.filter(project=project).values_list("name", "reward_model__version")
    return list(found)


def _point(tracking: TrackingServer, name: str, there: Mapping[str, str], here: Mapping[str, str]) -> None:
    for alias in Alias.Name.values:
        if alias in here and there.get(alias) != here[alias]:
            tracking.set_alias(name, alias, here[alias])
        elif alias in there and alias not in here:
            tracking.remove_alias(name, alias)


def _numbers(metrics: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """Every finite number in it, under a name of the keys that lead there: `test.accuracy`."""
    for key, value in metrics.items():
        name = f"{before}{NOT_IN_A_NAME.sub('_', str(key))}"
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield name[:250], float(value)
