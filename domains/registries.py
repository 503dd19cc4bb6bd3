"""Which registry serves which ending: ``settings.REGISTRIES``, read from one JSON variable (docs/drivers.md).

Each entry becomes a driver of its own, ``registry:<name>``, with its own queue and circuit breaker.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

EPP_DRIVER = "domains.drivers.epp.EppDriver"
CONCURRENCY = 2
_NEEDED = ("endings", "options")


class ImproperRegistries(Exception):
    """The variable holds something that cannot be used; the message says what."""


@dataclass(frozen=True, slots=True)
class Registry:
    """``endings`` without a leading dot. ``nameservers`` are given to domains whose owner names none.
    ``private_endings`` are those for which the registry hides the holder's data (RFC 5733, 2.9)."""

    name: str
    endings: tuple[str, ...]
    nameservers: tuple[str, ...] = ()
    private_endings: tuple[str, ...] = ()
    transfer_days: int = 5
    redemption_days: int = 30
    driver: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def driver_name(self) -> str:
        return f"registry:{self.name}"


def read_registries(text: str) -> dict[str, Registry]:
    """``{"mx": {"endings": ["mx", "com.mx"], "options": {"host": …}}}``. Raises ImproperRegistries."""
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise ImproperRegistries(f"REGISTRIES is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise ImproperRegistries("REGISTRIES is not a JSON object.")
    registries = {name: read_registry(name, entry) for name, entry in found.items()}
    seen: set[str] = set()
    for registry in registries.values():
        for ending in registry.endings:
            if ending in seen:
                raise ImproperRegistries(f"REGISTRIES names the ending {ending} twice.")
            seen.add(ending)
    return registries


def read_registry(name: str, entry: Any) -> Registry:
    if not isinstance(entry, dict) or any(key not in entry for key in _NEEDED) or len(name) > 30:
        raise ImproperRegistries(
            f"REGISTRIES: {name!r} needs {' and '.join(_NEEDED)}, and a name of 30 characters at most."
        )
    driver = {
        "class": entry.get("class", EPP_DRIVER),
        "options": {"settings": entry["options"]},
        "concurrency": entry.get("concurrency", CONCURRENCY),
    }
    return Registry(
        name=name,
        endings=tuple(entry["endings"]),
        nameservers=tuple(entry.get("nameservers", ())),
        private_endings=tuple(entry.get("private_endings", ())),
        transfer_days=entry.get("transfer_days", 5),
        redemption_days=entry.get("redemption_days", 30),
        driver=driver,
    )


def registries() -> dict[str, Registry]:
    found: dict[str, Registry] = settings.REGISTRIES
    return found


def registry_of(ending: str) -> Registry | None:
    """None for an ending that nobody here serves."""
    return next((each for each in registries().values() if ending in each.endings), None)


def registry_named(name: str) -> Registry:
    """KeyError when the settings do not name it (any more)."""
    return registries()[name]


def endings_served() -> list[str]:
    return [ending for registry in registries().values() for ending in registry.endings]
