"""Replies of one LLM to many prompts, in the prompts' order: from an endpoint, or from a child that holds the model.

Both ask for some prompts ahead of the one whose replies are handed out, and call `alive` every few seconds while they
wait; what it raises ends them.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from labeling.children import SIGN_SECONDS, ChildEnded, LineChild
from labeling.completions import ChatEndpoint, Messages, Reply, Unanswered, Unavailable

Alive = Callable[[], None]

# Prompts asked for ahead of the one that is waited for, a thread: a slow reply leaves no thread idle.
AHEAD = 4
# How far ahead of its answers the child is told of prompts.
CHILD_AHEAD = 32


@dataclass(frozen=True, slots=True)
class Ask:
    """wanted: replies to draw.  first: the number of the first one, from which its seed follows."""

    messages: Messages
    wanted: int
    first: int = 0


@dataclass(slots=True)
class Replies:
    drawn: list[Reply] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def from_endpoint(asks: Iterable[Ask], endpoint: ChatEndpoint, *, at_once: int, alive: Alive) -> Generator[Replies]:
    """Raises `Unavailable` when the endpoint answers nothing at all."""
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="completions")
    waiting: deque[list[Future[Reply]]] = deque()
    try:
        for ask in asks:
            numbers = range(ask.first, ask.first + ask.wanted)
            waiting.append([pool.submit(endpoint.complete, ask.messages, number=number) for number in numbers])
            if len(waiting) > AHEAD * at_once:
                yield _gathered(waiting.popleft(), alive)
        while waiting:
            yield _gathered(waiting.popleft(), alive)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _gathered(futures: list[Future[Reply]], alive: Alive) -> Replies:
    while wait(futures, timeout=SIGN_SECONDS).not_done:
        alive()
    replies = Replies()
    for future in futures:
        try:
            replies.drawn.append(future.result())
        except Unanswered as error:
            replies.failures.append(str(error))
    return replies


def from_child(asks: Iterable[Ask], command: Sequence[str], *, alive: Alive) -> Generator[Replies]:
    """From a program that reads `{"messages", "n", "first"}` a line and writes `{"replies": […], "failures": […]}`.

    Raises `Unavailable` with the last of what it said when it ends before it has answered.
    """
    pending: deque[bool] = deque()

    def answered() -> Replies:
        if not pending.popleft():
            return Replies()
        answer = child.answer(alive)
        return Replies([Reply(**reply) for reply in answer["replies"]], answer["failures"])

    try:
        with LineChild(command) as child:
            for ask in asks:
                pending.append(bool(ask.wanted))
                if ask.wanted:
                    child.tell({"messages": list(ask.messages), "n": ask.wanted, "first": ask.first})
                if len(pending) > CHILD_AHEAD:
                    yield answered()
            child.finish()
            while pending:
                yield answered()
    except ChildEnded as error:
        raise Unavailable(f"the program that holds the model has ended: {error}") from None
