"""Debian's Knot as a primary server on loopback, for local mode and tests: configured as docs/operation.md asks of a real one.

Members of the catalog share one zone file with relative names, which Knot never writes to (``zonefile-sync: -1``): what
dynamic updates bring lies in its journal. When a zone leaves the catalog Knot deletes *its zone file*, which must
therefore lie where Knot may not write: as root it runs as the user ``knot``.
"""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KNOTD = Path("/usr/sbin/knotd")
USER = "knot"
KEY = "panel."
CATALOG = "catalog.panel."

_CATALOG_ZONE = """$TTL 0
@ SOA invalid. invalid. 1 3600 600 2147483646 0
@ NS invalid.
version TXT "2"
"""
_CONFIG = """server:
    rundir: {home}/state
    listen: {address}@{port}
    automatic-acl: off
{user}
database:
    storage: {home}/state
    journal-db-max-size: 256M
    kasp-db-max-size: 16M
    timer-db-max-size: 16M
    catalog-db-max-size: 32M
key:
  - id: {key}
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: panel
    key: {key}
    action: [update, transfer]
{secondaries}template:
  - id: default
    storage: {home}/zones
    acl: {acl}
{notify}    zonefile-sync: -1
    journal-content: changes
  - id: member
    storage: {home}/zones
    file: initial.zone
    acl: {acl}
{notify}    zonefile-sync: -1
    zonefile-load: whole
    journal-content: changes
    serial-policy: unixtime
zone:
  - domain: {catalog}
    file: catalog.zone
    catalog-role: interpret
    catalog-template: member
log:
  - target: stderr
    any: {verbosity}
"""


@dataclass(frozen=True)
class KnotSettings:
    """``home`` must be reachable for the user that Knot runs as. ``secret`` is base64 (RFC 8945)."""

    home: Path
    port: int
    secret: str
    nameservers: Sequence[str] = ("ns1.panel.example", "ns2.panel.example")
    address: str = "127.0.0.1"
    secondaries: Sequence[str] = ()  # addresses of the name servers that customers' resolvers ask
    verbosity: str = "warning"


def is_installed() -> bool:
    return KNOTD.exists()


def prepared_command(settings: KnotSettings) -> list[str | Path]:
    """Writes the configuration and the zones that Knot begins with; gives the command that runs it in the foreground."""
    state, zones = settings.home / "state", settings.home / "zones"
    for folder in (settings.home, state, zones):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    user = _other_user()
    if user is not None:
        shutil.chown(state, user, user)
    _write(zones / "catalog.zone", _CATALOG_ZONE)
    _write(zones / "initial.zone", initial_zone(settings.nameservers))
    config = settings.home / "knot.conf"
    text = _CONFIG.format(
        home=settings.home,
        address=settings.address,
        **_secondaries(settings.secondaries),
        port=settings.port,
        user=f"    user: {user}:{user}" if user else "",
        key=KEY,
        secret=settings.secret,
        catalog=CATALOG,
        verbosity=settings.verbosity,
    )
    config.unlink(missing_ok=True)
    with os.fdopen(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    if user is None:
        zones.chmod(0o555)  # see above: a zone that leaves must not take the file of all with it
    return [KNOTD, "-c", config]


def _secondaries(addresses: Sequence[str]) -> dict[str, str]:
    """They may transfer, and are told of changes (RFC 1996)."""
    if not addresses:
        return {"secondaries": "", "acl": "panel", "notify": ""}
    listed = ", ".join(addresses)
    told = f"  - id: secondaries\n    address: [{listed}]\n"
    return {
        "secondaries": f"{told}    action: transfer\nremote:\n{told}",
        "acl": "[panel, secondaries]",
        "notify": "    notify: secondaries\n",
    }


def initial_zone(nameservers: Sequence[str]) -> str:
    """What every zone begins with: the provider's SOA and NS."""
    lines = [
        "$TTL 3600",
        f"@ SOA {nameservers[0]}. hostmaster.{nameservers[0].partition('.')[2]}. 1 3600 600 1209600 300",
        *(f"@ NS {name}." for name in nameservers),
    ]
    return "\n".join(lines) + "\n"


def _other_user() -> str | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(USER).pw_name
    except KeyError:
        return None


def _write(path: Path, text: str) -> None:
    path.parent.chmod(0o755)
    path.write_text(text)
    path.chmod(0o644)
