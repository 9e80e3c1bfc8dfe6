"""Rankings by an LLM: each prompt twice, as those of an annotator that is marked and that nothing counts unasked."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from labeling.completions import Unavailable
from labeling.exceptions import InvalidInput
from labeling.judgements import Judgement
from labeling.judging import Undecided, combined, contradicted, question, read_order
from labeling.models import Assignment, AssignmentKind, Endpoint, Job, Project, Prompt, Pseudonym, Ranking, Which
from labeling.queue import enqueue
from labeling.replies import Ask, Replies
from labeling.selectors.generation import prompts_to_answer
from labeling.services.generation import GenerationCancelled, carry_out, replies_of
from labeling.services.imported_annotators import annotator_username
from labeling.services.rankings import record_beside

RUN_JUDGING = "labeling.tasks.run_judging"
RUN_LOCAL_JUDGING = "labeling.tasks.run_local_judging"
READ_AT_ONCE = 200
LISTED_FAILURES = 1000


def request_judging(
    *, project: Project, user: User, endpoint: Endpoint, which: Which = Which.ALL, limit: int | None = None
) -> Job:
    """Queue a job that has the LLM rank each prompt that it has not ranked yet. Raises `InvalidInput`."""
    if limit is not None and limit < 1:
        raise InvalidInput(f"limit must be 1 or more; got {limit}")
    total = _left(project, judge_of(endpoint), which).count()
    if not total:
        raise InvalidInput("there is no prompt with responses that this model has not ranked")
    task = RUN_LOCAL_JUDGING if endpoint.is_local else RUN_JUDGING
    with transaction.atomic():
        job = Job.objects.create(
            project=project,
            created_by=user,
            kind=Job.Kind.JUDGING,
            params={"task": task, "endpoint": endpoint.pk, "which": which, "limit": limit},
            total=total if limit is None else min(total, limit),
        )
        enqueue(task, str(job.pk))
    return job


def judge_of(endpoint: Endpoint) -> User:
    """The annotator that stands for this model in this project; nobody can sign in as it."""
    username = annotator_username(endpoint.project, f"judge:{endpoint.name}")
    with transaction.atomic():
        user, made = User.objects.get_or_create(
            username=username, defaults={"password": make_password(None), "is_active": False}
        )
        if made:
            # The one pseudonym that says something: whoever reads an export is to know.
            Pseudonym.objects.create(user=user, name=f"judge-{secrets.token_hex(5)}")
    return user


def run_judging_job(*, job_id: str) -> None:
    """Carry out a queued judging; what it has ranked already is passed over when it goes on after a stop."""
    carry_out(job_id, _judge)


def _judge(job: Job, stack: ExitStack) -> dict[str, Any]:
    done = job.done

    def alive() -> None:
        if not job.beat(done=done):
            raise GenerationCancelled

    alive()
    endpoint = Endpoint.objects.select_related("project").filter(pk=job.params["endpoint"]).first()
    if endpoint is None:
        raise Unavailable("the model of this job has been removed; ask for a new one")
    judge = judge_of(endpoint)
    limit = job.params["limit"]
    asked: list[tuple[Prompt, list[str]]] = []
    prompts = _prompts(job.project, judge, Which(job.params["which"]), None if limit is None else limit - done)
    asks = _asks(prompts, asked, job.project.guidelines)
    replies = stack.enter_context(closing(replies_of(endpoint, asks, stack, alive=alive, inside=False)))
    totals = {"ranked": 0, "pairs": 0, "contradicted": 0, "prompt_tokens": 0, "completion_tokens": 0}
    errors: list[dict[str, str]] = []
    for forward, backward in zip(replies, replies, strict=True):
        prompt, keys = asked.pop(0)
        try:
            _record(prompt, keys, judge, forward, backward, totals)
        except Undecided as error:
            errors.append({"id": prompt.external_id, "detail": str(error)})
        done += 1
        alive()
    return {**totals, "failed": len(errors), "errors": errors[:LISTED_FAILURES]}


def _left(project: Project, judge: User, which: Which) -> QuerySet[Prompt]:
    judged = Assignment.objects.filter(prompt=OuterRef("pk"), annotator=judge, kind=AssignmentKind.JUDGE)
    return prompts_to_answer(project, which).filter(~Exists(judged), awaits_responses=False)


def _prompts(project: Project, judge: User, which: Which, limit: int | None) -> Iterator[Prompt]:
    left, last, handed = _left(project, judge, which), 0, 0
    while found := list(left.filter(pk__gt=last)[:READ_AT_ONCE]):
        for prompt in found:
            if limit is not None and handed >= limit:
                return
            handed += 1
            yield prompt
        last = found[-1].pk


def _asks(prompts: Iterator[Prompt], asked: list[tuple[Prompt, list[str]]], guidelines: str) -> Iterator[Ask]:
    """Two questions a prompt; `asked` says of which prompts and responses they are, in order."""
    for prompt in prompts:
        responses = list(prompt.responses.offered().order_by("key").values_list("key", "content"))
        asked.append((prompt, [key for key, _ in responses]))
        texts = [content for _, content in responses]
        tag = f"j{secrets.token_hex(6)}"
        for shown in (texts, texts[::-1]):
            yield Ask(question(prompt.messages, shown, guidelines=guidelines, tag=tag), 1)


def _record(
    prompt: Prompt, keys: list[str], judge: User, forward: Replies, backward: Replies, totals: dict[str, int]
) -> None:
    for one in (forward, backward):
        if not one.drawn:
            raise Undecided(one.failures[0])
        totals["prompt_tokens"] += one.drawn[0].prompt_tokens
        totals["completion_tokens"] += one.drawn[0].completion_tokens
    orders = [read_order(one.drawn[0].content, len(keys)) for one in (forward, backward)]
    try:
        record_beside(
            prompt=prompt,
            annotator=judge,
            judgement=Judgement(tiers=combined(keys, *orders)),
            kind=AssignmentKind.JUDGE,
            source=Ranking.Source.JUDGE,
            idempotency_key="judge",
        )
    except IntegrityError:
        # Two jobs of the same judge at once: the first one's order stands.
        return
    totals["ranked"] += 1
    totals["pairs"] += len(keys) * (len(keys) - 1) // 2
    totals["contradicted"] += contradicted(len(keys), *orders)
