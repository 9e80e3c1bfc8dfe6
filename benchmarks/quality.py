"""A project of 100,000 rankings: its managers' pages, and what keeping their statistics costs.

    python -m benchmarks.quality [--rankings 100000] [--database postgresql|sqlite]

33,334 prompts of 4 responses by 8 models, each ranked by 3 of 50 simulated annotators who follow the models'
strengths with noise; two of them roll dice. The database is a throw-away PostgreSQL cluster, or SQLite. All in one
process: the rankings are tallied as the worker does it, the fits are made, two snapshots are frozen (the second
without one annotator) that twenty versions have learned; then each page, and each long list of the admin, is asked
for several times through all of Django, signed in as an admin. `ratio` is the slowest page's median over the 300 ms
allowed; `afresh` is how many times as long tallying everything takes as tallying one new ranking.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

from benchmarks.instance import report
from tests.services import find_postgresql, postgresql_cluster

ALLOWED_MS, ANNOTATORS, DICE, MODELS, RESPONSES, OVERLAP, SEED = 300, 50, 2, 8, 4, 3, 7
CHUNK, REPEATS, WEEKS, NEW, VERSIONS = 5000, 7, 12, 5, 20


@contextmanager
def database(kind: str) -> Iterator[None]:
    """Django on an empty database of that kind."""
    with ExitStack() as stack:
        os.environ["PODIUM_STATE"] = stack.enter_context(tempfile.TemporaryDirectory(prefix="podium-bench-"))
        if kind == "postgresql":
            if (programs := find_postgresql()) is None:
                raise SystemExit("no PostgreSQL on this machine; install it, or use --database sqlite")
            os.environ["DATABASE_URL"] = stack.enter_context(postgresql_cluster(programs))
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connections

        settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connections.close_all()


def fill(rankings: int) -> Any:
    """The project, written in bulk: how rankings get there is not what is measured."""
    from django.contrib.auth.models import User
    from django.utils import timezone

    from labeling.models import Assignment, Project, Prompt, Ranking, Response

    draw = random.Random(SEED)
    admin = User.objects.create_superuser("admin", password="bench")
    people = [User.objects.create_user(f"annotator-{number:02}") for number in range(ANNOTATORS)]
    project = Project.objects.create(slug="bench", name="Bench", overlap=OVERLAP, created_by=admin)
    now = timezone.now()
    prompts = -(-rankings // OVERLAP)
    for start in range(0, prompts, CHUNK):
        made = Prompt.objects.bulk_create(
            Prompt(
                project=project,
                external_id=f"p-{number}",
                messages=[{"role": "user", "content": f"Question {number}, " + "word " * 40}],
                split="train",
                digest="",
                slots=OVERLAP,
                slots_taken=OVERLAP,
            )
            for number in range(start, min(start + CHUNK, prompts))
        )
        authors = [draw.sample(range(MODELS), RESPONSES) for _ in made]
        responses = Response.objects.bulk_create(
            Response(
                prompt=prompt,
                external_id=f"r{place}",
                position=place,
                content="reply " * draw.randint(20, 200),
                model=f"model-{model}",
            )
            for prompt, models in zip(made, authors, strict=True)
            for place, model in enumerate(models)
        )
        assignments, orders = [], []
        for number, (prompt, models) in enumerate(zip(made, authors, strict=True)):
            own = responses[number * RESPONSES : (number + 1) * RESPONSES]
            for slot, who in enumerate(draw.sample(range(ANNOTATORS), OVERLAP), 1):
                shown = [response.key for response in own]
                draw.shuffle(shown)
                liked = {
                    response.key: draw.gauss(0 if who < DICE else -model / 2, 1)
                    for response, model in zip(own, models, strict=True)
                }
                orders.append([[key] for key in sorted(liked, key=lambda key: -liked[key])])
                assignments.append(
                    Assignment(
                        prompt=prompt,
                        annotator=people[who],
                        slot=slot,
                        status="submitted",
                        display_order=shown,
                        lease_expires_at=now,
                    )
                )
        Assignment.objects.bulk_create(assignments, batch_size=1000)
        made_rankings = Ranking.objects.bulk_create(
            (
                Ranking(
                    assignment=assignment,
                    prompt=assignment.prompt,
                    annotator=assignment.annotator,
                    tiers=tiers,
                    display_order=assignment.display_order,
                    active_seconds=draw.uniform(20, 120),
                    idempotency_key="bench",
                    body_digest="",
                )
                for assignment, tiers in zip(assignments, orders, strict=True)
            ),
            batch_size=1000,
        )
        ids = [ranking.pk for ranking in made_rankings]
        week = now - timedelta(weeks=WEEKS * (prompts - start) / prompts)
        Ranking.objects.filter(pk__gte=ids[0], pk__lte=ids[-1]).update(created_at=week)
    return project


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def pages(project: Any) -> dict[str, str]:
    from django.urls import reverse

    from labeling.models import PromptStatistics

    worst = PromptStatistics.objects.filter(project=project).order_by("agreement", "prompt").first()
    annotator = project.prompts.first().rankings.first().annotator_id
    named = {
        name: reverse(name, args=[project.slug])
        for name in ("project", "quality", "annotators", "disputes", "bias", "leaderboard", "people", "rank")
    }
    named |= {name: reverse(name, args=[project.slug]) for name in ("snapshots", "runs", "run-new", "models")}
    lists = ("labeling_ranking", "labeling_prompt", "labeling_assignment", "rewardmodel_registryevent")
    return {
        **named,
        **{f"admin {name}": reverse(f"admin:{name}_changelist") for name in lists},
        "snapshot": reverse("snapshot", args=[project.slug, project.snapshots.first().pk]),
        "annotator": reverse("annotator", args=[project.slug, annotator]),
        "dispute": reverse("dispute", args=[project.slug, worst.prompt_id]),
        "home": reverse("home"),
    }


def freeze_and_register(project: Any) -> float:
    """Two snapshots and their versions; the seconds that freezing one takes."""
    from labeling.services.exclusions import exclude_annotator
    from rewardmodel.models import RewardModel, TrainingRun
    from rewardmodel.services.snapshots import freeze_snapshot

    taken = seconds(lambda: freeze_snapshot(project=project, created_by=None))
    one = project.prompts.first().rankings.first().annotator
    exclude_annotator(project=project, annotator=one, reason="A benchmark.", manager=project.created_by)
    freeze_snapshot(project=project, created_by=None)
    for version in range(1, VERSIONS + 1):
        snapshot = project.snapshots.all()[version % 2]
        run = TrainingRun.objects.create(project=project, snapshot=snapshot, trigger="manual", status="succeeded")
        RewardModel.objects.create(project=project, snapshot=snapshot, run=run, version=version)
    return taken


def measure(rankings: int) -> dict[str, Any]:
    from django.contrib.auth.models import User
    from django.test import Client

    from labeling.models import Ranking
    from labeling.services.analysis import analyse_project
    from labeling.services.tallies import refresh_tallies

    project = fill(rankings)
    tallied = seconds(lambda: refresh_tallies(project=project))
    analysed = seconds(lambda: analyse_project(project=project))
    frozen = freeze_and_register(project)
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username="admin"))

    def get(path: str) -> None:
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}")

    medians = {}
    for name, path in pages(project).items():
        get(path)
        medians[name] = round(1000 * statistics.median(seconds(lambda path=path: get(path)) for _ in range(REPEATS)), 1)
    one = []
    for ranking in Ranking.objects.order_by("?")[:NEW]:
        Ranking.objects.filter(pk=ranking.pk).update(tallied=False)
        one.append(seconds(lambda: refresh_tallies(project=project)))
    new = statistics.median(one)
    return {
        "rankings": Ranking.objects.count(),
        "prompts": project.prompts.count(),
        "tallied_s": round(tallied, 1),
        "tallied_rankings_per_s": round(rankings / tallied),
        "analysed_s": round(analysed, 1),
        "frozen_s": round(frozen, 1),
        "page_ms": medians,
        "one_new_ranking_ms": round(1000 * new, 1),
        "afresh": round(tallied / new),
        "allowed_ms": ALLOWED_MS,
        "ratio": round(max(medians.values()) / ALLOWED_MS, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rankings", type=int, default=100_000)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    options = parser.parse_args()
    with database(options.database):
        figures = measure(options.rankings)
        report(database=options.database, **figures)


if __name__ == "__main__":
    main()
