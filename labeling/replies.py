"""Replies of one LLM to many prompts, in the prompts' order: from an endpoint, or from a child that holds the model.

Both ask for some prompts ahead of the one whose replies are handed out, and call `alive` every few seconds while they
wait; what it raises ends them.
"""

import json
import queue
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import IO, Any

from labeling.completions import ChatEndpoint, Messages, Reply, Unanswered, Unavailable

Alive = Callable[[], None]

SIGN_SECONDS = 5.0
# Prompts asked for ahead of the one that is waited for, a thread: a slow reply leaves no thread idle.
AHEAD = 4
# How far ahead of its answers the child is told of prompts.
CHILD_AHEAD = 32
LISTED_STDERR = 1000


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

    Raises `Unavailable` with the last of what it said on stderr when it ends before it has answered.
    """
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said)  # noqa: S603
        if child.stdin is None or child.stdout is None:
            raise TypeError("Popen was asked for pipes")
        lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=_drain, args=(child.stdout, lines), daemon=True).start()
        pending: deque[bool] = deque()
        try:
            for ask in asks:
                pending.append(bool(ask.wanted))
                if ask.wanted:
                    told = {"messages": list(ask.messages), "n": ask.wanted, "first": ask.first}
                    _tell(child.stdin, json.dumps(told), said)
                if len(pending) > CHILD_AHEAD:
                    yield _answered(pending.popleft(), lines, said, alive)
            child.stdin.close()
            while pending:
                yield _answered(pending.popleft(), lines, said, alive)
        finally:
            child.kill()
            child.wait()


def _drain(stdout: IO[bytes], lines: "queue.Queue[bytes]") -> None:
    for line in stdout:
        lines.put(line)
    lines.put(b"")


def _tell(stdin: IO[bytes], line: str, said: IO[bytes]) -> None:
    try:
        stdin.write(line.encode() + b"\n")
        stdin.flush()
    except BrokenPipeError:
        raise Unavailable(_ended(said)) from None


def _answered(asked: bool, lines: "queue.Queue[bytes]", said: IO[bytes], alive: Alive) -> Replies:
    if not asked:
        return Replies()
    while True:
        try:
            line = lines.get(timeout=SIGN_SECONDS)
            break
        except queue.Empty:
            alive()
    if not line:
        raise Unavailable(_ended(said))
    answer: dict[str, Any] = json.loads(line)
    return Replies([Reply(**reply) for reply in answer["replies"]], answer["failures"])


def _ended(said: IO[bytes]) -> str:
    said.seek(0)
    text = said.read().decode("utf-8", "replace").strip().replace("\0", "\ufffd")
    return f"the program that holds the model has ended: {text[-LISTED_STDERR:] or 'it said nothing'}"
