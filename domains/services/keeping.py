"""What the owner changes about a domain: written into the row, and a job makes the registry follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.domain_names import clean_domain
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import retry_job
from domains.auth_codes import random_auth_code
from domains.models import Contact, Domain
from domains.services.jobs import begin, lock_key

LEAST_HOSTS, MOST_HOSTS = 2, 13
MOST_ADDRESSES = 4
MOST_DS = 8
MOST_UNDONE = 20
DIGEST_LENGTHS = {1: 40, 2: 64, 4: 96}  # SHA-1, SHA-256, SHA-384: hexadecimal digits (RFC 4034, RFC 6605)
ALGORITHMS = frozenset({5, 7, 8, 10, 13, 14, 15, 16})
_HOST = re.compile(r"[\s,;]+")


def closed_reason(domain: Domain) -> str:
    """Why nothing can be changed about it here; empty when it can."""
    if domain.kind == Domain.Kind.EXTERNAL:
        return _("Este dominio se administra con su otro proveedor.")
    reasons = {
        Domain.State.PENDING: _("El dominio todavía no está con nosotros."),
        Domain.State.REDEMPTION: _("El dominio está en rescate: rescátelo primero."),
        Domain.State.FAILED: _("El dominio no llegó a registrarse."),
        Domain.State.GONE: _("El dominio ya no está con nosotros."),
        Domain.State.TERMINATED: _("El dominio se dio de baja."),
    }
    return reasons.get(Domain.State(domain.state), "")


def require_open(domain: Domain) -> None:
    if reason := closed_reason(domain):
        raise BusinessError(reason, code="closed")


@transaction.atomic
def set_lock(*, actor: Actor, domain: Domain, is_locked: bool) -> None:
    """*Bloqueo de transferencia*, on or off."""
    require_open(domain)
    if domain.is_locked == is_locked:
        return
    _write(actor, domain, "lock", "lock_switched", is_locked=is_locked)


def read_nameservers(text: str, domain: Domain) -> dict[str, list[str]]:
    """One server per line, with its addresses behind it where it lies below the domain itself (glue). BusinessError says
    which line is wrong."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        parts = [part for part in _HOST.split(line.strip()) if part]
        if not parts:
            continue
        name = clean_domain(parts[0], field="servidores")
        if name in found:
            raise _wrong(_("%(name)s está dos veces."), name)
        found[name] = _addresses(name, parts[1:], domain)
    if not LEAST_HOSTS <= len(found) <= MOST_HOSTS:
        raise BusinessError(_("Indique de 2 a 13 servidores de nombres, uno por línea."), field="servidores")
    return found


def _addresses(name: str, texts: Sequence[str], domain: Domain) -> list[str]:
    is_below = name == domain.name or name.endswith(f".{domain.name}")
    if is_below and not texts:
        raise _wrong(_("%(name)s está dentro de este dominio: escriba su dirección IP en la misma línea."), name)
    if texts and not is_below:
        raise _wrong(_("%(name)s no está dentro de este dominio: no lleva dirección IP."), name)
    if len(texts) > MOST_ADDRESSES:
        raise _wrong(_("%(name)s tiene demasiadas direcciones: hasta cuatro."), name)
    return list(dict.fromkeys(_address(name, each) for each in texts))


def _address(name: str, text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        raise _wrong(_("“%(text)s” no es una dirección IP (%(name)s)."), name, text=text[:60]) from None
    is_mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    if not address.is_global or address.is_multicast or is_mapped:
        raise _wrong(_("%(text)s no se alcanza desde internet (%(name)s)."), name, text=text)
    return str(address)


def _wrong(sentence: str, name: str, **facts: str) -> BusinessError:
    return BusinessError(sentence % {"name": name, **facts}, field="servidores")


@transaction.atomic
def change_nameservers(*, actor: Actor, domain: Domain, hosts: Mapping[str, Sequence[str]]) -> None:
    """Exactly these. ``hosts``: name → addresses (:func:`read_nameservers`)."""
    require_open(domain)
    glue = {name: list(addresses) for name, addresses in hosts.items() if addresses}
    _write(actor, domain, "nameservers", "nameservers_changed", nameservers=sorted(hosts), glue=glue)


@transaction.atomic
def change_registrant(*, actor: Actor, domain: Domain, contact: Contact) -> None:
    """The holder, who fills the other roles too."""
    require_open(domain)
    before = str(domain.registrant or "")
    domain.registrant = contact
    domain.save(update_fields=["registrant"])
    begin(actor=actor, domain=domain, verb="update_domain", parts=["registrant"])
    _log(actor, domain, "registrant_changed", {"registrant": before}, {"registrant": str(contact)})


def read_ds_records(text: str) -> list[list[Any]]:
    """``12345 13 2 ABCD…`` per line, as signers print them (RFC 4034, 5.3); none leaves the domain unsigned."""
    records: list[list[Any]] = []
    for number, line in enumerate(text.splitlines(), 1):
        parts = line.split()
        if not parts:
            continue
        if "DS" in (part.upper() for part in parts):  # a whole line of a zone file was pasted
            parts = parts[[part.upper() for part in parts].index("DS") + 1 :]
        record = _ds_record(parts, number)
        if record not in records:
            records.append(record)
    if len(records) > MOST_DS:
        raise BusinessError(_("Hasta ocho registros DS."), field="registros")
    return records


def _ds_record(parts: Sequence[str], number: int) -> list[Any]:
    facts = {"number": number}
    if len(parts) < 4 or not all(part.isascii() and part.isdecimal() for part in parts[:3]):
        raise BusinessError(
            _("Línea %(number)s: escriba etiqueta, algoritmo, tipo de resumen y resumen, por ejemplo 12345 13 2 8A1F…")
            % facts,
            field="registros",
        )
    tag, algorithm, kind = (int(part[:6]) for part in parts[:3])
    digest = "".join(parts[3:]).upper()
    if tag > 65535 or algorithm not in ALGORITHMS or kind not in DIGEST_LENGTHS:
        raise BusinessError(
            _("Línea %(number)s: la etiqueta, el algoritmo o el tipo de resumen no existe.") % facts, field="registros"
        )
    if not re.fullmatch(r"[0-9A-F]+", digest) or len(digest) != DIGEST_LENGTHS[kind]:
        facts = {**facts, "length": DIGEST_LENGTHS[kind]}
        raise BusinessError(
            _("Línea %(number)s: el resumen debe tener %(length)s dígitos hexadecimales.") % facts, field="registros"
        )
    return [tag, algorithm, kind, digest]


@transaction.atomic
def change_ds_records(*, actor: Actor, domain: Domain, records: Iterable[Sequence[Any]]) -> None:
    require_open(domain)
    _write(actor, domain, "ds", "dnssec_changed", ds_records=[list(record) for record in records])


@transaction.atomic
def ask_auth_code(*, actor: Actor, domain: Domain) -> str:
    """A fresh key, for the screen and nothing else: until the registry has it, it lies encrypted in the job, and nowhere
    afterwards. BusinessError while the domain is locked, or an operation is under way."""
    require_open(domain)
    if domain.is_locked:
        raise BusinessError(_("Quite primero el bloqueo de transferencia: con él la clave no sirve."), code="locked")
    code = random_auth_code()
    begin(actor=actor, domain=domain, verb="set_auth_code", secret={"auth_code": code})
    _log(actor, domain, "auth_code_shown", {}, {})
    return code


def undone(domain: Domain) -> Job | None:
    """What failed last; else the last change that the registry did not take, though another one succeeded since then: the
    row still says what was wanted."""
    if domain.last_job is not None and domain.last_job.state == JobState.FAILED:
        return domain.last_job
    mine = Job.objects.filter(
        account_id=domain.account_id, lock_key=lock_key(domain), operation="domains.update_domain"
    ).order_by("-pk")
    for failed in mine.filter(state=JobState.FAILED)[:MOST_UNDONE]:
        later = mine.filter(pk__gt=failed.pk).exclude(state__in=[JobState.FAILED, JobState.CANCELLED])
        done = {part for params in later.values_list("params", flat=True) for part in params["parts"]}
        if not done.issuperset(failed.params["parts"]):
            return failed
    return None


@transaction.atomic
def retry(*, actor: Actor, domain: Domain) -> None:
    """*Reintentar* what failed last."""
    job = undone(domain)
    if job is None:
        raise BusinessError(_("No hay nada que reintentar."), code="not_failed")
    retry_job(actor=actor, job=job)


def _write(actor: Actor, domain: Domain, part: str, verb: str, **fields: Any) -> None:
    before = {name: _readable(getattr(domain, name)) for name in fields}
    for name, value in fields.items():
        setattr(domain, name, value)
    domain.save(update_fields=list(fields))
    begin(actor=actor, domain=domain, verb="update_domain", parts=[part])
    _log(actor, domain, verb, before, {name: _readable(value) for name, value in fields.items()})


def _readable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: ", ".join(each) for name, each in value.items()}
    if isinstance(value, list):
        return ", ".join(" ".join(map(str, each)) if isinstance(each, list) else str(each) for each in value)
    return value


def _log(actor: Actor, domain: Domain, verb: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    log_action(
        actor=actor,
        account=domain.account_id,
        action=f"domains.domain.{verb}",
        target=domain,
        before=before,
        after=after,
    )
