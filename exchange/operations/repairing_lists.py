"""*Reparar* and *Quitar* for distribution lists and contacts, as a comparison found them."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.action_log import log_action
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result
from exchange.models import DistributionList, ExternalContact, Finding
from exchange.operations.common import actor_of, mail_driver, nothing_to_move
from exchange.operations.lists import contact_spec, list_spec
from exchange.services.findings import close_findings


def finding_of(job: Job) -> Finding | None:
    return Finding.objects.select_related("subscription").filter(public_id=job.params["finding"]).first()


def page_of_finding(job: Job) -> str:
    finding = finding_of(job)
    return reverse("exchange:findings", args=[finding.subscription.public_id]) if finding else ""


def row_of(finding: Finding) -> DistributionList | ExternalContact | None:
    """What the panel has of it."""
    if finding.thing == Finding.Thing.LIST:
        return DistributionList.objects.filter(public_id=finding.mail_id).first()
    return ExternalContact.objects.select_related("subscription").filter(public_id=finding.mail_id).first()


def remove_stray(finding: Finding) -> None:
    """For *Quitar*. PermanentError when the panel has it by now."""
    if row_of(finding) is not None:
        raise PermanentError("Ya está en el panel: elimínelo desde su página.", "in the panel meanwhile")
    if finding.thing == Finding.Thing.LIST:
        mail_driver().remove_list(finding.mail_id)
    else:
        mail_driver().remove_contact(finding.mail_id)


def _repair(run: JobRun) -> Result:
    finding = finding_of(run.job)
    row = row_of(finding) if finding is not None else None
    if row is None:
        raise PermanentError("Ya no existe en el panel.", "no row")
    if isinstance(row, DistributionList):
        outcome = mail_driver().ensure_list(list_spec(row))
    else:
        outcome = mail_driver().ensure_contact(contact_spec(row))
    return Result(data={"outcome": str(outcome)})


def _repaired(job: Job) -> None:
    finding = finding_of(job)
    if finding is None:
        return
    close_findings(finding.subscription_id, [finding.mail_id])
    log_action(
        actor=actor_of(job),
        account=finding.account_id,
        action=f"exchange.{finding.thing}.repaired",
        target=row_of(finding) or finding,
        target_name=finding.address,
    )


repair_thing = Operation(
    run=_repair,
    succeeded=_repaired,
    failed=nothing_to_move,
    driver="mail",
    label=_("Reparar una lista o un contacto en el servidor de correo"),
    url=page_of_finding,
)
