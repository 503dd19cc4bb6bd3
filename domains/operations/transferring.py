"""A transfer from its first check to its end, in one job: it alone holds the key, encrypted, until it is over.

``DomainTransfer.step`` says what comes next. Between two steps the job rests; news (a payment, a message of the registry)
rings it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy

from cloudpanel.provisioning.errors import PermanentError, StillRunning
from cloudpanel.provisioning.models import Failure, Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from domains.drivers.base import DomainRecord, TransferRecord, TransferStatus
from domains.models import Domain, DomainTransfer
from domains.operations.checking import check_transferable
from domains.operations.common import domain_of, driver_of, facts_of, holder_of, page_of
from domains.operations.looking_up import domain_lookup
from domains.services import transferring
from marketplace.models import Order

Step = DomainTransfer.Step
CONFIRM_WITHIN = timedelta(hours=24)
PAYMENT_POLL = 900.0
SHORTEST_POLL, LONGEST_POLL = 10.0, 900.0


def _run(run: JobRun) -> Result:
    domain = domain_of(run.job)
    transfer = DomainTransfer.objects.get(domain=domain)
    code = (run.secret or {}).get("auth_code", "")
    step = Step(transfer.step)
    if step in DomainTransfer.OVER:
        raise PermanentError(transfer.reason or "La transferencia ya terminó.", "it is over")
    steps: dict[DomainTransfer.Step, Callable[[], Result]] = {
        Step.CHECKING: lambda: _check(domain, transfer, code),
        Step.READY: lambda: _wait_for_confirmation(transfer),
        Step.ORDERED: lambda: _ask(domain, transfer, code),
        Step.ASKED: lambda: _look(domain, transfer),
    }
    return steps[step]()


def _check(domain: Domain, transfer: DomainTransfer, code: str) -> Result:
    record = check_transferable(driver_of(domain), domain.name, code, domain_lookup().find)
    DomainTransfer.objects.filter(pk=transfer.pk, step=Step.CHECKING).update(
        step=Step.READY, checked_at=timezone.now(), expires_before=record.expires_at
    )
    raise StillRunning("checked: waits for the customer", poll_after=PAYMENT_POLL)


def _wait_for_confirmation(transfer: DomainTransfer) -> Result:
    if transfer.checked_at and timezone.now() - transfer.checked_at > CONFIRM_WITHIN:
        raise PermanentError("No se confirmó a tiempo; no se cobró nada. Puede pedirla de nuevo.", "not confirmed")
    raise StillRunning("waits for the customer", poll_after=PAYMENT_POLL)


def _ask(domain: Domain, transfer: DomainTransfer, code: str) -> Result:
    order = (
        Order.objects.filter(items__subscription=domain.subscription_id, kind=Order.Kind.SALE).order_by("-pk").first()
    )
    if order is None or order.state == Order.State.CANCELLED:
        raise PermanentError("El pedido se canceló.", "the order is cancelled")
    if order.state == Order.State.PENDING_PAYMENT:
        raise StillRunning("waits for the payment", poll_after=PAYMENT_POLL)
    known = driver_of(domain).ensure_transfer_asked(domain.name, auth_code=code, years=1)
    asked = known.asked_at or timezone.now()
    DomainTransfer.objects.filter(pk=transfer.pk, step=Step.ORDERED).update(
        step=Step.ASKED, asked_at=asked, act_by=known.act_by
    )
    return _judge(domain, transfer, known)


def _look(domain: Domain, transfer: DomainTransfer) -> Result:
    return _judge(domain, transfer, driver_of(domain).transfer_of(domain.name))


def _judge(domain: Domain, transfer: DomainTransfer, known: TransferRecord) -> Result:
    if known.status == TransferStatus.APPROVED:
        return Result(data={"facts": facts_of(_settle_in(domain, transfer))})
    if known.status == TransferStatus.PENDING:
        left = (known.act_by - timezone.now()).total_seconds() if known.act_by else LONGEST_POLL * 10
        raise StillRunning("waits for the other side", poll_after=min(max(left / 10, SHORTEST_POLL), LONGEST_POLL))
    words = {
        TransferStatus.REJECTED: "El proveedor actual rechazó la transferencia. Pregúntele el motivo y pídala de nuevo.",
        TransferStatus.CANCELLED: "La transferencia se canceló en el registro.",
        TransferStatus.NONE: "El registro no conoce la transferencia. Pídala de nuevo con la clave de autorización.",
    }
    raise PermanentError(words[known.status], f"transfer {known.status}")


def _settle_in(domain: Domain, transfer: DomainTransfer) -> DomainRecord:
    """In the name of its holder, and a year longer: where the transfer added none, it is renewed for the one that was paid."""
    driver = driver_of(domain)
    driver.set_registrant(domain.name, holder_of(domain))
    record = driver.find_domain(domain.name)
    if record is None:
        raise PermanentError("El registro ya no tiene el dominio. Avisamos a soporte.", "approved, and gone")
    before = transfer.expires_before
    if before and record.expires_at and record.expires_at.date() <= before.date():
        record = driver.ensure_renewed(domain.name, expires_at=record.expires_at, years=1)
    return record


def _succeeded(job: Job) -> None:
    transferring.note_arrival(_row(job), job.result["facts"])


def _failed(job: Job) -> None:
    """What was refused is over; whatever else went wrong after the payment waits for support."""
    row = _row(job)
    step = Step(row.transfer.step)
    if job.failure == Failure.PERMANENT or step in (Step.CHECKING, Step.READY):
        transferring.note_end(row, reason=job.user_message or _no_answer())


def _cancelled(job: Job) -> None:
    transferring.note_end(_row(job), reason="", to=Step.CANCELLED)


def _no_answer() -> str:
    return "El registro no contestó. No se cobró nada; inténtelo más tarde."


def _row(job: Job) -> Any:
    return Domain.objects.select_related("transfer").get(public_id=job.params["domain"])


transfer_domain = Operation(
    run=_run,
    succeeded=_succeeded,
    failed=_failed,
    cancelled=_cancelled,
    url=page_of,
    label=gettext_lazy("Transferir un dominio"),
    deadline=timedelta(days=45),
    retry_without_secret=True,
)
