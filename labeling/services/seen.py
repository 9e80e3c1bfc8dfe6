"""Which ids an import has come across, and what they held: on disk, so that a million of them take no memory."""

import json
import sqlite3
from collections.abc import Collection, Iterable


class SeenIds:
    """Ids with the digest of what each held first. For one import; it is gone with the object."""

    def __init__(self) -> None:
        # A database without a name is a temporary file that SQLite keeps in memory as long as it is small.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, digest TEXT NOT NULL) WITHOUT ROWID")

    def digests(self, ids: Collection[str]) -> dict[str, str]:
        """Those of these ids that were seen."""
        # A list as JSON is one parameter, however long it is.
        question = "SELECT id, digest FROM seen WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._database.execute(question, [json.dumps(list(ids))]))

    def add(self, digests: Iterable[tuple[str, str]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", digests)
        self._database.execute("COMMIT")

    def close(self) -> None:
        self._database.close()
