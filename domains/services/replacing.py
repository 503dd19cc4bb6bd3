"""An external domain is brought here: its row steps aside for that of the transfer, and comes back if it does not arrive.

What uses the domain goes on: services know it by its name, and the zone that we host moves along.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from accounts.models import Account
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.services import cancel_job
from domains.models import Domain, DomainTransfer, Zone


def set_aside(*, actor: Actor, account: Account, name: str) -> Domain | None:
    """Inside the transaction that asks for the transfer. A claim without its proof simply ends: the key proves more.
    BusinessError while somebody looks at its DNS just now."""
    rows = Domain.objects.filter(account=account, name=name, kind=Domain.Kind.EXTERNAL).alive()
    old: Domain | None = rows.select_related("last_job").select_for_update(of=("self",)).first()
    if old is None:
        return None
    if old.state == Domain.State.PENDING:
        _end_claim(actor, old)
        return None
    Domain.objects.filter(pk=old.pk).update(state=Domain.State.TERMINATED)
    return old


def _end_claim(actor: Actor, claim: Domain) -> None:
    job = claim.last_job
    if job is not None and job.is_active and cancel_job(actor=actor, job=job).is_active:
        raise BusinessError(_("Se está comprobando en este momento. Inténtelo de nuevo en unos segundos."))
    Domain.objects.filter(pk=claim.pk).update(state=Domain.State.TERMINATED)


def take_over(old: Domain, new: Domain) -> None:
    """The zone belongs to whichever row is alive."""
    Zone.objects.alive().filter(domain=old).update(domain=new)


def give_back(domain: Domain) -> None:
    """The transfer did not arrive, and the account has the domain as before. Inside the transaction that says so."""
    transfer = DomainTransfer.objects.select_related("replaced").filter(domain=domain).first()
    old = transfer.replaced if transfer is not None else None
    if old is None:
        return
    if Domain.objects.filter(pk=old.pk, state=Domain.State.TERMINATED).update(state=Domain.State.ACTIVE):
        take_over(domain, old)
        log_action(actor=SYSTEM, account=old.account_id, action="domains.domain.given_back", target=old)
