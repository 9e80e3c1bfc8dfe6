"""Who calls: a bearer token, or the browser's session."""

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
    """`Authorization: Bearer <token>`."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed("expected 'Authorization: Bearer <token>', the token without spaces")
        now = timezone.now()
        digest = digest_of(words[1].decode("latin-1"))
        token = _usable_token.first(digest=digest, now=now)
        if token is None:
            raise AuthenticationFailed("the token is unknown, expired or revoked; make a new one on your account page")
        if token.last_used_at is None or now - token.last_used_at > LAST_USED_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


class BrowserSession(SessionAuthentication):
    """The signed-in browser; unsafe methods need its CSRF token."""
