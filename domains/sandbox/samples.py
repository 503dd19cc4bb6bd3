"""What a new sandbox begins with: the panel as a registrar, a competitor, and the competitor's domains to transfer."""

from __future__ import annotations

from datetime import datetime, timedelta

from domains.sandbox.registry import add_years
from domains.sandbox.state import Contact, Domain, Host, Registrar, State

PANEL, COMPETITOR = "panel", "otro-registrador"
PANEL_PASSWORD = "clave-panel-01"  # noqa: S105 - of the sandbox only
COMPETITOR_PASSWORD = "clave-otro-01"  # noqa: S105
AUTH_CODE = "Transf-2026!x"
HANDLE = "OTRO-1"
# name → (age in days, is locked)
TRANSFERABLE = {
    "transferible.com": (400, False),
    "transferible.com.mx": (400, False),
    "transferible.mx": (400, False),
    "bloqueado.com": (400, True),
    "reciente.com": (20, False),
    "mudado.com": (400, False),
}
MOVED = {"mudado.com": 20}  # how many days ago it came from another registrar


def new_state(now: datetime) -> State:
    state = State()
    state.registrars = {PANEL: Registrar(PANEL, PANEL_PASSWORD), COMPETITOR: Registrar(COMPETITOR, COMPETITOR_PASSWORD)}
    address = {
        "name": "Otra Empresa",
        "org": "",
        "street": ["Calle 1"],
        "city": "Puebla",
        "sp": "",
        "pc": "72000",
        "cc": "MX",
    }
    state.contacts[HANDLE] = Contact(
        HANDLE,
        f"C{state.next_number()}-SANDBOX",
        COMPETITOR,
        COMPETITOR,
        now,
        {"int": address},
        "dominios@otro.example",
    )
    for name in ("ns1.otro.example", "ns2.otro.example"):
        state.hosts[name] = Host(name, f"H{state.next_number()}-SANDBOX", COMPETITOR, COMPETITOR, now)
    for name, (age, is_locked) in TRANSFERABLE.items():
        born = now - timedelta(days=age)
        state.domains[name] = Domain(
            name=name,
            roid=f"D{state.next_number()}-SANDBOX",
            sponsor=COMPETITOR,
            creator=COMPETITOR,
            created_at=born,
            expires_at=add_years(born, 2),
            registrant=HANDLE,
            auth_code=AUTH_CODE,
            contacts={role: [HANDLE] for role in ("admin", "tech", "billing")},
            nameservers=["ns1.otro.example", "ns2.otro.example"],
            statuses={"clientTransferProhibited"} if is_locked else set(),
            transferred_at=now - timedelta(days=MOVED[name]) if name in MOVED else None,
        )
    return state
