"""Files of ranking groups or preference pairs -> `RankingGroup`s, one at a time, in constant memory.

JSONL or Parquet, told apart by their first bytes; groups and pairs, told apart row by row. A malformed row is an
`InputError` that names the line, the field and what was expected: nothing is dropped here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet

from rewardmodel.ml.errors import InputError
from rewardmodel.ml.groups import RankingGroup
from rewardmodel.ml.rows import RowError, parse_row

ROWS_AT_ONCE = 1024


def read_groups(path: str | Path, *, salt: str = "podium") -> Iterator[RankingGroup]:
    """Yield the groups of a file in its order. salt: of the split rule, for rows without a `split`."""
    for place, row in read_rows(path):
        try:
            yield parse_row(row, default_id=place.replace(" ", "-"), salt=salt)
        except RowError as error:
            raise InputError(f"{path}, {place}: {error}") from error


def data_sha256(path: str | Path) -> str:
    """Hex digest of the file's bytes."""
    digest = sha256()
    with _opened(Path(path)) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _opened(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(f"data {path}: {error.strerror}. Needed a JSONL or Parquet file.") from error


def read_rows(path: str | Path) -> Iterator[tuple[str, Any]]:
    """(place, row): `line 3` of JSONL counts from 1 and counts empty lines, `row 3` of Parquet counts from 1."""
    path = Path(path)
    with _opened(path) as file:
        is_parquet = file.read(4) == b"PAR1"
        file.seek(0)
        yield from _parquet_rows(path) if is_parquet else _json_rows(path, file)


def _json_rows(path: Path, file: Any) -> Iterator[tuple[str, Any]]:
    # Bytes, not text: only b"\n" ends a line then, and a U+2028 inside a string does not.
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        place = f"line {number}"
        try:
            yield place, json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            raise InputError(f"{path}, {place}: not UTF-8 ({error.reason}). Save the file as UTF-8.") from error
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"{path}, {place}: not JSON ({error}). Needed one object a line.") from error


def _parquet_rows(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        number = 0
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(ROWS_AT_ONCE):
            for row in batch.to_pylist():
                number += 1
                # Parquet has no missing field, only null.
                yield (
                    f"row {number}",
                    {name: value for name, value in row.items() if value is not None},
                )
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path}: not a readable Parquet file ({error}). Write it again.") from error
