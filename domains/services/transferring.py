"""*Transferir dominio*: asked for, confirmed, cancelled; and what its job tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from accounts.notifications import administrators_of, notify
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.models import Job, JobState
from cloudpanel.provisioning.services import cancel_job
from domains.auth_codes import LONGEST, SHORTEST, has_valid_form
from domains.models import Contact, Domain, DomainTransfer
from domains.services.arriving import fail, write_facts
from domains.services.jobs import begin, hurry
from domains.services.names import held_already, registry_for
from domains.services.replacing import set_aside, take_over
from marketplace.models import Order, OrderItem
from marketplace.services.orders import cancel_order, fail_item

Step = DomainTransfer.Step
MOST_TRIES, TRIES_OF = 5, timedelta(hours=1)
"""Refusals of one name for one account: so nobody finds a key by trying, in our name, at a registry that counts."""


def check_auth_code(code: str) -> str:
    """The key without the blanks around it. BusinessError when it cannot be one."""
    clean = code.strip()
    if not has_valid_form(clean):
        raise BusinessError(
            _(
                "La clave de autorización tiene de %(least)s a %(most)s signos, sin espacios ni acentos. Cópiela tal cual."
            )
            % {"least": SHORTEST, "most": LONGEST},
            field="clave",
        )
    return clean


def ask_for_transfer(*, actor: Actor, account: Account, name: str, registrant: Contact, auth_code: str) -> Domain:
    """*Enviar*: a job checks whether it can be; nothing is charged yet. ``name`` is a registrable A-label. One that the account
    has as an external domain may come too."""
    registry = registry_for(name)
    code = check_auth_code(auth_code)
    _require_patience(account, name)
    try:
        with transaction.atomic():
            old = set_aside(actor=actor, account=account, name=name)
            domain = Domain.objects.create(
                account=account,
                name=name,
                kind=Domain.Kind.TRANSFER,
                registrant=registrant,
                registry=registry.name,
                nameservers=[],
            )
            DomainTransfer.objects.create(domain=domain, replaced=old)
            if old is not None:
                take_over(old, domain)
            begin(actor=actor, domain=domain, verb="transfer_domain", secret={"auth_code": code})
            log_action(actor=actor, account=account, action="domains.transfer.asked", target=domain)
            return domain
    except IntegrityError as error:
        raise held_already(error, account, name, field="dominio") from error


def _require_patience(account: Account, name: str) -> None:
    lately = DomainTransfer.objects.filter(
        domain__account=account, domain__name=name, step=Step.REFUSED, created_at__gt=timezone.now() - TRIES_OF
    )
    if lately.count() >= MOST_TRIES:
        raise BusinessError(
            _(
                "El registro ya rechazó %(count)s intentos con este dominio. Revise la causa y pruebe dentro de una hora."
            )
            % {"count": MOST_TRIES},
            field="clave",
            code="too_many",
        )


def order_transfer(domain: Domain, item: OrderItem) -> None:
    """*Confirmar*: the order is placed (inside its transaction)."""
    moved = DomainTransfer.objects.filter(domain=domain, step=Step.READY).update(
        step=Step.ORDERED, ordered_at=timezone.now()
    )
    if not moved:
        raise BusinessError(_("Esta transferencia ya no se puede confirmar."), code="not_ready")
    Domain.objects.filter(pk=domain.pk).update(subscription=item.subscription)


@transaction.atomic
def cancel_transfer(*, actor: Actor, domain: Domain) -> None:
    """Taken back; what was paid is returned. BusinessError while a worker is at it, and when it is over."""
    row = Domain.objects.select_for_update(of=("self",)).select_related("transfer", "last_job").get(pk=domain.pk)
    if row.transfer.step not in DomainTransfer.OPEN:
        raise BusinessError(_("La transferencia ya terminó."), code="over")
    if row.last_job is not None and row.last_job.state == JobState.RUNNING:
        raise BusinessError(_("Se está hablando con el registro en este momento. Inténtelo de nuevo en unos segundos."))
    if row.last_job is not None and row.last_job.state == JobState.QUEUED:
        cancel_job(actor=actor, job=row.last_job)
    order = _order_of(row)
    if order is not None:
        _stop(order)
        cancel_order(actor=actor, order=order)
    log_action(actor=actor, account=row.account_id, action="domains.transfer.cancelled", target=row)


def note_arrival(domain: Domain, facts: Mapping[str, Any]) -> None:
    """It is ours at the registry: the order's job, which waits for this, goes on."""
    write_facts(domain, facts)
    moved = DomainTransfer.objects.filter(domain=domain).exclude(step__in=DomainTransfer.OVER)
    if moved.update(step=Step.ARRIVED, ended_at=timezone.now()):
        hurry(_activation_of(domain))


def note_end(domain: Domain, *, reason: str, to: DomainTransfer.Step | None = None) -> None:
    """It will not come. Before the order it simply failed; afterwards the order's job hears of it and pays back."""
    open_ones = DomainTransfer.objects.filter(domain=domain, step__in=DomainTransfer.OPEN)
    early = domain.subscription_id is None
    step = to or (Step.REFUSED if early else Step.REJECTED)
    if not open_ones.update(step=step, ended_at=timezone.now(), reason=reason):
        return
    if early:
        fail(domain, reason or _("Se canceló la transferencia."))
        if to is None:
            _tell(domain, reason)
    else:
        hurry(_activation_of(domain))


def _tell(domain: Domain, reason: str) -> None:
    notify(
        account=domain.account_id,
        users=administrators_of(domain.account_id),
        title=lambda: _("No se puede transferir %(name)s") % {"name": domain.readable_name},
        body=lambda: reason,
        url=f"/dominios/{domain.public_id}/",
        level="warning",
    )


def _order_of(domain: Domain) -> Order | None:
    if domain.subscription_id is None:
        return None
    sales = Order.objects.filter(items__subscription=domain.subscription_id, kind=Order.Kind.SALE)
    return sales.select_related("account", "invoice").order_by("-pk").first()


def _stop(order: Order) -> None:
    """An order that is being carried out is not cancelled as such; one that got stuck is."""
    if order.state == Order.State.PROVISIONING:
        item = order.items.select_related("order", "subscription__account").get()
        fail_item(item=item, user_message=_("La transferencia se canceló a petición suya."))
        order.refresh_from_db(fields=["state"])


def _activation_of(domain: Domain) -> Job | None:
    item = OrderItem.objects.filter(subscription=domain.subscription_id).select_related("job").order_by("-pk").first()
    return item.job if item else None
