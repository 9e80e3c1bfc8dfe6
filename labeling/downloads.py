"""A file over HTTP: what a client has already is not sent again, and a download that broke off goes on (RFC 9110)."""

import re
from collections.abc import Iterator
from pathlib import Path

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response

BLOCK = 256 * 1024


def not_modified(request: HttpRequest, etag: str) -> HttpResponseBase | None:
    """304 or 412, where the request's conditions say so."""
    answer = get_conditional_response(request, etag=etag)
    return answer if answer is None or answer.status_code != 200 else None


def file_response(request: HttpRequest, path: Path, *, etag: str, content_type: str, name: str) -> HttpResponseBase:
    """The file, or the one range of it that is asked for; a range of an older version is answered with all of it."""
    size = path.stat().st_size
    asked = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        asked = ""
    span = _span(asked, size)
    answer: HttpResponseBase
    if span is None:
        answer = FileResponse(path.open("rb"), content_type=content_type)
    elif span[0] >= size:
        answer = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    else:
        first, last = span
        answer = StreamingHttpResponse(_blocks(path, first, last), status=206, content_type=content_type)
        answer["Content-Range"] = f"bytes {first}-{last}/{size}"
        answer["Content-Length"] = str(last - first + 1)
    answer["Accept-Ranges"] = "bytes"
    answer["ETag"] = etag
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """First and last byte of a single range; None for the whole file, which any other Range header means."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", asked.strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return max(size - int(last), 0) if int(last) else size, size - 1
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) if last else size - 1, size - 1)


def _blocks(path: Path, first: int, last: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block
