"""Secrets at rest: Fernet (AES-128-CBC with HMAC-SHA256) with rotating keys, newest first."""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

__all__ = ["InvalidToken", "decrypt", "encrypt"]


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])


def encrypt(value: Any) -> bytes:
    """``value`` (anything JSON can hold) as an encrypted token."""
    return _fernet().encrypt(json.dumps(value).encode())


def decrypt(token: bytes | memoryview) -> Any:
    """What :func:`encrypt` was given; raises ``InvalidToken`` when no current key opens it."""
    return json.loads(_fernet().decrypt(bytes(token)))
