"""Another registrar wants a domain of ours: support lets it go, or refuses."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.drivers.base import TransferStatus
from domains.operations.common import domain_of, driver_of, nothing_to_move, page_of
from domains.services.departing import departure_answered

WORDS = {
    TransferStatus.NONE: "El registro no conoce ninguna transferencia de este dominio.",
    TransferStatus.CANCELLED: "El otro proveedor ya había cancelado la transferencia.",
    TransferStatus.APPROVED: "La transferencia ya estaba aprobada: el dominio se fue.",
    TransferStatus.REJECTED: "La transferencia ya estaba rechazada.",
}


def _answer(run: JobRun) -> Result:
    """An answer that was carried out and whose acknowledgement was lost is found as it was wanted."""
    domain = domain_of(run.job)
    is_approved = bool(run.params["is_approved"])
    known = driver_of(domain).answer_departure(domain.name, is_approved=is_approved)
    if known.status != (TransferStatus.APPROVED if is_approved else TransferStatus.REJECTED):
        raise PermanentError(WORDS.get(known.status, WORDS[TransferStatus.NONE]), f"transfer {known.status}")
    return Result()


def _answered(job: Job) -> None:
    departure_answered(job.params["domain"])


answer_departure = Operation(
    run=_answer,
    succeeded=_answered,
    failed=nothing_to_move,
    url=page_of,
    label=_("Contestar a otro proveedor que pide el dominio"),
)
