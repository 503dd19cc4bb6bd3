"""What the operations share: the registry's driver, the row that a job is about, and answers written into it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.urls import reverse

from accounts.actors import Actor
from cloudpanel.core.drivers import get_driver
from cloudpanel.provisioning.errors import ConfigurationError, PermanentError
from cloudpanel.provisioning.models import Job
from domains.drivers.base import Address, ContactSpec, DomainRecord, DsRecord, HostSpec, RegistryDriver
from domains.models import Contact, Domain
from domains.registries import registries


def driver_named(registry: str) -> RegistryDriver:
    """ConfigurationError when the settings name that registry no more."""
    if registry not in registries():
        raise ConfigurationError(f"REGISTRIES has no {registry!r} any more")
    return cast("RegistryDriver", get_driver(registries()[registry].driver_name))


def driver_of(domain: Domain) -> RegistryDriver:
    return driver_named(domain.registry)


def domain_of(job: Job) -> Domain:
    """The row as it is now, with its holder. PermanentError when it is over."""
    rows = Domain.objects.select_related("registrant", "subscription")
    row: Domain | None = rows.filter(public_id=job.params["domain"]).first()
    if row is None or row.state in Domain.OVER:
        raise PermanentError("El dominio ya no está en la cuenta.", "no row, or over")
    return row


def contact_spec(contact: Contact, *, is_private: bool = False) -> ContactSpec:
    return ContactSpec(
        id=contact.public_id,
        name=contact.name,
        organisation=contact.organisation,
        address=Address([contact.street], contact.city, contact.state, contact.postal_code, contact.country),
        email=contact.email,
        phone=contact.phone,
        is_private=is_private,
    )


def holder_of(domain: Domain) -> ContactSpec:
    if domain.registrant is None:
        raise PermanentError("Falta el titular del dominio.", "no registrant")
    return contact_spec(domain.registrant, is_private=domain.is_private)


def hosts_of(domain: Domain) -> list[HostSpec]:
    return [HostSpec(name, tuple(domain.glue.get(name, ()))) for name in domain.nameservers]


def ds_of(domain: Domain) -> list[DsRecord]:
    return [DsRecord(*record) for record in domain.ds_records]


def facts_of(record: DomainRecord) -> dict[str, Any]:
    """What the registry says, for ``Job.result``: JSON."""
    return {
        "registered_at": _text(record.created_at),
        "expires_at": _text(record.expires_at),
        "is_locked": record.is_locked,
        "nameservers": list(record.nameservers),
    }


def moment_in(facts: dict[str, Any], name: str) -> datetime | None:
    text = facts.get(name)
    return datetime.fromisoformat(text) if text else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def actor_of(job: Job) -> Actor:
    """Whoever asked for the job; the worker acts for them."""
    return Actor(user=job.requested_by, impersonator=job.on_behalf_by, origin="trabajador")


def page_of(job: Job) -> str:
    row = Domain.objects.filter(public_id=job.params.get("domain")).first()
    return reverse("domains:domain", args=[row.public_id]) if row else ""


def nothing_to_move(job: Job) -> None:
    """A failed job is shown as *Requiere atención* by itself: the row keeps what was wanted."""
