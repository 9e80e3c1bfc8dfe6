"""Exports made in the background: one call asks for a file, the job's result links to it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pairs import ExportQuery, choices_in
from labeling.api.serializers import JobReference
from labeling.exceptions import InvalidInput
from labeling.models import Job, Project
from labeling.services.exports import request_export


class Exports(Call):
    """As the call `pairs`, with its choices in the body; the job's `result` holds `url`, `bytes`, `sha256`."""

    # Nothing is changed by it: whoever may read the pairs may ask for them as a file.
    scopes = {"POST": "read"}

    @extend_schema(request=ExportQuery, responses={202: JobReference})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project(manage=True)
        if not isinstance(request.data, dict):
            raise InvalidInput("expected an object with the choices of an export")
        job = self.requested(project, dict(request.data))
        return Response({"job": job.pk}, status=202)

    def requested(self, project: Project, body: dict[str, Any]) -> Job:
        return request_export(project=project, user=self.caller, choices=choices_in(body))
