"""Annotators as processes of their own, at one project, who dawdle, press twice and die at any moment.

What each sends, and what is acknowledged, is a line in the annotator's own file before and after, so that whatever
happens in between the files say what the table must hold: `["sent", assignment, key, tiers]`, then `["created" or
"replayed", assignment, key, ranking]` or `["refused", assignment, key, by]`; `["skipped", assignment]`; `["born"]` for
each process; and `["broke", traceback]` for what no annotator may ever see.
"""

import gc
import json
import os
import random
import signal
import time
import traceback
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from labeling.exceptions import LabelingError
from labeling.judgements import Judgement
from labeling.models import Assignment, Project
from labeling.ranking import Tiers
from labeling.services.assignments import next_assignment, renew_lease, save_draft, skip_assignment
from labeling.services.rankings import submit_ranking

# A safe distance from a loop without end; nobody comes near it.
MOST_ROUNDS = 20_000
LIVES = 3
# Every fifth never comes back; a prompt is skipped by every twentieth at most, so there is always somebody left for it.
GONE, SKIPS = 5, 20


def name(number: int) -> str:
    return f"annotator-{number}"


def work_off(slug: str, folder: str, annotators: int, *, calm: bool) -> None:
    """A process for each annotator, until none is lent anything more; the dead come back, but for every fifth.

    `calm`: those who are still there, without a death, a skip or a lease that runs out.
    """
    numbers = [number for number in range(annotators) if not (calm and number % GONE == 0)]
    # Each life would otherwise copy what is here page by page, as its collector looks at every object.
    gc.freeze()
    running = {_fork(slug, folder, number, 1, calm): (number, 1) for number in numbers}
    while running:
        pid, status = os.wait()
        number, life = running.pop(pid)
        if os.WIFSIGNALED(status) and number % GONE:
            running[_fork(slug, folder, number, life + 1, calm)] = number, life + 1


def _fork(slug: str, folder: str, number: int, life: int, calm: bool) -> int:
    # No database connection is open here, and none may be: two processes would talk on it at once.
    if pid := os.fork():
        return pid
    with Evidence(Path(folder) / name(number)) as evidence:
        try:
            evidence.note("born")
            Annotator(slug, number, life, evidence, calm=calm).work()
        except BaseException:
            evidence.note("broke", traceback.format_exc())
        finally:
            # Without what the process that it came from does at its end.
            os._exit(0)


class Evidence:
    """Lines that are in the file before the next step begins, and stay there whatever dies."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> "Evidence":
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def note(self, *line: Any) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")

    def lines(self) -> list[list[Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()]


class Annotator:
    """One life of an annotator; the next one starts with what this one has sent without an answer."""

    def __init__(self, slug: str, number: int, life: int, evidence: Evidence, *, calm: bool) -> None:
        self.number, self.evidence, self.calm = number, evidence, calm
        self.draw = random.Random(f"{number}-{life}-{calm}")
        # Steps, two a statement, until death: between any two statements of any act, inside a transaction or not.
        self.steps = None if calm or life == LIVES else self.draw.randint(50, 1000)
        self.user = User.objects.get(username=name(number))
        self.project = Project.objects.get(slug=slug)
        self.keys = 0

    def work(self) -> None:
        late: list[Assignment] = []
        with connection.execute_wrapper(self._fuse):
            self._send_again()
            for _ in range(MOST_ROUNDS):
                assignment = next_assignment(project=self.project, annotator=self.user)
                if assignment is None:
                    break
                if self._stays(assignment):
                    late.append(assignment)
                if len(late) > 3:
                    self._submit(late.pop(0))
            for assignment in late:
                self._submit(assignment)

    def _stays(self, assignment: Assignment) -> bool:
        """Deal with what has been lent; whether it is left lying, to be submitted when its lease has long run out."""
        if self.calm:
            self._submit(assignment)
            return False
        if self._happens(0.1):
            self._let_a_lease_run_out()
        if self._happens(0.1):
            next_assignment(project=self.project, annotator=self.user, after=assignment.pk)
        if self._happens(0.1):
            self._draft_and_renew(assignment)
        if (self.number + assignment.prompt_id) % SKIPS == 0:
            self._skip(assignment)
            return False
        if self._happens(0.15):
            Assignment.objects.open().filter(pk=assignment.pk).update(lease_expires_at=_past())
            time.sleep(self.draw.uniform(0, 0.03))
            return self._happens(0.5)
        if self._happens(0.07):
            self._submit_twice_at_once(assignment)
        else:
            self._submit(assignment)
        return False

    def _happens(self, share: float) -> bool:
        return not self.calm and self.draw.random() < share

    def _let_a_lease_run_out(self) -> None:
        """Time has passed for somebody who is at work."""
        held = Assignment.objects.open().filter(prompt__project=self.project).values_list("pk", flat=True)
        if pks := list(held[:100]):
            Assignment.objects.open().filter(pk=self.draw.choice(pks)).update(lease_expires_at=_past())

    def _draft_and_renew(self, assignment: Assignment) -> None:
        # Refused when the lease has run out meanwhile.
        with suppress(LabelingError):
            save_draft(assignment=assignment, draft={"tiers": [assignment.display_order[:1]]})
            renew_lease(assignment=assignment)

    def _skip(self, assignment: Assignment) -> None:
        with suppress(LabelingError):
            skip_assignment(assignment=assignment, reason="Not my field.")
            self.evidence.note("skipped", assignment.pk)

    def _submit(self, assignment: Assignment) -> None:
        key, tiers = self._new_key(), self._order(assignment)
        self._send(assignment, key, tiers)
        if self._happens(0.05):
            self._send(assignment, key, tiers)
        if self._happens(0.05):
            self._send(assignment, key, self._order(assignment))
        if self._happens(0.05):
            self._send(assignment, self._new_key(), self._order(assignment))

    def _submit_twice_at_once(self, assignment: Assignment) -> None:
        """The same order from two processes at the same instant, under one key or under two."""
        key, tiers = self._new_key(), self._order(assignment)
        other = key if self._happens(0.7) else self._new_key()
        # SQLite must not be carried into another process, and PostgreSQL's connection cannot be shared.
        connection.close()
        waits, ready = os.pipe()
        second = os.fork()
        connection.ensure_connection()
        if second == 0:
            self.steps = None
            os.write(ready, b"x")
            self._send(assignment, other, tiers)
            os._exit(0)
        os.close(ready)
        os.read(waits, 1)
        os.close(waits)
        self._send(assignment, key, tiers)
        os.waitpid(second, 0)

    def _send_again(self) -> None:
        """What an earlier life has sent without hearing of it."""
        unanswered: dict[tuple[int, str], Tiers] = {}
        for kind, *said in self.evidence.lines():
            if kind == "sent":
                unanswered[said[0], said[1]] = said[2]
            elif kind in {"created", "replayed", "refused"}:
                unanswered.pop((said[0], said[1]), None)
        for (pk, key), tiers in unanswered.items():
            self._send(Assignment.objects.get(pk=pk), key, tiers)

    def _send(self, assignment: Assignment, key: str, tiers: Tiers) -> None:
        self.evidence.note("sent", assignment.pk, key, tiers)
        try:
            ranking, created = submit_ranking(
                assignment=assignment, judgement=Judgement(tiers=tiers), idempotency_key=key
            )
        except LabelingError as refusal:
            self.evidence.note("refused", assignment.pk, key, type(refusal).__name__)
        else:
            self.evidence.note("created" if created else "replayed", assignment.pk, key, ranking.pk)

    def _new_key(self) -> str:
        self.keys += 1
        return f"{os.getpid()}-{self.keys}"

    def _order(self, assignment: Assignment) -> Tiers:
        order = list(assignment.display_order)
        self.draw.shuffle(order)
        cut = self.draw.randint(1, len(order))
        return [[key] for key in order[: cut - 1]] + [order[cut - 1 :]]

    def _fuse(self, execute: Any, *arguments: Any) -> Any:
        self._step()
        result = execute(*arguments)
        self._step()
        return result

    def _step(self) -> None:
        if self.steps is None:
            return
        self.steps -= 1
        if self.steps == 0:
            if self.draw.random() < 0.5:
                os.kill(os.getpid(), signal.SIGKILL)
            # The default of SIGALRM is death as well: in the middle of a statement, a commit, or nothing at all.
            signal.setitimer(signal.ITIMER_REAL, self.draw.uniform(0.0001, 0.02))


def _past() -> datetime:
    return timezone.now() - timedelta(seconds=1)
