"""Whether this process lives, whether Podium is ready, and what can be counted."""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError

from labeling.models import Assignment, Project, Prompt, Ranking
from rewardmodel.models import RewardModel, TrainingRun


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when database, broker, migrations and seed are there, else 503; each named with what is wrong."""
    checks = {name: _outcome(check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    return JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text: counts from the database, so every web process answers alike."""
    registry = CollectorRegistry()
    for model in (Project, Prompt, RewardModel):
        name = f"podium_{model._meta.verbose_name_plural}".replace(" ", "_")
        Gauge(name, f"How many {model._meta.verbose_name_plural} there are.", registry=registry).set(
            model._default_manager.count()
        )
    rankings = Gauge("podium_rankings", "How many rankings count.", registry=registry)
    rankings.set(Ranking.objects.current().count())
    leases = Gauge("podium_open_assignments", "How many prompts are lent at the moment.", registry=registry)
    leases.set(Assignment.objects.open().count())
    runs = Gauge("podium_training_runs", "How many training runs there are.", ["status"], registry=registry)
    for status in TrainingRun.Status.values:
        runs.labels(status).set(TrainingRun.objects.filter(status=status).count())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    cache.get("ready")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} to apply; run manage.py migrate" if waiting else "ok"


def _seed() -> str:
    return (
        "ok"
        if User.objects.filter(is_superuser=True).exists()
        else "no admin yet; run manage.py seed_demo or createsuperuser"
    )


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "migrations": _migrations,
    "seed": _seed,
}


def _outcome(check: Callable[[], str]) -> str:
    try:
        return check()
    except (DatabaseError, RedisError) as error:
        # The kind of failure, not its text: this page is open, and a message may hold an address or a password.
        return type(error).__name__
