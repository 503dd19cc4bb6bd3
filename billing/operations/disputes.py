"""What the gateway says of a contested charge."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from billing.models import Dispute, Payment
from billing.operations.common import actor_of, card_gateway
from billing.services.disputes import note_dispute
from billing.services.methods import GATEWAY
from billing.services.paying import AWAITED
from cloudpanel.provisioning.errors import StillRunning
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result

logger = logging.getLogger(__name__)


def _read(run: JobRun) -> Result:
    answer = card_gateway().read_dispute(run.params["dispute"])
    if _charged(answer.charge).filter(state__in=AWAITED).exists():  # we have not heard yet that it succeeded
        raise StillRunning(answer.ref, poll_after=60.0, provider_ref=answer.ref)
    facts = {"charge": answer.charge, "state": str(answer.state), "amount": str(answer.amount), "reason": answer.reason}
    return Result(provider_ref=answer.ref, data=facts)


def _charged(ref: str) -> QuerySet[Payment]:
    return Payment.objects.filter(gateway=GATEWAY, gateway_ref=ref).exclude(gateway_ref="")


def _noted(job: Job) -> None:
    told = job.result
    payment = _charged(told["charge"]).first()
    if payment is None:
        logger.warning("A contested charge is not ours: %s of %s", job.params["dispute"], told["charge"])
        return
    note_dispute(
        actor=actor_of(job),
        payment=payment,
        ref=job.params["dispute"],
        state=Dispute.State(told["state"]),
        amount=Decimal(told["amount"]),
        reason=told["reason"],
    )


def _unread(job: Job) -> None:
    """Support retries it; the gateway's next event asks again."""


read_dispute = Operation(
    run=_read,
    succeeded=_noted,
    failed=_unread,
    driver=GATEWAY,
    label=_("Consultar un contracargo"),
    max_attempts=50,
    deadline=timedelta(days=7),
)
