"""Money back to a card."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from billing.gateways.base import RefundRequest, RefundState
from billing.models import Refund
from billing.operations.common import actor_of, card_gateway
from billing.services.methods import GATEWAY
from billing.services.notices import tell_refunded
from billing.services.refunding import ONGOING, fail_refund, finish_refund
from cloudpanel.provisioning.errors import StillRunning
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result

POLL = 3600.0  # seconds: banks take days


def _row(job: Job) -> Refund:
    return Refund.objects.select_related("payment__account").get(public_id=job.params["refund"])


def _refund(run: JobRun) -> Result:
    """An ensure: what was sent before is found by our own UUID."""
    refund = _row(run.job)
    if refund.state not in ONGOING:
        return Result(data={"state": "known"})
    payment = refund.payment
    request = RefundRequest(refund.public_id, payment.gateway_ref, refund.amount, payment.currency)
    answer = card_gateway().refund(request)
    if answer.state == RefundState.PROCESSING:
        Refund.objects.filter(pk=refund.pk, state=Refund.State.DUE).update(
            state=Refund.State.PROCESSING, gateway_ref=answer.ref
        )
        raise StillRunning(answer.ref, poll_after=POLL, provider_ref=answer.ref)
    message = answer.reason.message if answer.reason else ""
    return Result(provider_ref=answer.ref, data={"state": str(answer.state), "message": message})


def _settle(job: Job) -> None:
    refund, actor = _row(job), actor_of(job)
    if job.result["state"] == RefundState.SUCCEEDED:
        if finish_refund(actor=actor, refund=refund, gateway_ref=job.provider_ref):
            tell_refunded(refund.payment, refund.amount)
    elif job.result["state"] == RefundState.FAILED:
        fail_refund(actor=actor, refund=refund, message=job.result["message"])


def _stays_due(job: Job) -> None:
    """It is still owed to the customer: support tries again, or sends it by hand."""


refund_payment = Operation(
    run=_refund,
    succeeded=_settle,
    failed=_stays_due,
    driver=GATEWAY,
    label=_("Devolver un cobro con tarjeta"),
    max_attempts=50,
    deadline=timedelta(days=14),
)
