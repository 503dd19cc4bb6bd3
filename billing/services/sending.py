"""Invoices by e-mail: with their PDF, as jobs, to whom the account named for billing."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import SYSTEM, Actor
from accounts.mail_models import NotificationKind, NotificationPreference
from accounts.models import AccountContact, Membership, Role
from billing.models import Invoice
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.services import NewJob, enqueue, enqueue_many

OPERATION = "billing.send_invoice"
CHUNK, MOST_CHUNKS = 500, 10
TOO_OLD = timedelta(days=3)  # an invoice that waited so long is not sent out of the blue


def addresses_for(account_id: int) -> list[str]:
    """The billing contact; without one, the administrators who want billing's e-mails."""
    contact = AccountContact.objects.filter(account=account_id, kind=AccountContact.Kind.BILLING).first()
    if contact is not None:
        return [contact.email]
    members = Membership.objects.in_force().filter(account=account_id, role=Role.ACCOUNT_ADMIN).select_related("user")
    unwilling = NotificationPreference.objects.filter(
        user__in=[member.user_id for member in members], kind=NotificationKind.BILLING, by_email=False
    )
    refused = set(unwilling.values_list("user", flat=True))
    return sorted({member.contact_email for member in members if member.user_id not in refused})


@transaction.atomic
def send_invoice(*, actor: Actor, invoice: Invoice) -> list[str]:
    """*Enviar por correo*: gives the addresses that it goes to. Raises BusinessError when there is none, or when it is on
    its way already."""
    addresses = addresses_for(invoice.account_id)
    if not addresses:
        raise BusinessError(_("Nadie recibe facturas por correo: ponga un contacto de facturación en el perfil."))
    enqueue(
        actor=actor,
        account=invoice.account,
        operation=OPERATION,
        lock_key=f"billing.invoice_email:{invoice.pk}",
        params={"invoice": invoice.pk},
    )
    Invoice.objects.filter(pk=invoice.pk).update(is_mailed=True)
    log_action(
        actor=actor,
        account=invoice.account_id,
        action="billing.invoice.sent",
        target=invoice,
        after={"link_sent_to": ", ".join(addresses)},
    )
    return addresses


def send_new_invoices() -> int:
    """A job for each invoice that nobody was sent yet; how many. Called every few seconds (``settings.PERIODIC``); several
    workers at once take different ones."""
    total = 0
    for _turn in range(MOST_CHUNKS):  # a month's renewals take some runs, and hold nobody up
        count = _send_some()
        total += count
        if count < CHUNK:
            break
    return total


@transaction.atomic
def _send_some() -> int:
    waiting = list(
        Invoice.objects.filter(is_mailed=False)
        .order_by("pk")
        .select_for_update(skip_locked=True, of=("self",))
        .values_list("pk", "issued_at")[:CHUNK]
    )
    recent = [pk for pk, issued_at in waiting if issued_at > timezone.now() - TOO_OLD]
    jobs = [NewJob(lock_key=f"billing.invoice_email:{pk}", params={"invoice": pk}) for pk in recent]
    if jobs:
        enqueue_many(actor=SYSTEM, account=None, operation=OPERATION, jobs=jobs)
    Invoice.objects.filter(pk__in=[pk for pk, _issued in waiting]).update(is_mailed=True)
    return len(waiting)
