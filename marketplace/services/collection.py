"""Getting the money of an order: what the customer has in their favour first, then the card they chose."""

from __future__ import annotations

from django.db import transaction

from accounts.actors import Actor
from accounts.models import Account
from billing.models import Invoice, PaymentMethod
from billing.services.allocation import use_credit
from billing.services.charges import pay_with_card
from billing.services.methods import cards_offered
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import Order


def cards_of(account: Account) -> list[PaymentMethod]:
    """Cards that an order can be charged to today, the default one first. No statement where no cards are taken."""
    if not cards_offered():
        return []
    return [card for card in PaymentMethod.objects.filter(account=account).kept() if not card.is_expired]


@transaction.atomic
def collect_order(*, actor: Actor, order: Order) -> None:
    """Once per order, however often it is called. A card that cannot be charged (any more) changes nothing: the invoice
    stays open and can be paid otherwise. Call it with the account locked."""
    invoice = order.invoice
    if invoice is None:
        return
    use_credit(actor=actor, invoice=invoice)
    if invoice.state != Invoice.State.OPEN or order.payment_method is None:
        return
    try:
        with transaction.atomic():
            pay_with_card(actor=actor, invoice=invoice, method=order.payment_method, token=f"order-{order.public_id}")
    except BusinessError:
        return
