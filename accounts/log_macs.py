"""What proves a line of the *registro de acciones*: an HMAC under a key that the database never sees.

Each line carries the HMAC of its own content (written by :class:`accounts.log_models.MacField`, so that ``save`` and
``bulk_create`` cannot forget it). Order and completeness are the seals' work (:mod:`accounts.log_seals`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder

FINGERPRINT_BYTES = 4
MAC_BYTES = FINGERPRINT_BYTES + hashlib.sha256().digest_size
MARK_BYTES = 16  # what a seal remembers of each line's MAC
EXACT_INTEGERS = 2**53  # beyond it JSON numbers are compared as floats, since jsonb does not keep int and float apart
_ENCODER = DjangoJSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
CONTENT_FIELDS = (
    "account_id",
    "at",
    "actor_id",
    "actor_name",
    "impersonator_id",
    "impersonator_name",
    "action",
    "object_type",
    "object_id",
    "object_name",
    "before",
    "after",
    "origin",
)


def mac_of(content: Sequence[Any]) -> bytes:
    """The MAC of one line, of its values in the order of ``CONTENT_FIELDS``: key fingerprint and HMAC-SHA256."""
    fingerprint, key = _keys()[0]
    return fingerprint + hmac.digest(key, _canonical(content), "sha256")


_in_quotes = json.encoder.encode_basestring  # what _ENCODER does with a text


class MacOfMany:
    """:func:`mac_of` for lines that differ only in what they are about: the rest is spelled once. ``content`` is that
    of any of them; nothing was before."""

    def __init__(self, content: Sequence[Any]) -> None:
        self._fingerprint, self._key = _keys()[0]
        self._start = _canonical(content[:8])[:-1] + b","
        self._end = ("," + _ENCODER.encode(content[-1]) + "]").encode("utf-8", "surrogatepass")

    def mac_of(self, object_id: str, object_name: str, after: Mapping[str, Any]) -> tuple[bytes, str]:
        """The MAC, and ``after`` as JSON."""
        said = _ENCODER.encode(_json(dict(after))) if after else "{}"
        middle = f"{_in_quotes(object_id)},{_in_quotes(object_name)},{{}},{said}".encode("utf-8", "surrogatepass")
        return self._fingerprint + hmac.digest(self._key, self._start + middle + self._end, "sha256"), said


def is_mac_of(mac: bytes, content: Sequence[Any]) -> bool:
    """Whether this panel wrote exactly this content, under its present key or one it keeps from before."""
    return _matches(bytes(mac), _canonical(content))


def seal_mac(previous: bytes, facts: Iterable[Any], ids: Sequence[int], marks: bytes) -> bytes:
    """The MAC of a seal: over the seal before it, so that none can be altered, left out or moved."""
    fingerprint, key = _keys()[0]
    return fingerprint + hmac.digest(key, _seal_text(previous, facts, ids, marks), "sha256")


def is_seal_mac(mac: bytes, previous: bytes, facts: Iterable[Any], ids: Sequence[int], marks: bytes) -> bool:
    return _matches(bytes(mac), _seal_text(previous, facts, ids, marks))


def _seal_text(previous: bytes, facts: Iterable[Any], ids: Sequence[int], marks: bytes) -> bytes:
    words = json.dumps([*facts, *ids], separators=(",", ":"))
    return b"seal\0" + bytes(previous) + b"\0" + words.encode() + b"\0" + bytes(marks)


def _canonical(content: Sequence[Any]) -> bytes:
    """One spelling for what the database gives back, whatever way it was written."""
    return b"line\0" + _ENCODER.encode([_plain(value) for value in content]).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return _json(value) if isinstance(value, dict) else value


def _json(value: Any) -> Any:
    """As it comes back from jsonb, which keeps no difference between 1 and 1.0 and knows only text as keys."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_INTEGERS:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= EXACT_INTEGERS:
        return float(value)
    return value


def _matches(mac: bytes, text: bytes) -> bool:
    for fingerprint, key in _keys():
        if mac[:FINGERPRINT_BYTES] == fingerprint:
            return hmac.compare_digest(mac[FINGERPRINT_BYTES:], hmac.digest(key, text, "sha256"))
    return False


def _keys() -> tuple[tuple[bytes, bytes], ...]:
    return _derived(tuple(settings.ACTION_LOG_KEYS))


@lru_cache(maxsize=8)
def _derived(secrets: tuple[str, ...]) -> tuple[tuple[bytes, bytes], ...]:
    """(fingerprint, key) of each configured secret, newest first."""
    keys = [hmac.digest(secret.encode(), b"registro de acciones", "sha256") for secret in secrets]
    return tuple((hashlib.sha256(key).digest()[:FINGERPRINT_BYTES], key) for key in keys)
