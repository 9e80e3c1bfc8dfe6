"""Importing prompts: rows a second, and memory that does not grow with the file.

    python -m benchmarks.import [--rows 10000 1000000] [--formats jsonl parquet csv] [--database postgresql|sqlite]

For each size and format a file of prompts with 4 responses each, imported by the service that the worker calls, in a
process of its own: checked whole, then written in batches. Memory is the largest resident size over what the process
had before. A plain pass over the file (`json.loads`, pyarrow, `csv`) is timed beside it: nobody who reads the rows
takes less. `ratio` is the memory of the smallest JSONL file over that of the largest: 1 where it is constant.
"""

import argparse
import csv
import json
import os
import time
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.export import memory
from benchmarks.instance import report
from benchmarks.quality import database

RESPONSES = 4
ROWS_AT_ONCE = 10_000


def row(number: int) -> dict[str, Any]:
    return {
        "id": f"p-{number}",
        "prompt": f"What about number {number}? " + "word " * 20,
        "responses": [
            {"id": f"r{place}", "content": f"Response {place} to {number}. " + "text " * 50, "model": f"m-{place}"}
            for place in range(RESPONSES)
        ],
    }


def write(path: Path, format: str, rows: int) -> None:
    if format == "parquet":
        writer = None
        for start in range(0, rows, ROWS_AT_ONCE):
            table = pa.Table.from_pylist([row(number) for number in range(start, min(rows, start + ROWS_AT_ONCE))])
            writer = writer or pq.ParquetWriter(path, table.schema)
            writer.write_table(table)
        assert writer is not None
        writer.close()
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        if format == "csv":
            table = csv.DictWriter(file, ("id", "prompt", "responses"))
            table.writeheader()
            for number in range(rows):
                table.writerow({**row(number), "responses": json.dumps(row(number)["responses"])})
        else:
            file.writelines(json.dumps(row(number)) + "\n" for number in range(rows))


def plainly(path: Path, format: str) -> int:
    """How many rows there are, read as simply as can be."""
    return sum(1 for _ in _rows(path, format))


def _rows(path: Path, format: str) -> Iterator[Any]:
    if format == "parquet":
        for batch in pq.ParquetFile(path).iter_batches(batch_size=256, use_threads=False):
            yield from batch.to_pylist()
        return
    with path.open(encoding="utf-8", newline="") as file:
        if format == "csv":
            csv.field_size_limit(1_000_000)
            yield from (json.loads(one["responses"]) for one in csv.DictReader(file))
        else:
            yield from map(json.loads, file)


def measured(path: Path, format: str, rows: int, kind: str) -> dict[str, Any]:
    with database(kind):
        from django.contrib.auth.models import User

        from labeling.services.imports import ImportFile, import_prompts
        from labeling.services.projects import create_project

        user = User.objects.create_user("bench")
        project = create_project(creator=user, slug="bench", name="Bench")
        # What the first import loads, all later ones use.
        small = path.with_name("small.jsonl")
        write(small, "jsonl", 10)
        import_prompts(
            project=create_project(creator=user, slug="first", name="First"), user=user, file=ImportFile(small, "jsonl")
        )
        began = time.perf_counter()
        assert plainly(path, format) == rows
        plain = time.perf_counter() - began
        before = memory_now("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")
        began = time.perf_counter()
        made = import_prompts(project=project, user=user, file=ImportFile(path, format))
        seconds = time.perf_counter() - began
        assert made.created == rows == project.prompts.count()
        return {
            "rows": rows,
            "format": format,
            "mb": round(path.stat().st_size / 1e6, 1),
            "seconds": round(seconds, 1),
            "rows_per_s": round(rows / seconds),
            "read_plainly_seconds": round(plain, 1),
            "memory_mb": round(memory_now("VmHWM") - before, 1),
        }


def memory_now(name: str) -> float:
    return memory(os.getpid(), name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--formats", nargs="+", default=["jsonl"], choices=("jsonl", "parquet", "csv"))
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    options = parser.parse_args()
    series = []
    for rows in options.rows:
        for format in options.formats:
            with TemporaryDirectory(prefix="podium-bench-") as folder:
                path = Path(folder) / f"rows.{format}"
                write(path, format, rows)
                with get_context("spawn").Pool(1) as pool:
                    series.append(pool.apply(measured, (path, format, rows, options.database)))
    taken = [one["memory_mb"] for one in series if one["format"] == options.formats[0]]
    report(database=options.database, series=series, ratio=round(taken[0] / max(taken[-1], 0.1), 2))


if __name__ == "__main__":
    main()
