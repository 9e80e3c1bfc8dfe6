"""Who calls: a bearer token, or the browser's session."""

import base64
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from labeling.models import ApiToken
from labeling.prepared import Prepared
from labeling.services.tokens import digest_of

# The time of last use is shown to people, who need it by the minute; writing it on every call would cost a write lock.
LAST_USED_EVERY = timedelta(minutes=1)

_usable_token = Prepared(
    lambda digest, now: (
        ApiToken.objects.usable(now).select_related("user").filter(digest=digest, user__is_active=True).order_by()
    ),
    digest=str,
    now=datetime,
)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`; or Basic with the token as its password, for programs that are given a URL and
    nothing else (`https://podium:<token>@host/…`)."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() not in (b"bearer", b"basic"):
            return None
        if len(words) != 2:
            raise AuthenticationFailed("expected 'Authorization: Bearer <token>', the token without spaces")
        now = timezone.now()
        digest = digest_of(words[1].decode("latin-1") if words[0].lower() == b"bearer" else _password(words[1]))
        token = _usable_token.first(digest=digest, now=now)
        if token is None:
            raise AuthenticationFailed("the token is unknown, expired or revoked; make a new one on your account page")
        if token.last_used_at is None or now - token.last_used_at > LAST_USED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


def _password(credentials: bytes) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        raise AuthenticationFailed("expected Basic credentials as base64 of user:token") from None


class BrowserSession(SessionAuthentication):
    """The signed-in browser; unsafe methods need its CSRF token."""
