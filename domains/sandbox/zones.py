"""The endings that the sandbox sells, and what each demands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Zone:
    """Periods are in years. ``needs`` are the contact roles that a create must name beside the registrant."""

    name: str
    needs: frozenset[str] = frozenset({"admin", "tech"})
    most_years: int = 10
    transfer_adds_year: bool = True


MEXICAN = frozenset({"admin", "tech", "billing"})
ZONES: dict[str, Zone] = {
    zone.name: zone
    for zone in (
        Zone("com"),
        Zone("net"),
        Zone("org"),
        Zone("info"),
        Zone("biz"),
        Zone("online"),
        Zone("store"),
        Zone("cloud"),
        Zone("mx", needs=MEXICAN),
        Zone("com.mx", needs=MEXICAN, most_years=5, transfer_adds_year=False),
        Zone("net.mx", needs=MEXICAN, most_years=5, transfer_adds_year=False),
        Zone("org.mx", needs=MEXICAN, most_years=5, transfer_adds_year=False),
    )
}
RESERVED = frozenset({"registro", "nic", "whois", "www"})
"""Labels that nobody may register."""


def zone_of(name: str) -> Zone | None:
    """The zone right above a second-level name; None for a bare ending, a third level or an ending not sold here."""
    label, _, rest = name.partition(".")
    zone = ZONES.get(rest)
    return zone if zone and label and name not in ZONES else None
