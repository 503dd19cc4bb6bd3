"""What the registry knows: registrars, contacts, hosts, domains, transfers and the messages that wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

OK = "ok"


@dataclass
class Registrar:
    id: str
    password: str
    messages: list[Message] = field(default_factory=list)
    transactions: set[str] = field(default_factory=set)
    """clTRIDs of its commands that changed something: none may come twice (RFC 5730, 2.5)."""


@dataclass
class Message:
    """A poll message (RFC 5730, 2.9.2.3). ``domain`` is the name whose transfer or pending action it tells about."""

    id: str
    at: datetime
    text: str
    domain: str = ""
    transfer: dict[str, Any] | None = None


@dataclass
class Contact:
    id: str
    roid: str
    sponsor: str
    creator: str
    created_at: datetime
    postal: dict[str, dict[str, Any]]  # "int" and "loc" → name, org, street, city, sp, pc, cc
    email: str
    voice: str = ""
    fax: str = ""
    auth_code: str = ""
    statuses: set[str] = field(default_factory=set)
    updated_at: datetime | None = None


@dataclass
class Host:
    name: str
    roid: str
    sponsor: str
    creator: str
    created_at: datetime
    addresses: list[str] = field(default_factory=list)
    statuses: set[str] = field(default_factory=set)
    updated_at: datetime | None = None


@dataclass
class Transfer:
    """``status`` as in RFC 5730, 2.9.3.4: pending, clientApproved, clientRejected, clientCancelled, serverApproved."""

    gainer: str
    loser: str
    asked_at: datetime
    act_by: datetime
    years: int
    status: str = "pending"
    done_at: datetime | None = None


@dataclass
class Domain:
    name: str
    roid: str
    sponsor: str
    creator: str
    created_at: datetime
    expires_at: datetime
    registrant: str
    auth_code: str
    contacts: dict[str, list[str]] = field(default_factory=dict)  # role → handles
    nameservers: list[str] = field(default_factory=list)
    statuses: set[str] = field(default_factory=set)
    ds: list[tuple[int, int, int, str]] = field(default_factory=list)  # key tag, algorithm, digest type, digest
    updated_at: datetime | None = None
    transferred_at: datetime | None = None
    transfer: Transfer | None = None
    redemption_until: datetime | None = None  # deleted, but can be restored (RFC 3915)
    purge_at: datetime | None = None

    @property
    def is_deleted(self) -> bool:
        return self.redemption_until is not None


@dataclass
class State:
    registrars: dict[str, Registrar] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)
    domains: dict[str, Domain] = field(default_factory=dict)
    counter: int = 0

    def next_number(self) -> int:
        self.counter += 1
        return self.counter
