"""Sizes and switches as other systems write them."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from cloudpanel.core.folding import fold
from exchange.services.imports import columns
from exchange.services.mailboxes import MAX_QUOTA_MB

_SIZE = re.compile(r"([0-9][0-9., ]*)\s*(b|bytes|kb|kib|k|mb|mib|m|gb|gib|g|tb|tib|t)?")
_IN_BYTES = re.compile(r"\s*\([0-9., ]+ bytes\)$")  # Exchange says both: 50 GB (53,687,091,200 bytes)
_THOUSANDS = re.compile(r"\d{1,3}([., ]\d{3})+")
SMALL = 100  # MB
_IN_MB = {"b": 1 / 1024**2, "k": 1 / 1024, "m": 1, "g": 1024, "t": 1024**2}
_UNIT_OF = {columns.QUOTA: "m", columns.QUOTA_KB: "k", columns.QUOTA_GB: "g", columns.QUOTA_BYTES: "b"}
_NO_LIMIT = {
    "ilimitado",
    "ilimitada",
    "unlimited",
    "none",
    "ninguno",
    "sin limite",
    "default",
    "predeterminado",
    "∞",
    "-",
}
_ON = {"on", "si", "yes", "true", "1", "x", "verdadero", "habilitado", "enabled", "activo", "y", "s", "permitido"}
_OFF = {"off", "no", "false", "0", "falso", "deshabilitado", "disabled", "inactivo", "n", "-"}


@lru_cache(maxsize=2000)
def megabytes(text: str, column: str) -> int | None:
    """``"2.5 GB"`` → 2560. Without a unit the column's heading has named it. None: no limit of its own, the template's
    counts. ValueError when it is no size between 1 MB and 1 TB."""
    folded = _IN_BYTES.sub("", fold(text).strip())
    if folded in _NO_LIMIT:
        return None
    match = _SIZE.fullmatch(folded)
    if match is None:
        raise ValueError(text)
    number, unit = _number(match[1].strip()), (match[2] or _UNIT_OF[column])[0]
    if number == 0:
        return None
    size = math.ceil(round(number * _IN_MB[unit], 6))
    if not 1 <= size <= MAX_QUOTA_MB:
        raise ValueError(text)
    return size


def _number(text: str) -> float:
    """``5,120`` and ``5.120`` are thousands, ``2,5`` and ``2.5`` are not."""
    if _THOUSANDS.fullmatch(text):
        return float(re.sub(r"[., ]", "", text))
    return float(text.replace(" ", "").replace(",", "."))


def is_small_without_unit(text: str, size: int) -> bool:
    """``5`` under *Cuota* may be 5 GB: nobody has so few megabytes, and whoever means them says so."""
    return size < SMALL and not any(sign.isalpha() for sign in text)


@lru_cache(maxsize=500)
def switch(text: str) -> bool:
    """``ON``, ``Sí``, ``TRUE``, ``1``… ValueError when it is neither on nor off."""
    folded = fold(text).strip()
    if folded in _ON:
        return True
    if folded in _OFF:
        return False
    raise ValueError(text)
