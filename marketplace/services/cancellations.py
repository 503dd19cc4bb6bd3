"""*Cancelar la suscripción*, now or at the end of the period, and *Reactivar* while the data is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.action_log import log_action
from accounts.actors import Actor
from billing.models import Invoice
from billing.services.crediting import cancel_invoice
from billing.services.documents import lock_accounts
from billing.tax import Total, with_tax
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import ZERO
from cloudpanel.core.sequences import next_values
from marketplace.lifecycle import traits_of
from marketplace.models import Order, OrderItem, OrderLine, Subscription
from marketplace.proration import Proration, prorate
from marketplace.services.changing import lock_for_change, require_changeable
from marketplace.services.giving_back import Credit, give_back, plan_credit
from marketplace.services.pieces import Piece, pieces_of, priced, remainder_of
from marketplace.services.purchases import find_order
from marketplace.services.renewals import renew
from marketplace.services.subscriptions import log_subscription
from marketplace.services.suspension import last_day_of_grace, resume_subscription, suspend_subscription

State, Why = Subscription.State, Subscription.SuspendedFor
_ORDER_NUMBER = "marketplace_order_number_seq"


@dataclass(frozen=True, slots=True)
class CancellationQuote:
    """What ending now gives back, and until when the data is kept."""

    subscription: Subscription
    proration: Proration[Piece]
    credit: Credit
    kept_until: date

    @property
    def today(self) -> Total:
        """Zero, or below zero: what becomes *saldo a favor* or is taken off what is owed."""
        return self.credit.as_total()


def quote_cancellation(subscription: Subscription) -> CancellationQuote:
    """Ending ``subscription`` (with its account) today."""
    if subscription.period is None:  # nothing is paid ahead
        proration: Proration[Piece] = Proration([], [])
    else:
        proration = prorate(priced(pieces_of(subscription)), [], remainder_of(subscription))
    credit = plan_credit(subscription, -proration.net)
    return CancellationQuote(subscription, proration, credit, last_day_of_grace(subscription.today()))


def cancel_now(*, actor: Actor, subscription: Subscription, token: UUID, shown: Decimal, reason: str = "") -> Order:
    """Ends it today: sign-in stops, what was paid for the days to come is given back, the data is kept for the grace
    period. The same ``token`` again gives the first order. Raises BusinessError: ``stale`` when it would give back
    something else than the ``shown`` total, ``change_open``, ``not_active``."""
    try:
        with transaction.atomic():
            lock_accounts([subscription.account_id])
            return find_order(subscription.account, token) or _end_now(actor, subscription, token, shown, reason)
    except IntegrityError as error:
        if "order_once_per_purchase" not in str(error):
            raise
        return Order.objects.get(account=subscription.account_id, token=token)


def _end_now(actor: Actor, quoted: Subscription, token: UUID, shown: Decimal, reason: str) -> Order:
    subscription = lock_for_change(quoted)
    require_changeable(subscription)
    if subscription.state != State.ACTIVE:
        raise BusinessError(subscription.closed_reason, code="not_active")
    quote = quote_cancellation(subscription)
    if quote.today.total != shown:
        raise BusinessError(_("El importe cambió mientras tanto: revise la baja de nuevo."), code="stale")
    order, lines = _place(actor, subscription, token, quote.today, quote)
    if quote.credit.parts:
        give_back(
            actor=actor, credit=quote.credit, lines=lines, source=f"order:{order.public_id}", reason=order.description
        )
    subscription.forget_period()
    subscription.save(update_fields=Subscription.PERIOD_FIELDS)
    suspend_subscription(
        actor=actor, subscription=subscription, why=Why.CANCELLED, reason=reason, terminates_on=quote.kept_until
    )
    return order


@transaction.atomic
def cancel_at_period_end(*, actor: Actor, subscription: Subscription, token: UUID, reason: str = "") -> Order:
    """It works until the end of what is paid and is not renewed. The same ``token`` again gives the first order."""
    lock_accounts([subscription.account_id])
    known = find_order(subscription.account, token)
    if known is not None:
        return known
    locked = lock_for_change(subscription)
    if locked.state != State.ACTIVE or locked.period_end is None:
        raise BusinessError(
            locked.closed_reason or _("La suscripción no tiene un periodo en curso."), code="not_active"
        )
    _stop_renewing(actor, locked, reason)
    order, _lines = _place(actor, locked, token, with_tax(ZERO), None)
    return order


@transaction.atomic
def set_auto_renew(*, actor: Actor, subscription: Subscription, auto_renew: bool) -> None:
    """The switch. Off: an invoice of the next period that was issued already is taken back. On: it will be issued anew."""
    lock_accounts([subscription.account_id])
    locked = (
        Subscription.objects.select_for_update(no_key=True, of=("self",))
        .select_related("account")
        .get(pk=subscription.pk)
    )
    if locked.state != State.ACTIVE:
        raise BusinessError(locked.closed_reason, code="not_active")
    if locked.auto_renew == auto_renew:
        return
    if not auto_renew:
        _stop_renewing(actor, locked, "")
        return
    locked.auto_renew = True
    locked.save(update_fields=["auto_renew"])
    log_subscription("renewal_switched", locked, actor=actor, before={"auto_renew": False}, after={"auto_renew": True})


def _stop_renewing(actor: Actor, subscription: Subscription, reason: str) -> None:
    take_back_next_period(actor, subscription)
    subscription.auto_renew = False
    subscription.save(update_fields=["auto_renew", *Subscription.PERIOD_FIELDS])
    after = {"auto_renew": False, "until": str(subscription.period_end or ""), **({"reason": reason} if reason else {})}
    log_subscription("renewal_switched", subscription, actor=actor, before={"auto_renew": True}, after=after)


def take_back_next_period(actor: Actor, subscription: Subscription) -> None:
    """A period that is invoiced and has not begun is not going to: its invoice is cancelled; what was paid is the
    customer's. Periods that were bought at once stay. The caller saves ``PERIOD_FIELDS``."""
    if subscription.period_end is None or subscription.billed_until == subscription.period_end:
        return
    orders = subscription.orders.filter(
        kind=Order.Kind.RENEWAL, lines__period_start__gte=subscription.period_end
    ).exclude(state=Order.State.CANCELLED)
    if traits_of(subscription.kind).is_fixed:  # what was paid is carried out already
        orders = orders.exclude(state=Order.State.COMPLETED)
    begun = [day for day in orders.values_list("lines__period_start", flat=True) if day]
    if not begun:
        return
    for order in orders.select_related("invoice").distinct():
        if order.invoice is not None and order.invoice.state != Invoice.State.CANCELLED:
            cancel_invoice(actor=actor, invoice=order.invoice, reason=_("La suscripción no se renueva"))
        Order.objects.filter(pk=order.pk).update(state=Order.State.CANCELLED, cancelled_at=timezone.now())
    subscription.billed_until = min(begun)
    subscription.next_discount = subscription.next_off = Decimal(0)
    subscription.billing_round += 1


@transaction.atomic
def reactivate_subscription(*, actor: Actor, subscription: Subscription) -> Invoice | None:
    """*Reactivar* what was cancelled and is still kept: a whole new period begins today and is invoiced. Gives its
    invoice; None when it is free, or when this was done already (the second click)."""
    lock_accounts([subscription.account_id])
    found = Subscription.objects.select_for_update(no_key=True, of=("self",)).select_related("account", "product")
    locked = found.prefetch_related("items", "discounts").get(pk=subscription.pk)
    if locked.state == State.ACTIVE:
        return None
    if not locked.is_cancelled:
        raise BusinessError(locked.closed_reason, code="not_cancelled")
    locked.auto_renew = True
    locked.save(update_fields=["auto_renew"])
    resume_subscription(actor=actor, subscription=locked)
    invoices = renew(actor=actor, subscriptions=[locked])
    return invoices[0] if invoices else None


def _place(
    actor: Actor, subscription: Subscription, token: UUID, total: Total, quote: CancellationQuote | None
) -> tuple[Order, Sequence[OrderLine]]:
    """An order of kind CANCELLATION is carried out as it is placed."""
    (number,) = next_values(_ORDER_NUMBER)
    end = date_format(subscription.period_end, "SHORT_DATE_FORMAT") if subscription.period_end else ""
    texts = {"name": subscription.name, "date": end}
    order = Order.objects.create(
        public_id=uuid4(),
        number=number,
        account=subscription.account,
        created_by=actor.user,
        token=token,
        kind=Order.Kind.CANCELLATION,
        state=Order.State.COMPLETED,
        completed_at=timezone.now(),
        description=((_("Baja de %(name)s") if quote else _("Baja de %(name)s el %(date)s")) % texts)[:200],
        period=subscription.billing_period,
        currency=subscription.currency,
        subtotal=total.subtotal,
        tax_rate=total.tax_rate,
        tax=total.tax,
        total=total.total,
        recurring_total=0,
        terms_accepted_at=None,
    )
    item = OrderItem.objects.create(order=order, subscription=subscription, completed_at=timezone.now())
    lines = OrderLine.objects.bulk_create(_lines(order, item, quote) if quote else [])
    log_action(
        actor=actor,
        account=order.account_id,
        action="marketplace.order.placed",
        target=order,
        after={"kind": order.kind, "description": order.description, "total": str(order.total)},
    )
    return order, lines


def _lines(order: Order, item: OrderItem, quote: CancellationQuote) -> list[OrderLine]:
    subscription = quote.subscription
    return [
        OrderLine(
            order=order,
            item=item,
            kind=OrderLine.Kind.CREDIT,
            plan_id=line.thing.plan_id,
            add_on_id=line.thing.add_on_id,
            description=line.thing.description[:200],
            units=line.thing.units,
            included_units=line.thing.included_units,
            unit_price=line.thing.unit_price,
            amount=line.amount,
            period_start=subscription.today(),
            period_end=subscription.billed_until,
        )
        for line in quote.proration.credits
    ]
