"""CSV and TSV: cells to values, a row at a time. Pure and streaming.

A cell is text; what a column of the import format needs as a list or an object stands in it as JSON, as the CSV export
writes it. `response_1`, `response_2`, … (or `response_a`, …) are the responses where there is no column `responses`,
each with its `model_1` and `id_1`, if any. An empty cell counts as absent.
"""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

from labeling.sources.decoding import NotJson, decode_json
from labeling.sources.rows import LONGEST_TEXT, MOST_RESPONSES, InvalidRow

JSON_COLUMNS = ("responses", "metadata", "rankings", "votes", "scores")
# A prompt may be plain text, which may begin with a bracket too; messages begin like this.
MESSAGES = re.compile(r"\s*\[\s*\{")
NUMBERED = re.compile(r"(response|model|id)_(\d{1,2}|[a-z])")
WHOLE = re.compile(r"-?\d{1,18}")
# Of a cell: a list of as many responses as there may be, each escaped in JSON.
LONGEST_CELL = 8 * MOST_RESPONSES * LONGEST_TEXT


class NotATable(ValueError):
    """The file cannot be read as CSV."""


def read_table(file: IO[bytes], delimiter: str, *, as_text: bool = False) -> Iterator[tuple[int, Any | InvalidRow]]:
    csv.field_size_limit(LONGEST_CELL)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        names = [name.strip() for name in next(reader, [])]
        if not names or len(set(names)) < len(names) or "" in names:
            raise NotATable("the first line must name the columns, each once; a row of data stands there, or nothing")
        for cells in reader:
            if cells:
                yield reader.line_num, _row(names, cells, as_text=as_text)
    except UnicodeDecodeError as error:
        raise NotATable(f"expected UTF-8; {error.reason} at byte {error.start + 1} of a block") from None
    except csv.Error as error:
        raise NotATable(f"line {reader.line_num}: {error}") from None
    finally:
        # The file is its opener's to close; who has read enough may have done so already.
        with suppress(ValueError):
            text.detach()


def _row(names: list[str], cells: list[str], *, as_text: bool) -> Any:
    if len(cells) != len(names):
        return InvalidRow("", f"expected {len(names)} cells, as in the first line; got {len(cells)}")
    if as_text:
        return {name: cell for name, cell in zip(names, cells, strict=True) if cell}
    row: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=True):
        if not cell:
            continue
        try:
            row[name] = _value(name, cell)
        except NotJson as error:
            return InvalidRow(name, f"{error}; a list or an object stands in a cell as JSON")
    return row if "responses" in row else _gathered(row)


def _value(name: str, cell: str) -> Any:
    if name in JSON_COLUMNS or (name == "prompt" and MESSAGES.match(cell)):
        return decode_json(cell.encode())
    # The one number of the formats that come as tables: the label of a text.
    if name == "label" and WHOLE.fullmatch(cell):
        return int(cell)
    return cell


def _gathered(row: dict[str, Any]) -> dict[str, Any]:
    numbered: dict[str, dict[str, str]] = {}
    for name in row:
        if found := NUMBERED.fullmatch(name):
            numbered.setdefault(found[2], {})[found[1]] = row[name]
    # Votes name their two responses so themselves.
    if "winner" in row or not any("response" in parts for parts in numbered.values()):
        return row
    order = sorted(numbered, key=lambda number: (len(number), number))
    responses = [
        {"content": parts["response"], **{name: parts[name] for name in ("id", "model") if name in parts}}
        for number in order
        if "response" in (parts := numbered[number])
    ]
    rest = {name: value for name, value in row.items() if not NUMBERED.fullmatch(name)}
    return {**rest, "responses": responses}
