"""One-use tokens: a form that creates something is carried out once, however often it arrives."""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache

REMEMBERED = timedelta(days=2)


def take_once(purpose: str, token: object) -> bool:
    """True for whoever comes first. Inside a transaction the taking is part of it (the cache is a table): when the
    work fails, the token is free again, and a second click waits for the first one's end."""
    return cache.add(f"once:{purpose}:{token}", 1, timeout=int(REMEMBERED.total_seconds()))
