"""Reading what comes back: the same property is text on one server and an object that prints as text on another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MIB = 2**20
_BYTES = re.compile(r"\(([0-9][0-9,.\s\u00a0]*)\s*bytes\)")


class Found(Mapping[str, Any]):
    """One object of a cmdlet's output, by property name."""

    def __init__(self, received: Any) -> None:
        self._properties: dict[str, Any] = {**received.adapted_properties, **received.extended_properties}

    def __getitem__(self, name: str) -> Any:
        return self._properties[name]

    def __iter__(self) -> Any:
        return iter(self._properties)

    def __len__(self) -> int:
        return len(self._properties)

    def text(self, name: str) -> str:
        """The property as text; "" for none."""
        return text_of(self._properties.get(name))

    def texts(self, name: str) -> list[str]:
        """A property of several values."""
        value = self._properties.get(name)
        if value is None or value == "":
            return []
        if isinstance(value, str):
            return [value]
        if not isinstance(value, (list, tuple)):
            sets = getattr(value, "property_sets", None)
            value = sets[0] if sets and isinstance(sets[0], (list, tuple)) else [value]
        return [text_of(each) for each in value]

    def flag(self, name: str) -> bool:
        return text_of(self._properties.get(name)).lower() == "true"

    def number(self, name: str) -> int:
        return int(text_of(self._properties.get(name)) or 0)

    def size(self, name: str) -> int | None:
        """Bytes of a ByteQuantifiedSize: ``50 MB (52,428,800 bytes)``. None for Unlimited or none."""
        found = _BYTES.search(self.text(name))
        return int(re.sub(r"[^0-9]", "", found[1])) if found else None


def text_of(value: Any) -> str:
    if value is None:
        return ""
    printed = getattr(value, "to_string", None)
    return str(printed) if isinstance(printed, str) else str(value)
