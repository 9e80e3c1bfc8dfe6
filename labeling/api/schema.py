"""The OpenAPI description: every call may answer with a problem."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from labeling.api.problems import CONTENT_TYPE


class Problem(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]  # a field of that name


class PodiumSchema(AutoSchema):
    # Not `get_response_serializers`: what `extend_schema` says of a call replaces that method.
    def _get_response_bodies(self, *args: Any, **options: Any) -> Any:
        describe: Any = self._get_response_for_code
        problem = describe(Problem, "default", media_types=[CONTENT_TYPE])
        return {**super()._get_response_bodies(*args, **options), "default": problem}


class BearerToken(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "labeling.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class Session(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    target_class = "labeling.api.authentication.BrowserSession"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
