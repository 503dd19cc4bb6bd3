"""The primary name server of ``make run``: Debian's Knot on loopback, where it is installed, so that DNS zones are published.

Whoever names a server of their own (``ZONE_PRIMARY_HOST``) gets that one instead.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import MutableMapping
from pathlib import Path

from cloudpanel.local.children import Child
from cloudpanel.local.console import Console
from cloudpanel.local.places import OUTSIDE, Places, anyone_can_reach
from cloudpanel.local.ports import any_free_port, is_free
from cloudpanel.local.registry import NAMESERVERS  # of what is registered here
from domains.drivers.dns.local_knot import KnotSettings, is_installed, prepared_command

USUAL_PORT = 15353


def offer_hosting(places: Places, environment: MutableMapping[str, str]) -> None:
    """Name the server and its key in the environment, where Knot is installed and no other server is named."""
    if not is_installed() or "ZONE_PRIMARY_HOST" in os.environ:
        return
    port = os.environ.get("ZONE_PRIMARY_PORT") or (USUAL_PORT if is_free(USUAL_PORT) else any_free_port())
    environment.update(
        ZONE_PRIMARY_HOST="127.0.0.1",
        ZONE_PRIMARY_PORT=str(port),
        ZONE_KEY_SECRET=_kept_secret(places.home / "knot.key"),
        ZONE_NAMESERVERS=",".join(NAMESERVERS),
        DOMAIN_LOCAL_SERVER=f"127.0.0.1:{port}",  # the domain doctor sees here what the world would see
    )


def has_dns(environment: MutableMapping[str, str]) -> bool:
    return "ZONE_PRIMARY_PORT" in environment


def name_server(places: Places, environment: MutableMapping[str, str], console: Console) -> list[Child]:
    """Knot with the zones of the last run; none, after saying why, where it is not installed."""
    if "ZONE_PRIMARY_HOST" not in environment:
        console.say("Without Knot the panel hosts no DNS, and says so. On Debian: apt-get install knot")
        return []
    if "ZONE_PRIMARY_HOST" in os.environ:
        return []
    settings = KnotSettings(
        home=_home(places),
        port=int(environment["ZONE_PRIMARY_PORT"]),
        secret=environment["ZONE_KEY_SECRET"],
        nameservers=NAMESERVERS,
    )
    return [Child("knot", prepared_command(settings), patience=5.0)]


def _home(places: Places) -> Path:
    """As root Knot runs as another user, who must be able to walk there."""
    is_hidden = os.geteuid() == 0 and not anyone_can_reach(places.base)
    return (OUTSIDE / places.fingerprint if is_hidden else places.home) / "knot"


def _kept_secret(path: Path) -> str:
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode())
    return path.read_text().strip()
