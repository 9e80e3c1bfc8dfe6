"""Readers: a file to decoded rows, one at a time, each with its line number. Pure and streaming.

A reader yields `(line, value)`, or `(line, InvalidRow)` for a line it cannot decode; the caller decides whether that
ends the import. Memory does not grow with the file, but for a JSON list, which has to be read whole.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from labeling.sources.decoding import NotJson, decode_json
from labeling.sources.rows import InvalidRow
from labeling.sources.tables import NotATable, read_table

Decoded = tuple[int, Any | InvalidRow]

ARROW_MAGIC = b"ARROW1"
LONGEST_LINE = 64 * 1024 * 1024
LARGEST_JSON_LIST = 64 * 1024 * 1024


class UnreadableFile(ValueError):
    """The file as a whole is not what its name or content type says."""


def read_jsonl(file: IO[bytes]) -> Iterator[Decoded]:
    """One JSON value a line; blank lines are passed over, a byte order mark at the start is allowed."""
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise UnreadableFile(f"line {number} is longer than {LONGEST_LINE:,} bytes; is this JSONL, one row a line?")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if line.strip():
            yield number, _decode(line)


def read_json(file: IO[bytes]) -> Iterator[Decoded]:
    """A JSON list of rows; "lines" are places in the list, from 1."""
    content = file.read(LARGEST_JSON_LIST + 1)
    if len(content) > LARGEST_JSON_LIST:
        raise UnreadableFile(f"a JSON list of more than {LARGEST_JSON_LIST:,} bytes; send it as JSONL, one row a line")
    value = _decode(content.removeprefix(b"\xef\xbb\xbf"))
    if isinstance(value, InvalidRow):
        raise UnreadableFile(f"not a JSON list: {value.detail}")
    if not isinstance(value, list):
        raise UnreadableFile("expected a JSON list of rows; for one row a line, send it as JSONL")
    yield from enumerate(value, start=1)


def read_parquet(file: IO[bytes]) -> Iterator[Decoded]:
    """The rows of a Parquet file; nulls count as absent."""
    try:
        table = pq.ParquetFile(file)
        number = 0
        for batch in table.iter_batches(batch_size=256, use_threads=False):
            for row in batch.to_pylist():
                number += 1
                yield number, {name: value for name, value in row.items() if value is not None}
    # A damaged footer is an OSError; text that is no UTF-8 and dates that Python lacks are a ValueError or overflow.
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise UnreadableFile(f"not a readable Parquet file: {error}") from None


def read_csv(file: IO[bytes]) -> Iterator[Decoded]:
    """A table with the columns' names in its first line; how cells are read: `labeling.sources.tables`."""
    yield from _table(file, ",")


def read_tsv(file: IO[bytes]) -> Iterator[Decoded]:
    yield from _table(file, "\t")


def read_arrow(file: IO[bytes]) -> Iterator[Decoded]:
    """The rows of an Arrow file or stream, as `datasets` keeps them; nulls count as absent."""
    try:
        start = file.read(len(ARROW_MAGIC))
        file.seek(0)
        number = 0
        if start == ARROW_MAGIC:
            whole = pa.ipc.open_file(file)
            batches = (whole.get_batch(index) for index in range(whole.num_record_batches))
        else:
            batches = iter(pa.ipc.open_stream(file))
        for batch in batches:
            for row in batch.to_pylist():
                number += 1
                yield number, {name: value for name, value in row.items() if value is not None}
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise UnreadableFile(f"not a readable Arrow file: {error}") from None


def _table(file: IO[bytes], delimiter: str, *, as_text: bool = False) -> Iterator[Decoded]:
    try:
        yield from read_table(file, delimiter, as_text=as_text)
    except NotATable as error:
        raise UnreadableFile(f"not a readable table: {error}") from None


READERS: dict[str, Callable[[IO[bytes]], Iterator[Decoded]]] = {
    "jsonl": read_jsonl,
    "json": read_json,
    "parquet": read_parquet,
    "csv": read_csv,
    "tsv": read_tsv,
    "arrow": read_arrow,
}
# Where a mapping says what the columns are, a table's cells are text and nothing is made of their names.
UNNAMED: dict[str, Callable[[IO[bytes]], Iterator[Decoded]]] = {
    **READERS,
    "csv": lambda file: _table(file, ",", as_text=True),
    "tsv": lambda file: _table(file, "\t", as_text=True),
}
SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".arrow": "arrow",
}


def format_of(name: str) -> str:
    """The format that a file's name tells; `UnreadableFile` for a name that tells none."""
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise UnreadableFile(f"{name!r} ends in {suffix or 'nothing'}; known endings are {', '.join(SUFFIXES)}")
    return SUFFIXES[suffix]


def _decode(content: bytes) -> Any | InvalidRow:
    try:
        return decode_json(content)
    except NotJson as error:
        return InvalidRow("", str(error))
