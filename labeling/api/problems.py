"""Refusals as problem JSON (RFC 9457): `{"type", "title", "status", "detail", "errors"}`."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework.exceptions import APIException, NotAuthenticated, NotFound, ValidationError
from rest_framework.exceptions import PermissionDenied as Forbidden
from rest_framework.response import Response
from rest_framework.views import set_rollback

from labeling.exceptions import InvalidInput, LabelingError, printable

CONTENT_TYPE = "application/problem+json"


def problem(status: int, detail: str, *, code: str = "about:blank", errors: list[Any] | None = None) -> dict[str, Any]:
    """`code` names the kind of problem for programs, as a relative URI."""
    return {
        "type": code,
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": printable(detail),
        "errors": errors or [],
    }


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal in one shape; None (a crash) for what is no refusal."""
    if isinstance(exc, Http404):
        exc = NotFound(str(exc) or None)
    elif isinstance(exc, PermissionDenied):
        exc = Forbidden(str(exc) or None)
    if isinstance(exc, LabelingError):
        set_rollback()
        body = problem(exc.http_status, exc.detail, code=exc.code, errors=exc.errors)
        return Response(body, status=body["status"], content_type=CONTENT_TYPE)
    if not isinstance(exc, APIException):
        return None
    set_rollback()
    headers = {}
    # The framework hangs these on the exception where they apply, and only there.
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(exc, ValidationError):
        errors = _field_errors(exc.detail)
        detail = "; ".join(f"{item['field']}: {item['detail']}" if item["field"] else item["detail"] for item in errors)
        body = problem(exc.status_code, detail, code=InvalidInput.code, errors=errors)
    else:
        code = "not-authenticated" if isinstance(exc, NotAuthenticated) else str(exc.get_codes()).replace("_", "-")
        body = problem(exc.status_code, str(exc.detail), code=code)
    return Response(body, status=exc.status_code, headers=headers, content_type=CONTENT_TYPE)


def not_found(request: HttpRequest) -> JsonResponse:
    """A path under /api/ that no call has."""
    return JsonResponse(problem(404, f"no call has the path {request.path}"), status=404, content_type=CONTENT_TYPE)


def _field_errors(detail: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(detail, dict):
        return [error for name, item in detail.items() for error in _field_errors(item, _join(path, str(name)))]
    if isinstance(detail, list):
        return [error for item in detail for error in _field_errors(item, path)]
    return [{"field": printable(path), "detail": printable(str(detail))}]


def _join(path: str, name: str) -> str:
    if name == "non_field_errors":
        return path
    return f"{path}.{name}" if path else name
