"""A document to the PAC and back."""

from __future__ import annotations

from datetime import timedelta
from typing import cast
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from billing.gateways.stamping import StampingGateway, StampRequest
from billing.models import CreditNote, Invoice
from billing.operations.common import actor_of
from billing.papers.cfdi import document_xml
from billing.services.stamping import GATEWAY, keep_stamp
from cloudpanel.core.drivers import get_driver
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.errors import ConfigurationError, PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result


def _document(job: Job) -> Invoice | CreditNote:
    if job.params["kind"] == "invoice":
        return Invoice.objects.get(pk=job.params["id"])
    return CreditNote.objects.select_related("invoice").get(pk=job.params["id"])


def _stamp(run: JobRun) -> Result:
    document = _document(run.job)
    try:
        xml = document_xml(document)
    except BusinessError as refusal:
        raise PermanentError(refusal.user_message, f"{document}: {refusal.code}", provider=GATEWAY) from refusal
    answer = _gateway().stamp(StampRequest(document.public_id, xml))
    return Result(provider_ref=str(answer.uuid), data={"uuid": str(answer.uuid), "xml": answer.xml.decode()})


def _gateway() -> StampingGateway:
    try:
        return cast("StampingGateway", get_driver(GATEWAY))
    except KeyError as error:
        raise ConfigurationError("no PAC is configured", provider=GATEWAY) from error


def _keep(job: Job) -> None:
    told = job.result
    keep_stamp(actor=actor_of(job), document=_document(job), uuid=UUID(told["uuid"]), xml=told["xml"])


def _stays_unstamped(job: Job) -> None:
    """Pages and papers go on saying so; support mends the cause and retries the job."""


stamp_document = Operation(
    run=_stamp,
    succeeded=_keep,
    failed=_stays_unstamped,
    driver=GATEWAY,
    label=_("Timbrar un documento fiscal"),
    max_attempts=50,
    deadline=timedelta(hours=60),
)
