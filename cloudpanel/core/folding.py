"""Text as people type it when they search: lower case, without accents. The same rule in SQL and in Python."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Concat, Lower

ACCENTED, PLAIN = "áàâäãåéèêëíìîïóòôöõúùûüñç", "aaaaaaeeeeiiiiooooouuuunc"
_FOLDING = str.maketrans(ACCENTED, PLAIN)


class Folded(models.Func):
    """For a GeneratedField or an index over several columns. ``translate`` is immutable, ``unaccent`` is not."""

    function = "translate"

    def __init__(self, *parts: Any, **extra: Any) -> None:
        text = Lower(Concat(*parts, output_field=models.TextField()))
        super().__init__(text, models.Value(ACCENTED), models.Value(PLAIN), output_field=models.TextField(), **extra)


def fold(text: str) -> str:
    """What :class:`Folded` makes of ``text``."""
    return text.lower().translate(_FOLDING)
