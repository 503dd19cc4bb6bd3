"""Secrets at rest: Fernet (AES-128-CBC with HMAC-SHA256) with rotating keys, newest first."""

from __future__ import annotations

import json
import zlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

__all__ = ["InvalidToken", "decrypt", "encrypt", "seal", "unseal"]


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


def encrypt(value: Any) -> bytes:
    """``value`` (anything JSON can hold) as an encrypted token."""
    return _fernet().encrypt(json.dumps(value).encode())


def decrypt(token: bytes | memoryview) -> Any:
    """What :func:`encrypt` was given; raises ``InvalidToken`` when no current key opens it."""
    return json.loads(_fernet().decrypt(bytes(token)))


def seal(content: bytes) -> bytes:
    """A file: compressed, then encrypted."""
    return _fernet().encrypt(zlib.compress(content, 1))


def unseal(token: bytes | memoryview) -> bytes:
    """What :func:`seal` was given; raises ``InvalidToken`` when no current key opens it."""
    return zlib.decompress(_fernet().decrypt(bytes(token)))
