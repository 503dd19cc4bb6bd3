"""What buying, transferring and restoring a domain costs, and the rows that *Confirmar* makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Account
from cloudpanel.core.domain_names import readable
from cloudpanel.core.exceptions import BusinessError
from domains.models import Contact, Domain
from domains.services.names import Shop, ending_of, held_already, registry_for
from domains.services.transferring import order_transfer
from marketplace.models import AddOn, BillingPeriod, Order, OrderItem
from marketplace.services.catalogue import terms_in_force
from marketplace.services.pricing import Quote, quote_sale
from marketplace.services.purchases import Placed


@dataclass(frozen=True, slots=True)
class Choice:
    """What the customer put together for a new domain."""

    name: str
    years: int
    registrant: Contact
    is_private: bool = False


def quote_registration(shop: Shop, name: str, *, years: int, is_private: bool) -> Quote:
    """``name`` is on sale (``require_sold``)."""
    privacy = shop.privacy(ending_of(name)) if is_private else None
    title = _("Registro de %(name)s") % {"name": readable(name)}
    return _quote(shop, name, title, {privacy: 1} if privacy else {}, years)


def quote_transfer(shop: Shop, name: str) -> Quote:
    """A transfer costs a year and adds one."""
    return _quote(shop, name, _("Transferencia de %(name)s") % {"name": readable(name)}, {}, 1)


def quote_restore(shop: Shop, domain: Domain) -> Quote:
    """The registry's price for the restore, once, and a year. BusinessError ``no_restore`` where it is not sold."""
    add_on = shop.restore(ending_of(domain.name))
    if domain.state != Domain.State.REDEMPTION or add_on is None:
        raise BusinessError(_("Este dominio no se puede rescatar aquí; escriba a soporte."), code="no_restore")
    return _quote(shop, domain.name, _("Rescate de %(name)s") % {"name": readable(domain.name)}, {add_on: 1}, 1)


def _quote(shop: Shop, name: str, title: str, units: dict[AddOn, int], years: int) -> Quote:
    return quote_sale(
        plan=shop.plans[ending_of(name)],
        units=units,
        terms=terms_in_force(shop.product.terms_slug),
        book=shop.book,
        period=BillingPeriod.YEARLY,
        periods=years,
        label=readable(name),
        title=title,
    )


def placing_registration(account: Account, choice: Choice) -> Placed:
    """The domain's row, born with its order: from then on the name is this customer's here."""

    def placed(order: Order, items: Sequence[OrderItem]) -> None:
        registry = registry_for(choice.name)
        try:
            with transaction.atomic():
                Domain.objects.create(
                    account=account,
                    subscription=items[0].subscription,
                    name=choice.name,
                    kind=Domain.Kind.REGISTERED,
                    registrant=choice.registrant,
                    registry=registry.name,
                    is_private=choice.is_private,
                    nameservers=list(registry.nameservers),
                )
        except IntegrityError as error:
            raise held_already(error, account, choice.name) from error

    return placed


def placing_transfer(domain: Domain) -> Placed:
    def placed(order: Order, items: Sequence[OrderItem]) -> None:
        order_transfer(domain, items[0])

    return placed


def placing_restore(domain: Domain) -> Placed:
    """The domain belongs to the new subscription; its old one is over."""

    def placed(order: Order, items: Sequence[OrderItem]) -> None:
        rows = Domain.objects.filter(pk=domain.pk, state=Domain.State.REDEMPTION, subscription=domain.subscription_id)
        if not rows.update(subscription=items[0].subscription):
            raise BusinessError(_("Este dominio ya no está en rescate."), code="no_restore")

    return placed
