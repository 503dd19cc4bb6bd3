"""Whether a domain can be transferred to us, found out before anything is charged; the true cause when not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cloudpanel.provisioning.errors import PermanentError, TransientError
from domains.drivers.base import Availability, DomainRecord, RegistryDriver
from domains.drivers.lookup import Found
from domains.services.names import most_years

TOO_YOUNG = timedelta(days=60)


Publicly = Callable[[str], Found]  # what RDAP, or else WHOIS, says of a name


def check_transferable(driver: RegistryDriver, name: str, auth_code: str, publicly: Publicly) -> DomainRecord:
    """Raises PermanentError with the sentence that the customer reads."""
    found = driver.check([name]).get(name, Availability.UNKNOWN)
    if found == Availability.FREE:
        raise _no("Nadie tiene registrado este dominio: puede registrarlo como nuevo.")
    if found == Availability.UNKNOWN:
        raise TransientError("the registry does not say whether the name exists")
    record = driver.find_domain(name, auth_code)
    if record is None:
        raise _no("El dominio no existe en el registro.")
    reason = _why_not(record, now := datetime.now(UTC)) or _why_not(_completed(record, publicly), now)
    if reason:
        raise _no(reason)
    return record


def _completed(record: DomainRecord, publicly: Publicly) -> DomainRecord:
    """With the dates that the registry keeps to itself and tells the public. Where nobody tells, they stay open: the registry
    refuses by itself, and what was paid goes back."""
    if record.created_at and record.transferred_at:
        return record
    found = publicly(record.name)
    return replace(
        record,
        created_at=record.created_at or found.created_at,
        transferred_at=record.transferred_at or found.transferred_at,
        expires_at=record.expires_at or found.expires_at,
    )


def _why_not(record: DomainRecord, now: datetime) -> str:
    if record.is_ours:
        return "El dominio ya está con nosotros. Si no lo ve en su cuenta, escriba a soporte."
    if record.is_in_redemption:
        return "El dominio venció y está en rescate: solo su proveedor actual puede recuperarlo."
    if "pendingTransfer" in record.statuses:
        return "El dominio ya tiene una transferencia en curso."
    if record.is_locked:
        return "El dominio está bloqueado. Pida a su proveedor actual que quite el bloqueo de transferencia."
    if record.created_at and now - record.created_at < TOO_YOUNG:
        return "El dominio tiene menos de 60 días de registrado: el registro no deja transferirlo todavía."
    if record.transferred_at and now - record.transferred_at < TOO_YOUNG:
        return "El dominio cambió de proveedor hace menos de 60 días: el registro no deja transferirlo todavía."
    if record.expires_at and record.expires_at < now:
        return "El dominio está vencido. Renuévelo con su proveedor actual y pida después la transferencia."
    most = most_years(record.name)  # a transfer adds one
    if record.expires_at and record.expires_at > now + timedelta(days=366 * (most - 1)):
        return f"El dominio está pagado por casi {most} años: la transferencia agrega uno y el registro no acepta más de {most}."
    return ""


def _no(reason: str) -> PermanentError:
    return PermanentError(reason, "pre-flight")
