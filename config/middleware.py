"""What every request passes before Django reads it."""

from collections.abc import Callable

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.middleware.locale import LocaleMiddleware
from django.urls import reverse
from django.utils import translation

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


class AdminScripts:
    """Lets the admin's own scripts evaluate the expressions in its templates, and set styles; no other page's may.

    Inline scripts stay off there too, and what annotators and models have written is escaped like everywhere.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if request.path_info.startswith(reverse("admin:index")):
            # Read by django-csp on the way out, as its decorators would have set it.
            response._csp_update = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}  # type: ignore[attr-defined]
        return response


class PageLanguage(LocaleMiddleware):
    """The reader's language for pages. What programs ask for is in English, whatever browser or cookie comes with it,
    and the catalogue for scripts names its language in its path."""

    FIXED = ("/api/", "/healthz", "/readyz", "/metrics", "/jsi18n/")

    def process_request(self, request: HttpRequest) -> None:
        if request.path_info.startswith(self.FIXED):
            # The thread still has the language of the request before.
            translation.activate(settings.LANGUAGE_CODE)
        else:
            super().process_request(request)

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        return response if request.path_info.startswith(self.FIXED) else super().process_response(request, response)


class SamePerson:
    """Answers 401 to a page that was opened by somebody else than who is signed in now.

    In a browser that several people share, a page may outlive its owner's session. It names its owner in a header, so
    that nothing it sends is stored as the work of whoever came after.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        owner = request.headers.get("X-Podium-User")
        if owner is None or owner == str(request.user.pk):
            return self._get_response(request)
        detail = "this page belongs to somebody who is not signed in any more; sign in as that person again"
        problem = {"type": "not-authenticated", "title": "Unauthorized", "status": 401, "detail": detail}
        return JsonResponse(problem, status=401, content_type="application/problem+json")
