"""Tables as CSV files: for spreadsheets and scripts, in the same words whatever the reader's language."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from django.http import HttpResponse, StreamingHttpResponse

# What a spreadsheet takes for the beginning of a formula, also behind white space that it drops.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """A download `name`.csv: the header, then the rows; None is an empty cell.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay as they are.
    """
    response = HttpResponse(
        content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}.csv"'}
    )
    writer = csv.writer(response)
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return response


def csv_file(name: str, path: Path) -> StreamingHttpResponse:
    """A CSV file as such a download, a line at a time."""
    return StreamingHttpResponse(
        _safe_lines(path),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _safe_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            line = io.StringIO()
            csv.writer(line).writerow([_cell(value) for value in row])
            yield line.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA):
        return f"'{value}"
    return value
