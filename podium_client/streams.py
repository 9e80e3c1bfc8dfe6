"""Reading an export that may break off: whole lines, and the place from which the rest can be asked for."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from podium_client.calls import Call, pairs

CURSORS = {"trl": "ranking_id", "groups": "id"}


@dataclass
class Reading:
    """An export under way. Fed with blocks it gives records; asked again it says what is missing."""

    project: str
    choices: Mapping[str, Any]
    etag: str = ""
    _bytes: int = 0
    _rest: bytes = b""
    _overlap: int = 0
    _cursor: Any = None
    _of_cursor: int = 0
    _before: Any = None
    _skip: int = 0
    records: int = 0

    @property
    def resumable(self) -> bool:
        return self.choices.get("snapshot") is not None or self.choices.get("shape", "trl") in CURSORS

    def call(self) -> Call:
        """The call for what has not been read yet."""
        self._rest = b""
        if not self.records:
            return pairs(self.project, self.choices)
        if self.choices.get("snapshot") is not None:
            asked = pairs(self.project, self.choices)
            # From the last byte read: all may have come before the connection broke, and of nothing there is no range.
            self._overlap = 1
            headers = {"Range": f"bytes={self._bytes - self._overlap}-", "If-Range": self.etag}
            return Call(asked.method, asked.path, asked.query, headers=headers)
        # The last ranking may not have been read to its end: it comes again, less what is known of it.
        self._skip = self._of_cursor
        before = self._before if self._before is not None else self.choices.get("after")
        return pairs(self.project, {**self.choices, "after": before})

    def opened(self, headers: Mapping[str, str]) -> None:
        self.etag = headers.get("ETag", "")

    def feed(self, block: bytes) -> Iterator[dict[str, Any]]:
        fresh, self._overlap = block[self._overlap :], max(self._overlap - len(block), 0)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        for line in lines:
            self._bytes += len(line) + 1
            record: dict[str, Any] = json.loads(line)
            self._count(record)
            if self._skip:
                self._skip -= 1
                continue
            self.records += 1
            yield record

    def _count(self, record: Mapping[str, Any]) -> None:
        cursor = record.get(CURSORS.get(self.choices.get("shape", "trl"), ""))
        if cursor != self._cursor:
            # Another one: what was to be passed over has been superseded meanwhile.
            self._before, self._cursor, self._of_cursor, self._skip = self._cursor, cursor, 0, 0
        if not self._skip:
            self._of_cursor += 1
