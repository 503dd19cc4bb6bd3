"""Sizes as people read them. Powers of 1024, as mail servers count; ``1,234.5`` in es-MX and in English alike."""

from __future__ import annotations

from functools import lru_cache

KB = 1024
_UNITS = ("B", "KB", "MB", "GB", "TB")


@lru_cache(maxsize=10_000)
def readable_bytes(size: int) -> str:
    """``1536`` → ``1.5 KB``."""
    value, unit = float(max(size, 0)), 0
    while value >= KB and unit < len(_UNITS) - 1:
        value, unit = value / KB, unit + 1
    decimals = 0 if unit == 0 or value >= 100 or value == int(value) else 1
    return f"{value:,.{decimals}f} {_UNITS[unit]}"


def readable_megabytes(size: int) -> str:
    """``5120`` → ``5 GB``."""
    return readable_bytes(size * KB * KB)
