"""*Confirmar*: the purchase, its charge, and the job that carries it out, in one transaction. Statements are counted
(``tests/marketplace/test_confirming_is_cheap.py``): whoever clicks is waiting."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from accounts.models import Account, ActionLogEntry
from billing.services.on_account import book_charge
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.sequences import next_values
from marketplace.lifecycle import lifecycle_of
from marketplace.models import Order, OrderLine, Subscription, SubscriptionResource
from marketplace.services.orders import enqueue_for
from marketplace.services.pricing import Quote

_ORDER_ID = "marketplace_order_id_seq"
_ORDER_NUMBER = "marketplace_order_number_seq"
_SUBSCRIPTION_ID = "marketplace_subscription_id_seq"


def find_order(account: Account, token: UUID) -> Order | None:
    """The order that this purchase already became."""
    return Order.objects.filter(account=account, token=token).first()


def confirm_purchase(*, actor: Actor, account: Account, quote: Quote, token: UUID, return_path: str = "") -> Order:
    """Places the order for what ``quote`` says, which the customer has seen and whose terms they accept.

    ``token`` was made when the purchase began: a second confirmation of it, also at the same moment, gives the order
    of the first and charges nothing. Raises BusinessError ``operation_in_progress`` when the subscription to be
    changed is busy.
    """
    try:
        with transaction.atomic():
            return _place(actor, account, quote, token, return_path)
    except IntegrityError as error:
        if "order_once_per_purchase" not in str(error):
            raise
        return Order.objects.get(account=account, token=token)
    except BusinessError:
        first = find_order(account, token)  # the other click holds the subscription's lock
        if first is None:
            raise
        return first


def _place(actor: Actor, account: Account, quote: Quote, token: UUID, return_path: str) -> Order:
    """All rows know their numbers beforehand, so each is written once and none is updated."""
    order_id, number, new_id = next_values(_ORDER_ID, _ORDER_NUMBER, _SUBSCRIPTION_ID)
    today, monthly = quote.today, quote.monthly
    subscription = quote.subscription or _new_subscription(account, quote, new_id)
    order = Order(
        pk=order_id,
        number=number,
        account=account,
        created_by=actor.user,
        token=token,
        kind=quote.kind,
        description=quote.description[:200],
        subscription=subscription,
        subtotal=today.subtotal,
        tax_rate=today.tax_rate,
        tax=today.tax,
        total=today.total,
        monthly_total=monthly.total,
        terms=quote.terms,
        terms_accepted_by=actor.name[:254],
        terms_accepted_at=timezone.now(),
        return_path=return_path,
    )
    order.job = enqueue_for(order, actor=actor)
    entries = [_entry(actor, account, order, quote)]
    if order.total:
        order.payment = book_charge(
            actor=actor,
            account=account,
            source=f"order:{order.public_id}",
            lines=quote.invoice_lines(),
            concept=f"{order}: {order.description}",
        )
    if quote.subscription is None:
        subscription.last_job = order.job
        subscription.save(force_insert=True)
        SubscriptionResource.objects.bulk_create(
            SubscriptionResource(subscription=subscription, resource=resource, included=amount)
            for resource, amount in sorted(quote.grants.items())
        )
        lifecycle_of(subscription).prepare(subscription, actor=actor)
    order.save(force_insert=True)
    OrderLine.objects.bulk_create(line.as_order_line(order) for line in quote.lines)
    log_actions(entries)
    return order


def _new_subscription(account: Account, quote: Quote, pk: int) -> Subscription:
    product = quote.plan.product
    return Subscription(
        pk=pk,
        account=account,
        product=product,
        plan=quote.plan,
        kind=product.kind,
        name=quote.description[:120],
        price=quote.monthly.subtotal,
    )


def _entry(actor: Actor, account: Account, order: Order, quote: Quote) -> ActionLogEntry:
    after = {
        "kind": order.kind,
        "description": order.description,
        "lines": {line.description: line.units for line in quote.lines},
        "total": str(order.total),
        "terms": quote.terms.version,
    }
    return build_entry(actor=actor, account=account, action="marketplace.order.placed", target=order, after=after)
