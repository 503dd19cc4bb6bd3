"""Text as people type it when they search: lower case, without accents. The same rule in SQL and in Python."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Concat

_SMALL, _PLAIN = "áàâäãåéèêëíìîïóòôöõúùûüñç", "aaaaaaeeeeiiiiooooouuuunc"
# Capitals too: a database whose locale is C lowers no letter beyond ASCII.
ACCENTED, PLAIN = _SMALL + _SMALL.upper(), _PLAIN * 2
_FOLDING = str.maketrans(ACCENTED, PLAIN)


class Folded(models.Func):
    """For a GeneratedField or an index over several columns. ``translate`` is immutable, ``unaccent`` is not."""

    function = "lower"
    template = 'lower(translate(%(expressions)s) COLLATE "C")'  # the same on every server

    def __init__(self, *parts: Any, **extra: Any) -> None:
        text = Concat(*parts, output_field=models.TextField()) if len(parts) > 1 else parts[0]
        super().__init__(text, models.Value(ACCENTED), models.Value(PLAIN), output_field=models.TextField(), **extra)


def fold(text: str) -> str:
    """What :class:`Folded` makes of ``text``."""
    plain = text.replace("\x00", " ").translate(_FOLDING)  # PostgreSQL cannot look for NUL
    return "".join(sign.lower() if sign.isascii() else sign for sign in plain)
