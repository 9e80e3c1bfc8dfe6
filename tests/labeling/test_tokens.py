"""Tokens are shown once and stored as a hash."""

import hashlib

import pytest

from labeling.exceptions import InvalidInput
from labeling.models import ApiToken
from labeling.services.tokens import create_token, digest_of, revoke_token


def test_only_the_hash_of_a_token_is_stored(ada):
    token, secret = create_token(user=ada, scopes=["score", "read", "read"], name=" notebook ")

    assert secret.startswith("podium_")
    assert len(secret) > 40
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest() == digest_of(secret)
    assert secret not in str(ApiToken.objects.values().get())
    assert token.scopes == ["read", "score"]


def test_two_tokens_differ(ada):
    assert create_token(user=ada, scopes=["read"])[1] != create_token(user=ada, scopes=["read"])[1]


@pytest.mark.parametrize("scopes", [[], ["admin"], ["read", "everything"]])
def test_unknown_scopes_make_no_token(ada, scopes):
    with pytest.raises(InvalidInput, match="scopes must be one or more of read, annotate, write, train, score"):
        create_token(user=ada, scopes=scopes)

    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_once(ada):
    token, _ = create_token(user=ada, scopes=["read"])
    revoke_token(token=token)
    first = ApiToken.objects.get().revoked_at

    revoke_token(token=token)

    assert first is not None
    assert ApiToken.objects.get().revoked_at == first
    assert not ApiToken.objects.usable().exists()
