"""Secrets that Podium has to use again (keys of LLM endpoints, webhooks' signing keys), encrypted in the database.

The key is derived from Django's SECRET_KEY; after that one was changed, SECRET_KEY_FALLBACKS still open what is there.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """The secret was encrypted under another SECRET_KEY; it has to be entered again."""


def seal(secret: str) -> str:
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Raises `Unreadable`."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable("this secret was stored under another SECRET_KEY; enter it again") from None


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derived(key: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"podium vault").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
