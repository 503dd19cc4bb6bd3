"""Reads the process environment for ``settings.py``: a value that makes no sense refuses to start."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


class ImproperEnvironment(Exception):
    """The environment lacks a value or holds one that cannot be used."""


def text(name: str, default: str | None = None) -> str:
    """The value of ``name``, or the content of the file that ``name``_FILE names (Docker secrets)."""
    path = os.environ.get(f"{name}_FILE")
    value = Path(path).read_text().strip() if path else os.environ.get(name, default)
    if value is None:
        raise ImproperEnvironment(f"Set {name} (or {name}_FILE).")
    return value


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, str(default)).strip().lower()
    if value not in TRUE | FALSE:
        raise ImproperEnvironment(f"{name}={value!r} is neither true nor false.")
    return value in TRUE


def integer(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperEnvironment(f"{name}={value!r} is not a whole number.") from None


def listed(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def pairs(name: str, default: str = "") -> dict[str, str]:
    """``a=1,b=2`` as a dictionary."""
    found = {}
    for item in listed(name, default):
        key, equals, value = item.partition("=")
        if not (key and equals and value):
            raise ImproperEnvironment(f"{name}={item!r} is not of the form key=value.")
        found[key.strip()] = value.strip()
    return found


def database(name: str) -> dict[str, object]:
    """Django's DATABASES entry for a ``postgresql://user:password@host:port/name?option=value`` address.

    A host given as ``?host=/directory`` is a Unix socket, as in libpq, which waits for a host that is gone for minutes
    unless told otherwise.
    """
    parts = urlsplit(text(name))
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperEnvironment(f"{name} must be a postgresql:// address.")
    options = {"connect_timeout": "5"} | dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(options.pop("port", "") or parts.port or ""),
        "OPTIONS": options,
    }


def celery_broker(redis_url: str) -> str:
    """Celery writes ``redis+socket://`` where redis-py writes ``unix://``."""
    if redis_url.startswith("unix://"):
        return redis_url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
    return redis_url
