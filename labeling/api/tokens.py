"""The caller's own tokens. What a token can do, it can hand on, and no more."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from labeling.api.base import Call
from labeling.api.pagination import NewestFirst
from labeling.models import ApiToken
from labeling.services.tokens import create_token, revoke_token


class TokenSerializer(serializers.Serializer[ApiToken]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)


class MadeToken(TokenSerializer):
    token = serializers.CharField(help_text="It is shown this once.")


class NewToken(serializers.Serializer[Any]):
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=ApiToken.SCOPES), min_length=1)
    name = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class Tokens(Call):
    scopes = {"POST": "write"}
    pagination_class = NewestFirst

    @extend_schema(responses=TokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Those that can be used, the newest first."""
        usable = ApiToken.objects.usable().filter(user=self.caller).order_by("-pk")
        return self.paginated(usable, TokenSerializer)

    @extend_schema(request=NewToken, responses={201: MadeToken})
    def post(self, request: Request) -> Response:
        """Make one, with no scope that the calling token lacks, and good for no longer than that."""
        data = self.validated(NewToken)
        calling = request.auth if isinstance(request.auth, ApiToken) else None
        if calling is not None:
            if beyond := sorted(set(data["scopes"]) - set(calling.scopes)):
                raise PermissionDenied(f"the calling token has no scope {beyond[0]!r} to hand on")
            ends = data.get("expires_at")
            if calling.expires_at is not None and (ends is None or ends > calling.expires_at):
                data["expires_at"] = calling.expires_at
        token, secret = create_token(user=self.caller, **data)
        return Response({**TokenSerializer(token).data, "token": secret}, status=201)


class TokenDetail(Call):
    scopes = {"DELETE": "write"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, token_id: int) -> Response:
        """Revoke it."""
        token = ApiToken.objects.usable().filter(pk=token_id, user=self.caller).first()
        if token is None:
            raise Http404(f"no token {token_id} of yours")
        revoke_token(token=token)
        return Response(status=204)
