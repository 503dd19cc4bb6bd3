"""Sizes as people read them. Powers of 1024, as mail servers count."""

from __future__ import annotations

from django.utils.formats import number_format

KB = 1024
_UNITS = ("B", "KB", "MB", "GB", "TB")


def readable_bytes(size: int) -> str:
    """``1536`` → ``1.5 KB``."""
    value = float(max(size, 0))
    for unit in _UNITS:
        if value < KB or unit == _UNITS[-1]:
            break
        value /= KB
    decimals = 0 if unit == "B" or value >= 100 or value == int(value) else 1
    return f"{number_format(value, decimals, use_l10n=True, force_grouping=True)} {unit}"


def readable_megabytes(size: int) -> str:
    """``5120`` → ``5 GB``."""
    return readable_bytes(size * KB * KB)
