"""Programs that hold what nothing here may load, asked a line of JSON at a time."""

import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import IO, Any

SIGN_SECONDS = 5.0
LISTED_STDERR = 1000


class ChildEnded(Exception):
    """The program ended before it had answered; the message is the last of what it said on stderr."""


class LineChild:
    """A program that answers every line it is told with a line, in order. Ended when the `with` block is left."""

    def __init__(self, command: Sequence[str]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  closed in __exit__
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said
        )
        # Drained by a thread: two programs that both wait for the other to read would wait for ever.
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._drain, args=(self._process.stdout,), daemon=True).start()

    def __enter__(self) -> "LineChild":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._said.close()

    @property
    def has_answered(self) -> bool:
        return not self._lines.empty()

    def tell(self, message: Any, *, flush: bool = True) -> None:
        """Raises `ChildEnded`."""
        stdin = self._process.stdin
        if stdin is None:
            raise TypeError("Popen was asked for pipes")
        try:
            stdin.write(json.dumps(message).encode() + b"\n")
            if flush:
                stdin.flush()
        except BrokenPipeError:
            raise ChildEnded(self._last_words()) from None

    def finish(self) -> None:
        """Tell it that nothing more comes."""
        if self._process.stdin is not None:
            try:
                self._process.stdin.close()
            except BrokenPipeError:
                raise ChildEnded(self._last_words()) from None

    def answer(self, alive: Callable[[], None] = lambda: None) -> Any:
        """The next answer; `alive` is called every few seconds until it comes. Raises `ChildEnded`."""
        while True:
            try:
                line = self._lines.get(timeout=SIGN_SECONDS)
                break
            except queue.Empty:
                alive()
        if not line:
            raise ChildEnded(self._last_words())
        return json.loads(line)

    def _drain(self, stdout: IO[bytes]) -> None:
        for line in stdout:
            self._lines.put(line)
        self._lines.put(b"")

    def _last_words(self) -> str:
        self._process.wait()
        self._said.seek(0)
        text = self._said.read().decode("utf-8", "replace").strip().replace("\0", "\ufffd")
        return text[-LISTED_STDERR:] or f"it said nothing and ended with {self._process.returncode}"
