"""*Confirmar*: the purchase, its invoice, and the jobs that carry it out, in one transaction. Statements are counted
(``tests/marketplace/test_confirming_is_cheap.py``): whoever clicks is waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.action_log import build_entry, log_actions
from accounts.actors import Actor
from accounts.models import Account, ActionLogEntry
from billing.models import Invoice, PaymentMethod
from billing.services.documents import lock_accounts
from billing.services.issuing import issue_invoice
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.sequences import next_values
from marketplace.models import (
    AddOn,
    Order,
    OrderItem,
    OrderLine,
    Plan,
    Subscription,
    SubscriptionDiscount,
    SubscriptionResource,
)
from marketplace.services.catalogue import has_had
from marketplace.services.collection import collect_order
from marketplace.services.orders import start_items
from marketplace.services.pricing import Quote, QuoteLine, QuoteService
from marketplace.services.promotions import claim, discounts_of

_ORDER_ID = "marketplace_order_id_seq"
_ORDER_NUMBER = "marketplace_order_number_seq"
_ITEM_ID = "marketplace_orderitem_id_seq"
_SUBSCRIPTION_ID = "marketplace_subscription_id_seq"
Placed = Callable[[Order, Sequence[OrderItem]], None]
_RACES = ("order_once_per_purchase", "order_coupon_once_per_account")


def find_order(account: Account, token: UUID) -> Order | None:
    """The order that this purchase already became."""
    return Order.objects.filter(account=account, token=token).first()


def confirm_purchase(
    *,
    actor: Actor,
    account: Account,
    quote: Quote,
    token: UUID,
    coupon_code: str = "",
    method: PaymentMethod | None = None,
    return_path: str = "",
    on_placed: Placed | None = None,
) -> Order:
    """Places the order for what ``quote`` says, which the customer has seen and whose terms they accept. It is charged to
    ``method``, or paid by transfer.

    ``token`` was made when the purchase began: a second confirmation of it, also at the same moment, gives the order
    of the first and charges nothing. Raises BusinessError ``operation_in_progress`` when the subscription to be
    changed is busy, ``coupon_exhausted`` when somebody else took the last use of the coupon at this moment.

    ``on_placed`` ties rows of the service's own app to the new subscriptions, in the same transaction, once.
    """
    try:
        with transaction.atomic():
            order = _new_order(actor, account, quote, token)
            order.payment_method, order.return_path = method, return_path
            order.coupon_code = coupon_code[:40] if quote.coupon else ""
            return _place(actor, account, quote, order, on_placed)
    except IntegrityError as error:
        if not any(name in str(error) for name in _RACES):
            raise
        return _the_other_click(account, token, BusinessError(_("Su cuenta ya usó ese cupón."), code="coupon_refused"))
    except BusinessError as error:
        return _the_other_click(account, token, error)  # it may hold the subscription's lock, or the coupon's last use


def _the_other_click(account: Account, token: UUID, error: BusinessError) -> Order:
    first = find_order(account, token)
    if first is None:
        raise error
    return first


def _place(actor: Actor, account: Account, quote: Quote, order: Order, on_placed: Placed | None) -> Order:
    """All rows know their numbers beforehand, so each is written once and none is updated."""
    count = len(quote.services)
    order.pk, order.number, *ids = next_values(
        _ORDER_ID, _ORDER_NUMBER, *[_ITEM_ID] * count, *[_SUBSCRIPTION_ID] * count
    )
    items = [
        OrderItem(
            pk=pk, order=order, subscription=service.subscription or _new_subscription(account, quote, service, new)
        )
        for service, pk, new in zip(quote.services, ids[:count], ids[count:], strict=True)
    ]
    if quote.trial_days:
        _refuse_second_trial(account, quote)
    _save_subscriptions(items, quote)
    if on_placed is not None:
        on_placed(order, items)
    waits = bool(order.total) and not quote.is_charged_when_ready
    if waits:
        order.state = Order.State.PENDING_PAYMENT
    else:
        start_items(items, actor=actor)
    if order.total:
        order.invoice = _issue(actor, account, order, quote)
    if quote.coupon:
        claim(quote.coupon)
    _save_order(order, items, quote)
    log_actions([_entry(actor, account, order, quote)])
    if waits:
        collect_order(actor=actor, order=order)
    return order


def _save_order(order: Order, items: list[OrderItem], quote: Quote) -> None:
    order.save(force_insert=True)
    OrderItem.objects.bulk_create(items)
    OrderLine.objects.bulk_create(
        order_line(order, item, line)
        for item, service in zip(items, quote.services, strict=True)
        for line in service.lines
    )


def _new_order(actor: Actor, account: Account, quote: Quote, token: UUID) -> Order:
    today = quote.today
    return Order(
        public_id=uuid4(),
        account=account,
        created_by=actor.user,
        token=token,
        kind=quote.kind,
        description=quote.description[:200],
        package=quote.package,
        coupon=quote.coupon,
        period=quote.period,
        periods=quote.periods,
        trial_days=quote.trial_days,
        currency=quote.currency,
        subtotal=today.subtotal,
        tax_rate=today.tax_rate,
        tax=today.tax,
        total=today.total,
        recurring_total=quote.recurring.total,
        terms=quote.terms,
        terms_accepted_by=actor.name[:254],
    )


def _new_subscription(account: Account, quote: Quote, service: QuoteService, pk: int) -> Subscription:
    product = service.plan.product
    return Subscription(
        pk=pk,
        account=account,
        product=product,
        plan=service.plan,
        kind=product.kind,
        name=service.name[:120],
        price=service.recurring,
        billing_period=quote.period,
        currency=quote.currency,
        trial_days=quote.trial_days,
    )


def _refuse_second_trial(account: Account, quote: Quote) -> None:
    """Two trials at the same moment: the account's lock lets one through."""
    lock_accounts([account.pk])
    if has_had(account, quote.plan.product_id):
        raise BusinessError(_("Su cuenta ya tuvo este servicio a prueba."), code="trial_used")


def _save_subscriptions(items: list[OrderItem], quote: Quote) -> None:
    new = [
        (item.subscription, service)
        for item, service in zip(items, quote.services, strict=True)
        if service.subscription is None
    ]
    if not new:
        return
    Subscription.objects.bulk_create(subscription for subscription, _service in new)
    SubscriptionResource.objects.bulk_create(
        SubscriptionResource(subscription=subscription, resource=resource, included=amount)
        for subscription, service in new
        for resource, amount in sorted(service.grants.items())
    )
    discounts = [(subscription, each) for subscription, service in new for each in discounts_of(quote, service)]
    for subscription, discount in discounts:
        discount.subscription = subscription
    if discounts:
        SubscriptionDiscount.objects.bulk_create(discount for _subscription, discount in discounts)


def _issue(actor: Actor, account: Account, order: Order, quote: Quote) -> Invoice:
    return issue_invoice(
        actor=actor,
        account=account,
        source=f"order:{order.public_id}",
        lines=quote.billed(),
        concept=f"{order}: {order.description}",
        currency=quote.currency,
        uses_credit=False,
    )


def order_line(order: Order, item: OrderItem, line: QuoteLine) -> OrderLine:
    """The copy that stays: for what was ordered the catalogue is not asked again."""
    return OrderLine(
        order=order,
        item=item,
        plan=line.item if isinstance(line.item, Plan) else None,
        add_on=line.item if isinstance(line.item, AddOn) else None,
        description=line.description[:200],
        units=line.units,
        included_units=line.included_units,
        unit_price=line.price.amount,
        setup_fee=line.price.setup_fee,
        discount=line.period_off,
        setup_discount=line.setup_off,
        amount=line.amount,
    )


def _entry(actor: Actor, account: Account, order: Order, quote: Quote) -> ActionLogEntry:
    after = {
        "kind": order.kind,
        "description": order.description,
        "lines": {line.description: line.units for line in quote.lines},
        "total": str(order.total),
        "terms": quote.terms.version,
    }
    if quote.coupon:
        after["discount"] = quote.coupon.name
    return build_entry(actor=actor, account=account, action="marketplace.order.placed", target=order, after=after)
