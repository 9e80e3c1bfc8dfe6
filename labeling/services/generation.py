"""Having LLMs answer prompts: a job that writes a prompt's new responses together, and goes on where it stopped."""

import itertools
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from labeling import outbound
from labeling.completions import TIMEOUT, ChatEndpoint, Sampling, Unavailable
from labeling.exceptions import InvalidInput
from labeling.models import Endpoint, GenerationRecord, Job, Project, Prompt, Response, Which
from labeling.queue import enqueue
from labeling.replies import Alive, Ask, Replies, from_child, from_endpoint
from labeling.selectors.generation import generation_outcome, left_to_answer, prompts_to_answer
from labeling.sources.rows import FEWEST_RESPONSES, MOST_RESPONSES
from labeling.vault import Unreadable, unseal

logger = logging.getLogger(__name__)

RUN_GENERATION = "labeling.tasks.run_generation"
# The same where models can be loaded.
RUN_LOCAL_GENERATION = "labeling.tasks.run_local_generation"
PRICED_TOKENS = 1_000_000
READ_AT_ONCE = 200


class GenerationCancelled(Exception):
    """The job was cancelled, or given to another worker."""


def request_generation(
    *,
    project: Project,
    user: User,
    endpoints: Sequence[Endpoint],
    n: int,
    which: Which = Which.UNRANKED,
    limit: int | None = None,
    send: bool = True,
) -> Job:
    """Queue a job that gets each prompt `n` responses of each endpoint, as far as it has fewer and there is room.

    limit: no more prompts than this.  send: False when whoever asks carries it out. Raises `InvalidInput`.
    """
    if not endpoints:
        raise InvalidInput("name one model at least that answers the prompts")
    most = MOST_RESPONSES // len(endpoints)
    if not 1 <= n <= most:
        raise InvalidInput(f"n must be 1 to {most}, for a prompt has at most {MOST_RESPONSES} responses; got {n}")
    if limit is not None and limit < 1:
        raise InvalidInput(f"limit must be 1 or more; got {limit}")
    total = prompts_to_answer(project, which).count()
    if not total:
        raise InvalidInput("there is no prompt to answer; import some first, with the recipe `unanswered`")
    task = RUN_LOCAL_GENERATION if any(endpoint.is_local for endpoint in endpoints) else RUN_GENERATION
    with transaction.atomic():
        job = Job.objects.create(
            project=project,
            created_by=user,
            kind=Job.Kind.GENERATION,
            params={
                "task": task,
                "endpoints": [endpoint.pk for endpoint in endpoints],
                "n": n,
                "which": which,
                "limit": limit,
            },
            total=total if limit is None else min(total, limit),
        )
        if send:
            enqueue(task, str(job.pk))
    return job


def run_generation_job(*, job_id: str, inside: bool = False, told: Callable[[int], None] | None = None) -> None:
    """Carry out a queued generation. inside: private addresses too.  told: hears of each prompt that is done.

    An endpoint that answers nothing fails the job; resumed later, it goes on with the prompts that are left.
    """

    def work(job: Job, stack: ExitStack) -> dict[str, Any]:
        _generate(job, stack, inside=inside, told=told)
        return generation_outcome(job)

    carry_out(job_id, work)


def carry_out(job_id: str, work: Callable[[Job, ExitStack], dict[str, Any]]) -> None:
    """Claim a queued job, do its work and record how it ended; nothing to do when another worker has it.

    work: given the job and what it may leave to be closed, returns the result; `GenerationCancelled` ends it quietly.
    """
    job = Job.objects.select_related("project").get(pk=job_id)
    if not job.claim():
        logger.warning("job %s is %s, not queued; leaving it alone", job.pk, job.status)
        return
    try:
        with ExitStack() as stack:
            result = work(job, stack)
    except GenerationCancelled:
        logger.info("job %s was cancelled after %s prompts", job.pk, job.done)
    except (Unavailable, Unreadable) as error:
        job.fail([{"detail": str(error)}])
    except Exception as error:
        job.fail([{"detail": f"{type(error).__name__}: {error}"}])
        raise
    else:
        job.succeed(result)


def _generate(job: Job, stack: ExitStack, *, inside: bool, told: Callable[[int], None] | None) -> None:
    done = GenerationRecord.objects.filter(job=job).count()

    def alive() -> None:
        if not job.beat(done=done):
            raise GenerationCancelled

    alive()
    endpoints = list(Endpoint.objects.filter(pk__in=job.params["endpoints"]).order_by("pk"))
    if len(endpoints) < len(job.params["endpoints"]):
        raise Unavailable("a model of this job has been removed; ask for a new one without it")
    streams = itertools.tee(_prompts(job, done), len(endpoints) + 1)
    answers = []
    for endpoint, stream in zip(endpoints, streams[1:], strict=True):
        asks = _asks(stream, endpoint, endpoints, job.params["n"])
        replies = replies_of(endpoint, asks, stack, alive=alive, inside=inside)
        answers.append(stack.enter_context(closing(replies)))
    for prompt, *drawn in zip(streams[0], *answers, strict=True):
        _write(job, prompt, list(zip(endpoints, drawn, strict=True)))
        done += 1
        alive()
        if told:
            told(done)


def _prompts(job: Job, done: int) -> Iterator[Prompt]:
    """What is left, by key: nobody waits for a statement that stays open while models think."""
    left = left_to_answer(job, Which(job.params["which"])).prefetch_related("responses")
    limit = job.params["limit"]
    return itertools.islice(_by_key(left), None if limit is None else max(0, limit - done))


def _by_key(left: QuerySet[Prompt]) -> Iterator[Prompt]:
    last = 0
    while found := list(left.filter(pk__gt=last)[:READ_AT_ONCE]):
        yield from found
        last = found[-1].pk


def _asks(prompts: Iterator[Prompt], own: Endpoint, endpoints: Sequence[Endpoint], n: int) -> Iterator[Ask]:
    for prompt in prompts:
        offered = [one for one in prompt.responses.all() if one.withdrawn_at is None]
        have = {endpoint.pk: sum(_is_of(one, endpoint) for one in offered) for endpoint in endpoints}
        # One of each in turn, as long as there is room.
        turns = sorted((number, pk) for pk, there in have.items() for number in range(there, n))
        wanted = [pk for _, pk in turns[: MOST_RESPONSES - len(offered)]].count(own.pk)
        system = [{"role": "system", "content": own.system_prompt}] if own.system_prompt else []
        said = [one for one in prompt.messages if not (system and one["role"] == "system")]
        yield Ask([*system, *said], wanted, first=_last_number(prompt, own))


def replies_of(
    endpoint: Endpoint, asks: Iterator[Ask], stack: ExitStack, *, alive: Alive, inside: bool
) -> Generator[Replies]:
    """What the endpoint says to each question, in order. stack: what has to be closed afterwards."""
    sampling = Sampling(endpoint.temperature, endpoint.top_p, endpoint.max_tokens, endpoint.seed)
    if endpoint.is_local:
        said = {
            "--model": endpoint.model,
            "--temperature": sampling.temperature,
            "--top-p": sampling.top_p,
            "--max-new-tokens": sampling.max_tokens,
            "--seed": sampling.seed or 0,
        }
        options = [str(word) for pair in said.items() for word in pair]
        return from_child(asks, [*settings.GENERATE_COMMAND, *options], alive=alive)
    client = stack.enter_context(outbound.client(timeout=TIMEOUT, inside=inside, connections=endpoint.concurrency))
    chat = ChatEndpoint(
        client,
        url=endpoint.url,
        model=endpoint.model,
        key=unseal(endpoint.key) if endpoint.key else "",
        sampling=sampling,
        per_minute=endpoint.requests_per_minute,
    )
    return from_endpoint(asks, chat, at_once=endpoint.concurrency, alive=alive)


@transaction.atomic
def _write(job: Job, prompt: Prompt, drawn: list[tuple[Endpoint, Replies]]) -> None:
    """Store a prompt's replies and the record of them, together."""
    # In this order everywhere: a new overlap is not under way, nor is another job at this prompt.
    project = Project.objects.select_for_update(of=("self",)).get(pk=prompt.project_id)
    locked = Prompt.objects.select_for_update(of=("self",)).get(pk=prompt.pk)
    there = list(locked.responses.all())
    known = {_normal(one.content) for one in there if one.withdrawn_at is None}
    position = max((one.position for one in there), default=-1) + 1
    new: list[Response] = []
    equal = no_room = 0
    cost = Decimal(0)
    for endpoint, replies in drawn:
        number = _last_number(locked, endpoint)
        for reply in replies.drawn:
            cost += endpoint.prompt_price * reply.prompt_tokens / PRICED_TOKENS
            cost += endpoint.completion_price * reply.completion_tokens / PRICED_TOKENS
            if _normal(reply.content) in known:
                equal += 1
                continue
            if len(known) >= MOST_RESPONSES:
                no_room += 1
                continue
            known.add(_normal(reply.content))
            number += 1
            new.append(
                Response(
                    prompt=locked,
                    external_id=f"{endpoint.name}#{number}",
                    position=position + len(new),
                    content=reply.content,
                    model=endpoint.name,
                )
            )
    Response.objects.bulk_create(new)
    failures = [f"{endpoint.name}: {failure}" for endpoint, replies in drawn for failure in replies.failures]
    if no_room:
        failures.append(f"{no_room} replies found no room: others have added responses meanwhile")
    if locked.awaits_responses and len(known) >= FEWEST_RESPONSES:
        Prompt.objects.filter(pk=locked.pk).update(awaits_responses=False, slots=locked.own_overlap or project.overlap)
    elif locked.awaits_responses:
        failures.append(f"{len(known)} different response; {FEWEST_RESPONSES} are needed before anybody can rank it")
    drawn_replies = [reply for _, replies in drawn for reply in replies.drawn]
    GenerationRecord.objects.create(
        job=job,
        prompt=locked,
        created=len(new),
        equal=equal,
        failures=failures,
        prompt_tokens=sum(reply.prompt_tokens for reply in drawn_replies),
        completion_tokens=sum(reply.completion_tokens for reply in drawn_replies),
        cost=cost,
    )


def _is_of(response: Response, endpoint: Endpoint) -> bool:
    return response.external_id.startswith(f"{endpoint.name}#") and response.model == endpoint.name


def _last_number(prompt: Prompt, endpoint: Endpoint) -> int:
    """The highest number that a response of this endpoint bears; withdrawn and removed ones leave gaps."""
    own = f"{endpoint.name}#"
    tails = [one.external_id.removeprefix(own) for one in prompt.responses.all() if one.external_id.startswith(own)]
    return max((int(tail) for tail in tails if tail.isascii() and tail.isdecimal()), default=0)


def _normal(text: str) -> str:
    """What two texts have in common that differ in white space alone."""
    return " ".join(text.split())
