"""The domain registry of ``make run``: the sandbox on loopback, with its own state, so that a newcomer can register
``algo.mx`` and transfer ``transferible.com.mx``.

Whoever names registries of their own (``REGISTRIES``) gets those instead.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from cloudpanel.local.children import Child
from cloudpanel.local.places import Places
from cloudpanel.local.ports import any_free_port
from domains.sandbox.certificates import ensure_certificates
from domains.sandbox.samples import PANEL, PANEL_PASSWORD
from domains.sandbox.zones import ZONES

PORT = "REGISTRY_LOCAL_PORT"
TRANSFER_SECONDS = (
    "60"  # after which the sandbox's other registrar lets a domain go; REGISTRY_TRANSFER_SECONDS overrides
)
NAMESERVERS = ["ns1.dns.panel.example", "ns2.dns.panel.example"]


def offer_domains(places: Places, environment: MutableMapping[str, str]) -> None:
    """Name the sandbox in the environment, where no registry is named."""
    if "REGISTRIES" in os.environ or "REGISTRIES_FILE" in os.environ:
        return
    ensure_certificates(_folder(places) / "certificates")
    port = os.environ.get(PORT) or any_free_port()  # nobody types it, and two panels may start at once
    environment.update({PORT: str(port), "REGISTRIES": json.dumps(sandbox_registries(_folder(places), int(port)))})


def sandbox_registries(folder: Path, port: int) -> dict[str, dict[str, Any]]:
    """As two registries would be named: the Mexican endings, and the rest."""
    certificates = folder / "certificates"
    options = {
        "host": "localhost",
        "port": port,
        "registrar": PANEL,
        "password": PANEL_PASSWORD,
        "ca_file": str(certificates / "ca.pem"),
        "client_certificate": str(certificates / "client.pem"),
        "client_key": str(certificates / "client.key"),
        "connect_timeout": 5,
        "answer_timeout": 15,
    }
    mexican = [ending for ending in ZONES if ending.split(".")[-1] == "mx"]
    others = [ending for ending in ZONES if ending not in mexican]
    shared = {"options": options, "nameservers": NAMESERVERS, "concurrency": 2}
    return {"mx": {**shared, "endings": mexican}, "gtld": {**shared, "endings": others, "private_endings": others}}


def domain_registry(places: Places, environment: MutableMapping[str, str]) -> list[Child]:
    if PORT not in environment:
        return []
    command = [sys.executable, "-m", "domains.sandbox", "--folder", str(_folder(places)), "--port", environment[PORT]]
    return [
        Child(
            "registry",
            [*command, "--transfer-seconds", environment.get("REGISTRY_TRANSFER_SECONDS", TRANSFER_SECONDS)],
            patience=3.0,
        )
    ]


def _folder(places: Places) -> Path:
    return places.home / "registry"
