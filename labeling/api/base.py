"""What every call has in common."""

import hashlib
from http import HTTPStatus
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from labeling.api.pagination import NewestFirst
from labeling.api.permissions import HasScope
from labeling.api.throttling import CallerThrottle
from labeling.exceptions import LabelingError
from labeling.models import Project
from labeling.selectors.access import project_for

CHANGES = ("PUT", "PATCH", "DELETE")


class PreconditionFailed(LabelingError):
    """What is to be changed is not what the caller has read."""

    code = "precondition-failed"
    http_status = HTTPStatus.PRECONDITION_FAILED


def etag_of(answer: Response) -> str:
    content = JSONRenderer().render(answer.data)
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


class Call(APIView):
    """A call under /api/v1/. `scopes` names the token scope each method needs; what is not named needs `read`."""

    permission_classes = (HasScope,)
    scopes: ClassVar[dict[str, str]] = {}
    # How the call's list is paged; the OpenAPI description reads it here too.
    pagination_class: ClassVar[type[NewestFirst] | None] = None

    @property
    def caller(self) -> User:
        user = self.request.user
        if not isinstance(user, User):
            raise TypeError("the permission classes let an anonymous caller through")
        return user

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who changes what they have read may say so: `If-Match` with an answer's ETag refuses when it has changed."""
        super().initial(request, *args, **kwargs)
        asked = request.headers.get("If-Match")
        reads: Any = getattr(self, "get", None)
        if asked and request.method in CHANGES and reads is not None:
            now = etag_of(reads(request, *args, **kwargs))
            if asked.strip() not in ("*", now):
                raise PreconditionFailed(f"it has changed since it was read: its ETag is {now} now; read it again")

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in CallerThrottle.headers(request).items():
            answer[name] = value
        if request.method == "GET" and type(answer) is Response and answer.status_code == HTTPStatus.OK:
            return self.unless_known(request, answer)
        return answer

    def unless_known(self, request: Request, answer: Response) -> Response:
        """The answer with its ETag, or 304 for who has it already."""
        etag = answer["ETag"] = etag_of(answer)
        if request.headers.get("If-None-Match", "").strip() != etag:
            return answer
        known = Response(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": etag})
        return super().finalize_response(request, known)

    def project(self, *, manage: bool = False) -> Project:
        """The project in the path, when the caller may see it (404 otherwise) or manage it (403 otherwise)."""
        return project_for(self.caller, self.kwargs["slug"], manage=manage)

    def validated(self, serializer: type[BaseSerializer[Any]], **options: Any) -> dict[str, Any]:
        """The request's JSON, checked; DRF's ValidationError becomes a problem with the fields named."""
        checked = serializer(data=self.request.data, **options)
        checked.is_valid(raise_exception=True)
        data: dict[str, Any] = checked.validated_data
        return data

    def paginated(
        self, rows: QuerySet[Any], serializer: type[BaseSerializer[Any]], *, context: dict[str, Any] | None = None
    ) -> Response:
        pages = (self.pagination_class or NewestFirst)()
        page = pages.paginate_queryset(rows, self.request, view=self)
        return pages.get_paginated_response(serializer(page, many=True, context=context or {}).data)
