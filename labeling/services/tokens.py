"""API tokens: made, shown once, revoked."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.utils import timezone

from labeling.exceptions import InvalidInput
from labeling.models import ApiToken

PREFIX = "podium_"


def create_token(
    *, user: User, scopes: Sequence[str], name: str = "", expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token for `user` and its secret, which is stored nowhere and cannot be shown again."""
    if not scopes or set(scopes) - set(ApiToken.SCOPES):
        raise InvalidInput(
            f"scopes must be one or more of {', '.join(ApiToken.SCOPES)}; got {', '.join(scopes) or 'none'}"
        )
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, scopes=sorted(set(scopes)), name=name.strip()[:100], expires_at=expires_at, digest=digest_of(secret)
    )
    return token, secret


def revoke_token(*, token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def digest_of(secret: str) -> str:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()
