"""Asking an OpenAI-compatible endpoint for chat completions: paced, repeated where that helps, never beyond reason.

The API: https://platform.openai.com/docs/api-reference/chat, as vLLM, Ollama, TGI, llama.cpp and hosts serve it.
"""

import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from labeling.outbound import AddressRefused
from labeling.sources.rows import InvalidRow, check_characters

Messages = Sequence[dict[str, str]]

# Seconds before each further attempt; an endpoint that says how long to wait is waited for as long as it says.
BACKOFF = (1.0, 2.0, 4.0, 8.0, 16.0)
LONGEST_WAIT = 120.0
TIMEOUT = httpx.Timeout(300.0, connect=15.0)
LONGEST_ANSWER = 8 * 1024 * 1024
# What is wrong with the endpoint or the key, not with the one prompt.
HOPELESS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)


class Unanswered(Exception):
    """This prompt got no usable reply; others may."""


class Unavailable(Exception):
    """The endpoint answers nothing: it is not there, does not know the model, or refuses the key."""


@dataclass(frozen=True, slots=True)
class Reply:
    content: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is drawn. seed: that of a prompt's first reply; the next ones count on from it."""

    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 1024
    seed: int | None = None


class Pace:
    """At most so many requests a minute, over all threads; 0 = no limit."""

    def __init__(self, per_minute: int) -> None:
        self._gap = 60.0 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._gap
        if turn > now:
            time.sleep(turn - now)

    def pause(self, seconds: float) -> None:
        """Let nobody start for so long: the endpoint has asked for it."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class ChatEndpoint:
    """One model behind an address. Threads may share it."""

    def __init__(
        self, client: httpx.Client, *, url: str, model: str, key: str = "", sampling: Sampling, per_minute: int = 0
    ) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = model
        self._key = key
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._sampling = sampling
        self._pace = Pace(per_minute)
        self._limit = "max_tokens"

    def complete(self, messages: Messages, *, number: int = 0) -> Reply:
        """The `number`-th reply to a conversation. Raises `Unanswered` and `Unavailable`."""
        for wait in (*BACKOFF, None):
            self._pace.wait()
            try:
                answer = self._post(self._body(messages, number))
            except AddressRefused as error:
                raise Unavailable(str(error)) from None
            except httpx.HTTPError as error:
                if wait is None:
                    raise Unavailable(f"{self._url} does not answer: {type(error).__name__}: {error}") from None
                time.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311
                continue
            status = answer.status_code
            if status == HTTPStatus.OK:
                return _reply(answer)
            said = _said(answer)
            if self._key:
                # Some hosts repeat the key that they refuse.
                said = said.replace(self._key, "…")
            if self._limit == "max_tokens" and "max_completion_tokens" in said:
                # What the API calls it for models that think first.
                self._limit = "max_completion_tokens"
                continue
            if status in HOPELESS or 300 <= status < 400:
                raise Unavailable(f"{self._url} answered {status} for the model {self._model!r}: {said}")
            if status not in PASSING and status < 500:
                raise Unanswered(f"{status}: {said}")
            if wait is None:
                raise Unavailable(f"{self._url} answered {status} {len(BACKOFF) + 1} times: {said}")
            asked = _retry_after(answer)
            if asked:
                self._pace.pause(asked)
            else:
                time.sleep(wait * random.uniform(0.5, 1.5))  # noqa: S311
        raise Unanswered("the endpoint takes neither max_tokens nor max_completion_tokens")

    def _body(self, messages: Messages, number: int) -> dict[str, Any]:
        sampling = self._sampling
        body = {
            "model": self._model,
            "messages": list(messages),
            "temperature": sampling.temperature,
            self._limit: sampling.max_tokens,
        }
        if sampling.top_p != 1.0:
            body["top_p"] = sampling.top_p
        if sampling.seed is not None:
            body["seed"] = sampling.seed + number
        return body

    def _post(self, body: dict[str, Any]) -> httpx.Response:
        with self._client.stream("POST", self._url, json=body, headers=self._headers, timeout=TIMEOUT) as answer:
            content = bytearray()
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > LONGEST_ANSWER:
                    raise httpx.RemoteProtocolError(f"the answer is longer than {LONGEST_ANSWER:,} bytes")
        return httpx.Response(answer.status_code, headers=_harmless(answer.headers), content=bytes(content))


def _harmless(headers: httpx.Headers) -> dict[str, str]:
    # The body is decoded already; saying how it was encoded would have it decoded once more.
    return {name: value for name, value in headers.items() if name.lower() in ("content-type", "retry-after")}


def _reply(answer: httpx.Response) -> Reply:
    try:
        body = answer.json()
        content = body["choices"][0]["message"]["content"]
        reason = body["choices"][0].get("finish_reason")
        usage = body.get("usage") or {}
        tokens = [int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise Unanswered(f"expected a chat completion; got {answer.text[:200]!r}") from None
    if not isinstance(content, str) or not content.strip():
        cut = "; it ran into max_tokens before it began" if reason == "length" else ""
        raise Unanswered(f"the reply is empty (finish_reason {reason!r}){cut}")
    try:
        check_characters(content, "reply")
    except InvalidRow as error:
        raise Unanswered(str(error)) from None
    return Reply(content, *(max(0, number) for number in tokens))


def _said(answer: httpx.Response) -> str:
    """What an error says in its body, in few words."""
    try:
        error = answer.json()["error"]
        said = error["message"] if isinstance(error, dict) else error
    except (ValueError, KeyError, TypeError):
        said = answer.text
    text = said if isinstance(said, str) else json.dumps(said)
    return text[:300].replace("\0", "\ufffd")


def _retry_after(answer: httpx.Response) -> float:
    try:
        return min(max(float(answer.headers.get("retry-after", 0)), 0.0), LONGEST_WAIT)
    except ValueError:
        return 0.0
