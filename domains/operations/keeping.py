"""What the owner of a domain changes: the row says what is wanted, the job makes the registry follow."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.dates import years_between
from domains.models import Domain
from domains.operations.common import (
    actor_of,
    domain_of,
    driver_of,
    ds_of,
    facts_of,
    holder_of,
    hosts_of,
    moment_in,
    nothing_to_move,
    page_of,
)
from domains.services.renewing import renewed


def _renew(run: JobRun) -> Result:
    """``expires_at`` is what was renewed from: once the registry is beyond it, a repeated call renews nothing."""
    domain = domain_of(run.job)
    if domain.expires_at is None or domain.paid_until is None:
        return Result()
    years = years_between(domain.expires_at, domain.paid_until)
    if not years:
        return Result()
    record = driver_of(domain).ensure_renewed(domain.name, expires_at=domain.expires_at, years=years)
    return Result(data={"facts": facts_of(record)})


def _renewed(job: Job) -> None:
    expires_at = moment_in(job.result.get("facts", {}), "expires_at")
    row = (
        Domain.objects.select_for_update(of=("self",))
        .select_related("subscription")
        .get(public_id=job.params["domain"])
    )
    if expires_at is not None and expires_at != row.expires_at:
        renewed(row, expires_at, actor_of(job))


renew_domain = Operation(
    run=_renew, succeeded=_renewed, failed=nothing_to_move, url=page_of, label=_("Renovar un dominio"), max_attempts=20
)


def _lock(domain: Domain) -> None:
    driver_of(domain).set_lock(domain.name, is_locked=domain.is_locked)


def _nameservers(domain: Domain) -> None:
    driver_of(domain).set_nameservers(domain.name, hosts_of(domain))


def _registrant(domain: Domain) -> None:
    driver_of(domain).set_registrant(domain.name, holder_of(domain))


def _ds(domain: Domain) -> None:
    driver_of(domain).set_ds_records(domain.name, ds_of(domain))


PARTS: dict[str, Callable[[Domain], None]] = {
    "lock": _lock,
    "nameservers": _nameservers,
    "registrant": _registrant,
    "ds": _ds,
}


def _update(run: JobRun) -> Result:
    domain = domain_of(run.job)
    for part in run.params["parts"]:
        PARTS[part](domain)
    return Result(data={"parts": run.params["parts"]})


def _updated(job: Job) -> None:
    """The row has said so from the beginning."""


update_domain = Operation(
    run=_update, succeeded=_updated, failed=nothing_to_move, url=page_of, label=_("Cambiar un dominio en el registro")
)


def _set_auth_code(run: JobRun) -> Result:
    if run.secret is None:
        raise PermanentError("La clave ya no se conserva: pida otra.", "no secret")
    domain = domain_of(run.job)
    driver_of(domain).set_auth_code(domain.name, run.secret["auth_code"])
    return Result()


set_auth_code = Operation(
    run=_set_auth_code,
    succeeded=_updated,
    failed=nothing_to_move,
    url=page_of,
    label=_("Poner una clave de autorización"),
)
