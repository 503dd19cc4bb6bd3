"""*Listas de distribución*: an address whose mail goes to everybody on it. They take no place of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.services import enqueue
from exchange.models import DistributionList, MailDomain
from exchange.services import jobs
from exchange.services.addresses import clean_local_part, join_address
from exchange.services.conflicts import conflicts_in_words
from exchange.services.mailboxes import clean_display_name, require_free, require_open
from marketplace.models import Subscription

MAX_LISTS = 500
REMOVE = "exchange.remove_list"


@dataclass(frozen=True, slots=True)
class ListData:
    name: str
    local_part: str
    mail_domain: MailDomain
    senders: str


def create_list(*, actor: Actor, subscription: Subscription, data: ListData) -> DistributionList:
    """Begins a list without anybody on it. ``subscription`` needs its ``account`` loaded."""
    with conflicts_in_words(), transaction.atomic():
        require_open(subscription)
        if DistributionList.objects.filter(subscription=subscription).count() >= MAX_LISTS:
            raise BusinessError(_("Una suscripción puede tener 500 listas como máximo."))
        name, address = clean_display_name(data.name, field="name"), _address_of(subscription, data)
        require_free(address)
        row = DistributionList.objects.create(
            account=subscription.account,
            subscription=subscription,
            mail_domain=data.mail_domain,
            name=name,
            address=address,
            senders=data.senders,
        )
        begin(actor, row)
        _log(actor, row, "created", after={"name": name, "senders": _word(data.senders)})
        return row


def update_list(*, actor: Actor, row: DistributionList, data: ListData) -> None:
    """Name, address and who may write. The old address is free as soon as the mail system has let it go."""
    with conflicts_in_words(), transaction.atomic():
        require_settled(row)
        name, address = clean_display_name(data.name, field="name"), _address_of(row.subscription, data)
        before = {"name": row.name, "address": row.address, "senders": _word(row.senders)}
        after = {"name": name, "address": address, "senders": _word(data.senders)}
        if before == after:
            return
        if address != row.address:
            require_free(address)
        row.name, row.address, row.senders, row.mail_domain = name, address, data.senders, data.mail_domain
        row.save(update_fields=["name", "address", "senders", "mail_domain"])
        begin(actor, row)
        _log(actor, row, "updated", before=before, after=after)


@transaction.atomic
def delete_list(*, actor: Actor, row: DistributionList) -> None:
    """The row goes when the mail system has let the address go. A second click changes nothing."""
    if row.last_job is not None and row.last_job.operation == REMOVE and row.last_job.is_active:
        return
    begin(actor, row, "remove_list")
    _log(actor, row, "deletion_requested")


@transaction.atomic
def retry_list(*, actor: Actor, row: DistributionList) -> None:
    require_open(row.subscription)
    jobs.retry(actor, row.last_job)
    _log(actor, row, "retried")


def require_settled(row: DistributionList) -> None:
    """Nothing is under way with it, and it is not going."""
    require_open(row.subscription)
    if row.last_job is not None and row.last_job.operation == REMOVE:
        raise BusinessError(_("La lista se está eliminando."), code="operation_in_progress")
    if row.last_job is not None and row.last_job.is_active:
        raise BusinessError(_("Ya hay una operación en curso."), code="operation_in_progress")


def begin(actor: Actor, row: DistributionList, verb: str = "ensure_list") -> None:
    job = enqueue(
        actor=actor,
        account=row.account,
        operation=f"exchange.{verb}",
        lock_key=f"exchange.list:{row.public_id}",
        params={"list": str(row.public_id)},
    )
    DistributionList.objects.filter(pk=row.pk).update(last_job=job)
    row.last_job = job


def _address_of(subscription: Subscription, data: ListData) -> str:
    if data.mail_domain.subscription_id != subscription.pk or data.mail_domain.state != MailDomain.State.ACTIVE:
        raise BusinessError(_("Elija un dominio activo de esta suscripción."), field="domain")
    return join_address(clean_local_part(data.local_part), data.mail_domain.name)


def _word(senders: str) -> str:
    """For the action log, whose codes are shared by everything."""
    return f"senders_{senders}"


def _log(actor: Actor, row: DistributionList, what: str, **change: Mapping[str, object]) -> None:
    log_action(actor=actor, account=row.account_id, action=f"exchange.list.{what}", target=row, **change)
