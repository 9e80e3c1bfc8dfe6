"""A crowd of annotators who crash, dawdle and press twice: every prompt gets exactly its rankings, and none is lost."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count, F, Q
from django.utils import timezone

from labeling.models import Assignment, Membership, Prompt, Ranking
from labeling.services.members import add_member
from tests.factories import make_prompts
from tests.integration.conftest import test_database_url as database_url
from tests.integration.storm import name

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
# How many people rank a prompt, in turn: the many with one are where a slot taken twice shows at once.
OVERLAPS = (1, 1, 1, 1, 2, 1, 1, 1, 1, 3)
LONGEST_SECONDS = 600


@pytest.fixture
def size() -> tuple[int, int]:
    """Annotators, as many as the database serves at once, and prompts: with `make race`, enough for minutes."""
    return (50 if connection.vendor == "postgresql" else 8), int(os.environ.get("RACE_PROMPTS", "400"))


@pytest.fixture
def crowd(project, size) -> int:
    annotators, prompts = size
    for number in range(annotators):
        user = User.objects.create_user(name(number))
        add_member(project=project, user=user, role=Membership.Role.ANNOTATOR)
    make_prompts(project, *(f"p-{number}" for number in range(prompts)))
    found = list(Prompt.objects.order_by("pk"))
    for prompt, slots in zip(found, cycle(OVERLAPS), strict=False):
        prompt.slots = slots
    Prompt.objects.bulk_update(found, ["slots"], batch_size=500)
    return annotators


def test_a_storm_of_annotators_gives_every_prompt_its_rankings_and_loses_none(project, crowd, tmp_path):
    work_off(project.slug, tmp_path, crowd, calm=False)
    slots_add_up()
    the_table_says_what_was_acknowledged(tmp_path)
    it_was_a_storm(tmp_path, crowd)

    Assignment.objects.open().update(lease_expires_at=timezone.now())
    work_off(project.slug, tmp_path, crowd, calm=True)

    slots_add_up()
    the_table_says_what_was_acknowledged(tmp_path)
    unlike = Prompt.objects.annotate(ranked=Count("rankings")).exclude(ranked=F("slots"), slots_taken=F("slots"))
    assert not list(unlike.values("pk", "slots", "slots_taken", "ranked"))


def work_off(slug: str, folder: Path, annotators: int, *, calm: bool) -> None:
    """Let them all work until the last has ended, and look at the slots meanwhile."""
    # From a process without threads and connections, so that it may fork.
    call = (
        f"from tests.integration.storm import work_off; work_off({slug!r}, {str(folder)!r}, {annotators}, calm={calm})"
    )
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", call],
        env={**os.environ, "DATABASE_URL": database_url()},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        for _ in range(LONGEST_SECONDS):
            try:
                # To the end of their output: somebody's second process may outlive all the others.
                process.communicate(timeout=1)
                break
            except subprocess.TimeoutExpired:
                slots_add_up()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert process.returncode == 0


def slots_add_up() -> None:
    """Seen in one instant: no prompt is held more often than it has slots, and its counter says how often it is."""
    held = Count("assignments", filter=Q(assignments__slot__isnull=False))
    wrong = Prompt.objects.annotate(held=held).exclude(held=F("slots_taken"), slots_taken__lte=F("slots"))
    assert not list(wrong.values("pk", "slots", "slots_taken", "held"))


def the_table_says_what_was_acknowledged(folder: Path) -> None:
    """Every ranking is one that was sent; what was acknowledged is there, once, with the order that was sent."""
    said = evidence(folder)
    broke = [f"{who}:\n{words[0]}" for who, kind, words in said if kind == "broke"]
    assert not broke, "\n".join(broke)
    rankings = list(Ranking.objects.select_related("assignment", "annotator"))
    assert len({row.assignment_id for row in rankings}) == len(rankings), "an assignment was ranked twice"
    assert len({(row.prompt_id, row.annotator_id) for row in rankings}) == len(rankings), "somebody ranked one twice"
    assert all(row.assignment.status == Assignment.Status.SUBMITTED for row in rankings)

    sent = {(who, pk, key, json.dumps(tiers)) for who, pk, key, tiers in of_kind(said, "sent")}
    stored = {
        (row.annotator.username, row.assignment_id, row.idempotency_key, json.dumps(row.tiers)) for row in rankings
    }
    assert stored <= sent, "a ranking that nobody sent"
    created = of_kind(said, "created")
    assert len({pk for *_, pk in created}) == len(created), "one ranking was twice acknowledged as new"
    rows = {(row.annotator.username, row.assignment_id, row.idempotency_key, row.pk) for row in rankings}
    assert rows >= {*created, *of_kind(said, "replayed")}, "a ranking that was acknowledged is lost"
    skipped = Assignment.objects.filter(status=Assignment.Status.SKIPPED).values_list("annotator__username", "pk")
    assert set(skipped) >= set(of_kind(said, "skipped")), "a skip that was acknowledged is lost"


def it_was_a_storm(folder: Path, annotators: int) -> None:
    """All that was meant to happen did; otherwise the rest would prove little."""
    happened = Counter(said[2] if kind == "refused" else kind for _, kind, said in evidence(folder))
    assert {"created", "replayed", "skipped", "AssignmentClosed", "KeyReused", "LeaseLost"} <= set(happened), happened
    assert happened["born"] > annotators, happened


def evidence(folder: Path) -> list[tuple[str, str, list[Any]]]:
    """Who, what kind of line, and what it says, each person's in the order of time."""
    lines = [(path.name, line) for path in sorted(folder.iterdir()) for line in path.read_text().splitlines()]
    return [(who, kind, said) for who, (kind, *said) in ((who, json.loads(line)) for who, line in lines)]


def of_kind(lines: list[tuple[str, str, list[Any]]], kind: str) -> list[tuple[Any, ...]]:
    return [(who, *said) for who, found, said in lines if found == kind]
