"""Charging a card, and asking what became of a charge.

The order is what keeps one invoice from being charged twice: the gateway's name of the charge stands in our row before
anything is confirmed, only that one is ever confirmed, and its state is read before each try.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from billing.gateways.base import CardGateway, Charge, ChargeRequest, ChargeState, Declined, NeedsAuthentication
from billing.models import CardCharge, Invoice, Payment
from billing.operations.common import actor_of, card_gateway, customer_of
from billing.services.charges import charge_not_made, settle_charge
from billing.services.methods import GATEWAY
from billing.services.paying import AWAITED
from cloudpanel.core.crypto import encrypt
from cloudpanel.provisioning.errors import PermanentError, StillRunning
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result

FIRST_POLL, LONGEST_POLL = 5.0, 3600.0  # seconds
NOT_OWED = gettext_noop("La factura ya estaba pagada o se canceló.")
OUTCOMES = {
    ChargeState.SUCCEEDED: "succeeded",
    ChargeState.PROCESSING: "processing",
    ChargeState.CANCELLED: "cancelled",
    ChargeState.NEEDS_AUTHENTICATION: "needs_action",
    ChargeState.FAILED: "failed",
}


def _payment(job: Job) -> Payment:
    rows = Payment.objects.select_related("account", "invoice", "card_charge__method")
    return rows.get(public_id=job.params["payment"])


def _charge(run: JobRun) -> Result:
    payment, gateway = _payment(run.job), card_gateway()
    if payment.state not in AWAITED:  # a webhook was quicker
        return Result(provider_ref=payment.gateway_ref, data={"state": "known"})
    if _is_not_owed(payment):
        return _closed(gateway, payment)
    request = _request(gateway, payment, run.job.attempts)
    try:
        ref = payment.gateway_ref or _prepared(gateway, payment, request)
        return _result(gateway.confirm_charge(ref, request), run.job)
    except Declined as refusal:
        return Result(data={"state": "failed", "code": refusal.code, "message": refusal.user_message})
    except NeedsAuthentication as question:
        _keep_secret(payment, question.client_secret)
        return Result(provider_ref=question.ref, data={"state": "needs_action"})


def _is_not_owed(payment: Payment) -> bool:
    """A transfer came, or the invoice was cancelled, between the click and now."""
    invoice = payment.invoice
    return invoice is not None and (invoice.state != Invoice.State.OPEN or invoice.rest < payment.amount)


def _closed(gateway: CardGateway, payment: Payment) -> Result:
    """What was confirmed before may have succeeded; whatever has not, never will."""
    charge = gateway.cancel_charge(payment.gateway_ref) if payment.gateway_ref else None
    if charge is not None and charge.state in {ChargeState.SUCCEEDED, ChargeState.PROCESSING}:
        return Result(provider_ref=charge.ref, data={"state": OUTCOMES[charge.state]})
    return Result(data={"state": "cancelled", "code": "not_owed", "message": NOT_OWED})


def _request(gateway: CardGateway, payment: Payment, attempt: int) -> ChargeRequest:
    return ChargeRequest(
        id=payment.public_id,
        amount=payment.amount,
        currency=payment.currency,
        description=f"{payment.invoice or ''} {payment.concept}".strip()[:200],
        customer="" if payment.gateway_ref else customer_of(gateway, payment.account),
        card=payment.card_charge.method.gateway_ref,
        attempt=attempt,
    )


def _prepared(gateway: CardGateway, payment: Payment, request: ChargeRequest) -> str:
    """Two workers may both prepare; one name gets into the row, and only that one is confirmed."""
    charge = gateway.prepare_charge(request)
    mine = Payment.objects.filter(pk=payment.pk)
    mine.filter(gateway_ref="", state__in=AWAITED).update(gateway_ref=charge.ref)
    ref, state = mine.values_list("gateway_ref", "state").get()
    if not ref or state not in AWAITED:
        raise PermanentError("El cobro ya se había dado por terminado.", "the payment was settled meanwhile")
    return ref


def _result(charge: Charge, job: Job) -> Result:
    if charge.state == ChargeState.PROCESSING:
        raise StillRunning(charge.ref, poll_after=_patience(job), provider_ref=charge.ref)
    return Result(provider_ref=charge.ref, data=_outcome(charge))


def _outcome(charge: Charge) -> dict[str, Any]:
    told = {"state": OUTCOMES[charge.state]}
    return told | ({"code": charge.reason.code, "message": charge.reason.message} if charge.reason else {})


def _patience(job: Job) -> float:

    age = (timezone.now() - job.created_at).total_seconds()
    return min(max(age / 10, FIRST_POLL), LONGEST_POLL)


def _keep_secret(payment: Payment, client_secret: str) -> None:
    CardCharge.objects.filter(payment=payment).update(client_secret=encrypt(client_secret))


def _settle(job: Job) -> None:
    if job.result.get("state") in set(OUTCOMES.values()):
        settle_charge(actor=actor_of(job), payment=_payment(job), outcome=job.result)


def _gave_up(job: Job) -> None:
    charge_not_made(actor=actor_of(job), payment=_payment(job))


def _page(job: Job) -> str:
    return reverse("billing:payment", args=[job.params["payment"]])


charge_invoice = Operation(
    run=_charge,
    succeeded=_settle,
    failed=_gave_up,
    driver=GATEWAY,
    label=_("Cobrar con tarjeta"),
    url=_page,
    max_attempts=30,
    deadline=timedelta(days=3),
)


def _read(run: JobRun) -> Result:
    """``close``: nobody waits for it any more, so it is not left open either."""
    payment, gateway = _payment(run.job), card_gateway()
    if not payment.gateway_ref:
        return Result(data={"state": "cancelled" if run.params.get("close") else "unknown"})
    charge = gateway.read_charge(payment.gateway_ref)
    if run.params.get("close") or charge.state == ChargeState.FAILED:
        reason = charge.reason
        charge = gateway.cancel_charge(payment.gateway_ref)
        charge = Charge(charge.ref, charge.state, reason=charge.reason or reason)
    if charge.state == ChargeState.NEEDS_AUTHENTICATION:
        _keep_secret(payment, charge.client_secret)
    if charge.state not in OUTCOMES:  # prepared: its own job goes on with it
        return Result(provider_ref=charge.ref, data={"state": "unknown"})
    return Result(provider_ref=charge.ref, data=_outcome(charge))


def _unread(job: Job) -> None:
    """The sweep asks again."""


read_charge = Operation(
    run=_read,
    succeeded=_settle,
    failed=_unread,
    driver=GATEWAY,
    label=_("Consultar un cobro"),
    max_attempts=20,
    deadline=timedelta(hours=12),
)
