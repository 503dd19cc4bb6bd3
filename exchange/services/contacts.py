"""*Contactos externos*: people outside who can be members of lists. They take no place of the plan."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.services import enqueue
from exchange.models import ExternalContact, MailDomain
from exchange.services import jobs
from exchange.services.addresses import clean_outside_address
from exchange.services.conflicts import conflicts_in_words
from exchange.services.mailboxes import clean_display_name, require_open
from marketplace.models import Subscription

MAX_CONTACTS = 5000
REMOVE = "exchange.remove_contact"


def create_contact(*, actor: Actor, subscription: Subscription, name: str, email: str) -> ExternalContact:
    """BusinessError with its field when the address is none, is known already, or is of the house."""
    with conflicts_in_words(), transaction.atomic():
        require_open(subscription)
        if ExternalContact.objects.filter(subscription=subscription).count() >= MAX_CONTACTS:
            raise BusinessError(_("Una suscripción puede tener 5,000 contactos como máximo."))
        email = _outside(email)
        row = ExternalContact.objects.create(
            account=subscription.account,
            subscription=subscription,
            name=clean_display_name(name, field="name"),
            email=email,
        )
        _begin(actor, row)
        _log(actor, row, "created", after={"name": row.name})
        return row


def update_contact(*, actor: Actor, contact: ExternalContact, name: str, email: str) -> None:
    """The lists that it is on go on with the new address."""
    with conflicts_in_words(), transaction.atomic():
        require_settled(contact)
        before = {"name": contact.name, "email": contact.email}
        after = {"name": clean_display_name(name, field="name"), "email": _outside(email)}
        if before == after:
            return
        contact.name, contact.email = after["name"], after["email"]
        contact.save(update_fields=["name", "email"])
        _begin(actor, contact)
        _log(actor, contact, "updated", before=before, after=after)


@transaction.atomic
def delete_contact(*, actor: Actor, contact: ExternalContact) -> None:
    """It leaves all lists and the address book; the row goes when the mail system has let it go."""
    if contact.last_job is not None and contact.last_job.operation == REMOVE and contact.last_job.is_active:
        return  # the second click of two
    _begin(actor, contact, "remove_contact")
    _log(actor, contact, "deletion_requested")


@transaction.atomic
def retry_contact(*, actor: Actor, contact: ExternalContact) -> None:
    require_open(contact.subscription)
    jobs.retry(actor, contact.last_job)
    _log(actor, contact, "retried")


def require_settled(contact: ExternalContact) -> None:
    require_open(contact.subscription)
    job = contact.last_job
    if job is not None and (job.is_active or job.operation == REMOVE):
        raise BusinessError(_("Ya hay una operación en curso."), code="operation_in_progress")


def _outside(text: str) -> str:
    email = clean_outside_address(text)
    if MailDomain.objects.filter(name=email.rpartition("@")[2], state=MailDomain.State.ACTIVE).exists():
        raise BusinessError(
            _("Esta dirección es de un dominio de este servicio de correo: no es un contacto externo."), field="email"
        )
    return email


def _begin(actor: Actor, contact: ExternalContact, verb: str = "ensure_contact") -> None:
    job = enqueue(
        actor=actor,
        account=contact.account,
        operation=f"exchange.{verb}",
        lock_key=f"exchange.contact:{contact.public_id}",
        params={"contact": str(contact.public_id)},
    )
    ExternalContact.objects.filter(pk=contact.pk).update(last_job=job)
    contact.last_job = job


def _log(actor: Actor, contact: ExternalContact, what: str, **change: Mapping[str, object]) -> None:
    log_action(actor=actor, account=contact.account_id, action=f"exchange.contact.{what}", target=contact, **change)
