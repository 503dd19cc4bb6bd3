"""A change of a subscription from *Confirmar* to its end: one order, one invoice or credit note, one job."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from accounts.models import Account
from billing.services.allocation import use_credit
from billing.services.collecting import collect
from billing.services.documents import lock_accounts
from billing.services.issuing import issue_invoice
from billing.services.lines import LineData
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.sequences import next_values
from marketplace.lifecycle import traits_of
from marketplace.models import (
    Order,
    OrderItem,
    OrderLine,
    Subscription,
    SubscriptionChange,
    SubscriptionResource,
)
from marketplace.services.changes import ChangeQuote, no_room
from marketplace.services.orders import start_items
from marketplace.services.pieces import Piece, pieces_of
from marketplace.services.purchases import find_order

_ORDER_NUMBER = "marketplace_order_number_seq"


def confirm_change(*, actor: Actor, quote: ChangeQuote, token: UUID, return_path: str = "") -> Order:
    """Places the order for what ``quote`` says. The same ``token`` again gives the first order and charges nothing.

    Raises BusinessError: ``change_open`` (another one is not finished), ``stale`` (the subscription is not what it was),
    ``in_use`` (somebody took meanwhile what would have to go), ``not_active``.
    """
    account = quote.subscription.account
    try:
        with transaction.atomic():
            lock_accounts([account.pk])
            return find_order(account, token) or _place(actor, account, quote, token, return_path)
    except IntegrityError as error:
        if "order_once_per_purchase" not in str(error):
            raise
        return Order.objects.get(account=account, token=token)


def fixed_reason(subscription: Subscription) -> str:
    """Why nothing can be changed or given back about what is bought whole and only runs out; empty for all others."""
    if not traits_of(subscription.kind).is_fixed:
        return ""
    return _("Este servicio se paga por adelantado y no se cambia ni se devuelve: puede dejar de renovarlo.")


def require_changeable(subscription: Subscription) -> None:
    if reason := fixed_reason(subscription):
        raise BusinessError(reason, code="fixed")


def lock_for_change(quoted: Subscription) -> Subscription:
    """The subscription as it is now, held until the transaction ends; nothing else about it may be open."""
    found = Subscription.objects.select_for_update(of=("self",)).select_related("account", "product", "plan")
    subscription = found.get(pk=quoted.pk)
    if (
        subscription.orders.filter(kind__in=[Order.Kind.CHANGE, Order.Kind.SALE])
        .exclude(state__in=Order.SETTLED)
        .exists()
    ):
        raise BusinessError(
            _("Hay un pedido de esta suscripción sin terminar: espere a que termine o cancélelo."), code="change_open"
        )
    return subscription


def _place(actor: Actor, account: Account, quote: ChangeQuote, token: UUID, return_path: str) -> Order:
    subscription = lock_for_change(quote.subscription)
    require_changeable(subscription)
    _require_same(subscription, quote)
    _take_what_goes(subscription, quote)
    order = _new_order(actor, account, quote, token)
    order.return_path = return_path
    waits = quote.net > 0 and not subscription.product.is_charged_when_ready
    order.state = Order.State.PENDING_PAYMENT if waits else Order.State.IN_PROGRESS
    order.save(force_insert=True)
    item = OrderItem.objects.create(order=order, subscription=subscription)
    lines = _order_lines(order, item, quote)
    OrderLine.objects.bulk_create(lines)
    SubscriptionChange.objects.create(
        order_item=item,
        plan=quote.plan,
        items=[piece.as_json() for piece in quote.after],
        before=dict(quote.included_before),
        after=dict(quote.included_after),
    )
    if not waits:
        start_items([item], actor=actor)
        item.save(update_fields=["job"])
    _log_placed(actor, order, lines)
    if quote.net > 0:
        _issue(actor, order, quote, lines)
    return order


def _require_same(subscription: Subscription, quote: ChangeQuote) -> None:
    if subscription.state != Subscription.State.ACTIVE:
        raise BusinessError(subscription.closed_reason, code="not_active")
    was = quote.subscription
    same_time = (subscription.period, subscription.billed_until) == (was.period, was.billed_until)
    if not same_time or pieces_of(subscription) != list(quote.before):
        raise BusinessError(_("La suscripción cambió mientras tanto: revise el cambio de nuevo."), code="stale")


def _take_what_goes(subscription: Subscription, quote: ChangeQuote) -> None:
    """One conditional UPDATE for each resource that gets less: it cannot be used any more from now on."""
    for resource, amount in quote.included_after.items():
        if amount < quote.included_before.get(resource, 0):
            row = SubscriptionResource.objects.filter(subscription=subscription, resource=resource)
            if not row.filter(used__lte=amount).update(included=amount):
                raise no_room(subscription, row.get(), amount)


def _new_order(actor: Actor, account: Account, quote: ChangeQuote, token: UUID) -> Order:
    today = quote.today
    (number,) = next_values(_ORDER_NUMBER)
    return Order(
        public_id=uuid4(),
        number=number,
        account=account,
        created_by=actor.user,
        token=token,
        kind=Order.Kind.CHANGE,
        description=(_("Cambio de %(name)s") % {"name": quote.subscription.name})[:200],
        period=quote.subscription.billing_period,
        currency=quote.subscription.currency,
        subtotal=today.subtotal,
        tax_rate=today.tax_rate,
        tax=today.tax,
        total=today.total,
        recurring_total=quote.price_after.total,
        terms=quote.terms,
        terms_accepted_by=actor.name[:254],
    )


def _order_lines(order: Order, item: OrderItem, quote: ChangeQuote) -> list[OrderLine]:
    subscription = quote.subscription
    dates = {"period_start": subscription.today(), "period_end": subscription.billed_until}
    if subscription.period is None:
        dates = {"period_start": None, "period_end": None}
    lines = [
        _line(order, item, line.thing, kind, amount=line.amount, **dates)
        for kind, side in (
            (OrderLine.Kind.CREDIT, quote.proration.credits),
            (OrderLine.Kind.CHARGE, quote.proration.charges),
        )
        for line in side
    ]
    setups = [
        OrderLine(
            order=order,
            item=item,
            add_on_id=setup.add_on_id,
            description=setup.description[:200],
            units=setup.units,
            unit_price=0,
            setup_fee=setup.fee,
            amount=setup.amount,
        )
        for setup in quote.setups
    ]
    return [*lines, *setups]


def _line(order: Order, item: OrderItem, piece: Piece, kind: OrderLine.Kind, **facts: object) -> OrderLine:
    return OrderLine(
        order=order,
        item=item,
        kind=kind,
        plan_id=piece.plan_id,
        add_on_id=piece.add_on_id,
        description=piece.description[:200],
        units=piece.units,
        included_units=piece.included_units,
        unit_price=piece.unit_price,
        **facts,
    )


def _issue(actor: Actor, order: Order, quote: ChangeQuote, lines: Sequence[OrderLine]) -> None:
    product = quote.subscription.product
    order.invoice = issue_invoice(
        actor=actor,
        account=order.account,
        source=f"order:{order.public_id}",
        lines=[
            LineData(
                description=_billed_text(line),
                unit_price=line.amount,
                kind=line.kind,
                sat_product_code=product.sat_product_code,
                sat_unit_code=product.sat_unit_code,
                period_start=line.period_start,
                period_end=line.period_end,
            )
            for line in lines
        ],
        concept=f"{order}: {order.description}",
        uses_credit=False,
    )
    order.save(update_fields=["invoice"])
    if order.state == Order.State.PENDING_PAYMENT:
        collect(actor=actor, invoice=order.invoice, attempt="change")
    else:
        use_credit(actor=actor, invoice=order.invoice)


def _billed_text(line: OrderLine) -> str:
    texts = {"what": f"{line.units} × {line.description}" if line.units > 1 else line.description}
    return _("Abono por lo que no usará de %(what)s") % texts if line.kind == OrderLine.Kind.CREDIT else texts["what"]


def _log_placed(actor: Actor, order: Order, lines: Sequence[OrderLine]) -> None:
    after = {
        "kind": order.kind,
        "description": order.description,
        "lines": {line.description: str(line.amount) for line in lines},
        "total": str(order.total),
        "terms": order.terms.version if order.terms else "",
    }
    log_action(actor=actor, account=order.account_id, action="marketplace.order.placed", target=order, after=after)
