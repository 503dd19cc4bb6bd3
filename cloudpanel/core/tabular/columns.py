"""Which column of a file means what: headings in Spanish or English, in any order, also those of other systems."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext

from cloudpanel.core.folding import fold

IGNORED = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One datum that an upload may bring. ``aliases`` are headings that mean it, in any language and spelling."""

    name: str
    label: str
    aliases: tuple[str, ...] = ()
    is_required: bool = False

    def answers_to(self, heading: str) -> bool:
        names = (self.name, self.label, gettext(self.label), *self.aliases)
        return fold_heading(heading) in {fold_heading(each) for each in names}


@lru_cache(maxsize=2000)
def fold_heading(text: str) -> str:
    """``"Correo electrónico *"`` and ``"correo_electronico"`` are one heading."""
    return re.sub(r"[^a-z0-9]+", "", fold(text))


def match_columns(headings: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """For each heading the name of its column, or :data:`IGNORED`. A column is given to one heading only."""
    found: list[str] = []
    for heading in headings:
        name = next((column.name for column in columns if column.answers_to(heading)), IGNORED)
        found.append(name if name not in found else IGNORED)
    return found


def missing_columns(mapping: Sequence[str], columns: Sequence[Column]) -> list[Column]:
    return [column for column in columns if column.is_required and column.name not in mapping]


def unknown_headings(headings: Sequence[str], mapping: Sequence[str]) -> list[str]:
    return [heading for heading, name in zip(headings, mapping, strict=False) if name == IGNORED and heading]


def as_record(row: Sequence[str], mapping: Sequence[str]) -> Mapping[str, str]:
    """The cells by column name; a short row has blanks."""
    return {name: row[index] if index < len(row) else "" for index, name in enumerate(mapping) if name != IGNORED}
