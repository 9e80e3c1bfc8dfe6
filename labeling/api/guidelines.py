"""What a person has been told of a project's guidelines."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.serializers import SeenVersion
from labeling.services.guidelines import see_guidelines


class GuidelinesShown(Call):
    scopes = {"POST": "annotate"}

    @extend_schema(request=SeenVersion, responses={204: None})
    def post(self, request: Request, slug: str) -> Response:
        project = self.project()
        see_guidelines(project=project, user=self.caller, **self.validated(SeenVersion))
        return Response(status=204)
