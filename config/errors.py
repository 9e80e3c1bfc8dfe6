"""What a caller sees when there is no such page, and when Podium itself fails."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.views import defaults

from config.preferences import theme_of
from labeling.api.problems import not_found


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """A problem for callers of the API, a page for people."""
    return not_found(request) if request.path.startswith("/api/") else defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request, so that neither database nor session nor broker can fail a second time."""
    page = render_to_string("500.html", {"theme": theme_of(request)})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)
