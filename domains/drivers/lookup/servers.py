"""Which RDAP and WHOIS server answers for an ending. Nothing is fetched while the panel runs.

Later entries count more: the few endings below, those in which whoisit corrects IANA's list, the operator's copy of
``https://data.iana.org/rdap/dns.json`` (RFC 9224), and what the operator names one by one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from whoisit.overrides import iana_overrides

RDAP = {
    "com": "https://rdap.verisign.com/com/v1",
    "net": "https://rdap.verisign.com/net/v1",
    "org": "https://rdap.publicinterestregistry.org/rdap",
}
WHOIS = {
    "mx": "whois.mx",
    "com": "whois.verisign-grs.com",
    "net": "whois.verisign-grs.com",
    "org": "whois.publicinterestregistry.org",
    "lat": "whois.nic.lat",
    "online": "whois.nic.online",
    "shop": "whois.nic.shop",
}


def rdap_servers(settings: Mapping[str, Any]) -> dict[str, str]:
    """Ending → base address. Raises OSError or ValueError for a file that cannot be read."""
    known: dict[str, str] = {}
    if settings.get("has_defaults"):
        corrected: Mapping[str, list[str]] = iana_overrides["domain"]  # type: ignore[assignment]
        known = {**RDAP, **{ending: addresses[0] for ending, addresses in corrected.items()}}
    if settings.get("rdap_file"):
        known |= read_bootstrap(Path(str(settings["rdap_file"])).read_text())
    return known | dict(settings.get("rdap", {}))


def whois_servers(settings: Mapping[str, Any]) -> dict[str, str]:
    return {**(WHOIS if settings.get("has_defaults") else {}), **settings.get("whois", {})}


def read_bootstrap(text: str) -> dict[str, str]:
    """IANA's file: ``services`` are pairs of endings and addresses. An https address is preferred (RFC 9224, section 4)."""
    read: dict[str, str] = {}
    for endings, addresses in json.loads(text)["services"]:
        best = next((each for each in addresses if each.startswith("https://")), addresses[0])
        read |= {ending.lower(): best for ending in endings}
    return read
