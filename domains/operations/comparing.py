"""Our rows against the registry's, some hundred domains in one job."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.drivers.base import DomainRecord, RegistryDriver
from domains.models import Domain
from domains.operations.common import driver_named
from domains.services.findings import Seen, note_comparison


def _compare(run: JobRun) -> Result:
    """Each domain's outcome is written as it is known: a crash begins with the rest."""
    driver = driver_named(run.params["registry"])
    rows = Domain.objects.filter(pk__in=run.params["domains"], state__in=["active", "expired"]).order_by("pk")
    for domain in rows:
        note_comparison(domain=domain, seen=_seen(driver, domain.name))
    return Result(data={"count": len(run.params["domains"])})


def _seen(driver: RegistryDriver, name: str) -> Seen:
    try:
        record = driver.find_domain(name)
    except PermanentError:  # another registrar's: it is not shown to us
        return Seen(is_there=True, is_ours=False)
    return Seen(is_there=False) if record is None else _of(record)


def _of(record: DomainRecord) -> Seen:
    return Seen(
        is_there=True,
        is_ours=record.is_ours,
        expires_at=record.expires_at,
        nameservers=record.nameservers,
        is_locked=record.is_locked,
    )


def _nothing(job: Job) -> None:
    """Written down domain by domain."""


compare_domains = Operation(
    run=_compare,
    succeeded=_nothing,
    failed=_nothing,
    label=_("Comparar dominios con el registro"),
    deadline=timedelta(hours=12),
    time_limit=timedelta(minutes=10),
)
