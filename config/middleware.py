"""What every request passes before Django reads it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class TextCharset:
    """Takes back a charset that names no text encoding (`hex`, `zip`): Django would try to read the query with it."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            "".encode((request.content_params or {}).get("charset", settings.DEFAULT_CHARSET))
        except LookupError:
            request.encoding = settings.DEFAULT_CHARSET
        return self._get_response(request)
