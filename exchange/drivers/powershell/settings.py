"""How to reach an Exchange server and where its things are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from cloudpanel.provisioning.errors import ConfigurationError

PROVIDER = "exchange"
AUTHENTICATIONS = frozenset({"kerberos", "ntlm", "negotiate", "basic", "certificate", "credssp"})
PURGES = frozenset({"remove", "disable"})


@dataclass(frozen=True)
class ExchangeSettings:
    """All times in seconds.

    ``server`` is the full host name of a server with the mailbox role: Kerberos needs the name, not an address.
    Exchange's own endpoint is ``http://<fqdn>/PowerShell`` with Kerberos, whose messages are encrypted by the
    authentication itself; with ``ssl`` the certificate is verified against ``ca_file`` or certifi's authorities.
    ``domain_controller``: which one all cmdlets read and write; without it Exchange
    chooses, and behind a load balancer what one server wrote may not be seen yet by the next.
    ``organizational_unit`` must exist: Exchange makes no units. ``database`` empty lets Exchange choose.
    ``purge``: ``remove`` deletes the directory user with the mailbox, ``disable`` keeps the user.
    """

    server: str
    organizational_unit: str
    username: str = ""
    password: str = field(default="", repr=False)
    ssl: bool = False
    port: int = 0
    path: str = "PowerShell"
    auth: str = "kerberos"
    encryption: str = "auto"
    ca_file: str = ""
    database: str = ""
    domain_controller: str = ""
    purge: str = "remove"
    connections: int = 4
    connect_timeout: float = 10.0
    command_timeout: float = 60.0
    batch_timeout: float = 90.0
    idle_timeout: float = 300.0

    @classmethod
    def from_mapping(cls, config: Mapping[str, Any]) -> ExchangeSettings:
        """Raise ConfigurationError for what is missing, unknown or unsafe."""
        unknown = set(config) - {each.name for each in fields(cls)}
        if unknown:
            raise _wrong(f"unknown settings {sorted(unknown)}")
        for name in ("server", "organizational_unit"):
            if not config.get(name):
                raise _wrong(f"no {name} (EXCHANGE_{'OU' if name == 'organizational_unit' else 'SERVER'})")
        settings = cls(**config)
        settings._require_sense()
        return settings

    def _require_sense(self) -> None:
        if self.auth not in AUTHENTICATIONS:
            raise _wrong(f"auth must be one of {sorted(AUTHENTICATIONS)}, not {self.auth!r}")
        if self.purge not in PURGES:
            raise _wrong(f"purge must be one of {sorted(PURGES)}, not {self.purge!r}")
        if self.auth == "basic" and not self.ssl and self.server not in ("127.0.0.1", "::1", "localhost"):
            raise _wrong("basic authentication without TLS would send the password in the open")
        if self.connections < 1:
            raise _wrong("at least one connection is needed")

    def wsman_arguments(self) -> dict[str, Any]:
        """Arguments of ``pypsrp.wsman.WSMan``."""
        return {
            "server": self.server,
            "port": self.port or (443 if self.ssl else 80),
            "ssl": self.ssl,
            "path": self.path,
            "auth": self.auth,
            "encryption": self.encryption,
            "username": self.username or None,
            "password": self.password or None,
            "cert_validation": self.ca_file or True,
            "connection_timeout": self.connect_timeout,
            # A server holds a Receive open for the operation's time; the line must outlive it.
            "operation_timeout": min(20, int(self.command_timeout)),
            "read_timeout": min(20, int(self.command_timeout)) + min(10, self.command_timeout),
            "reconnection_retries": 0,  # the engine repeats, and only it knows what may be repeated
        }


def _wrong(reason: str) -> ConfigurationError:
    return ConfigurationError(f"exchange: {reason}", provider=PROVIDER)
