"""The containers of an export: records to the bytes of JSONL, CSV or Parquet, streamed. Pure.

A container takes records and their schema and yields pieces of the file. The same records give the same bytes.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from orjson import Fragment

from labeling.formats.jsontext import encode
from labeling.formats.options import Record
from labeling.formats.sink import Sink

# Of one row group, whichever comes first: enough to compress well, little enough to hold.
ROWS_A_GROUP, CHARACTERS_A_GROUP = 10_000, 16_000_000
ROWS_A_PIECE = 200


def jsonl(records: Iterable[Record], schema: pa.Schema) -> Iterator[bytes]:
    """One object a line. A list that comes a second time, as the pairs of a prompt share theirs, is encoded for all."""
    # Each with its list: while that lives, nothing else has its identity.
    known: dict[int, tuple[object, Fragment | None]] = {}
    for record in records:
        if len(known) >= ROWS_A_PIECE:
            known.clear()
        written = record.copy()
        for name, value in record.items():
            if type(value) is not list:
                continue
            if (found := known.get(id(value))) is None:
                known[id(value)] = (value, None)
            elif found[1] is None:
                written[name] = fragment = Fragment(encode(value))
                known[id(value)] = (value, fragment)
            else:
                written[name] = found[1]
        yield encode(written, instead=record) + b"\n"


def csv_rows(records: Iterable[Record], schema: pa.Schema) -> Iterator[bytes]:
    """A header and a line a record, after RFC 4180; lists and objects as JSON, true and false in JSON's words."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(schema.names)
    for count, record in enumerate(records, start=1):
        writer.writerow([_cell(record[name]) for name in schema.names])
        if count % ROWS_A_PIECE == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def parquet(records: Iterable[Record], schema: pa.Schema) -> Iterator[bytes]:
    """Row groups of 10,000 records or 16 million characters, compressed by zstd; objects with free keys as JSON."""
    sink = Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for rows in _row_groups(records):
            writer.write_batch(pa.RecordBatch.from_pylist([_storable(row, schema) for row in rows], schema))
            yield sink.drained()
    yield sink.drained()


@dataclass(frozen=True, slots=True)
class Container:
    write: Callable[[Iterable[Record], pa.Schema], Iterator[bytes]]
    content_type: str


CONTAINERS = {
    "jsonl": Container(jsonl, "application/x-ndjson"),
    "csv": Container(csv_rows, "text/csv; charset=utf-8"),
    "parquet": Container(parquet, "application/vnd.apache.parquet"),
}


def _row_groups(records: Iterable[Record]) -> Iterator[list[Record]]:
    rows: list[Record] = []
    characters = 0
    for record in records:
        rows.append(record)
        characters += sum(_length(value) for value in record.values())
        if len(rows) >= ROWS_A_GROUP or characters >= CHARACTERS_A_GROUP:
            yield rows
            rows, characters = [], 0
    if rows:
        yield rows


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(len(item.get("content", "")) if isinstance(item, dict) else 1 for item in value)
    return 1


def _storable(record: Record, schema: pa.Schema) -> Record:
    """The record with objects of free keys as JSON, where the schema wants text."""
    if "metadata" not in schema.names:
        return record
    rankings = [{**ranking, "ratings": encode(ranking["ratings"]).decode()} for ranking in record["rankings"]]
    return {**record, "metadata": encode(record["metadata"]).decode(), "rankings": rankings}


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else encode(value).decode()
