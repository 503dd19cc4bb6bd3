"""The next period of what runs: invoiced some days before it begins, begun on its day, ended when nobody renews it.

Everything is keyed by the day on which a period begins: ``billed_until`` moves forward by one conditional statement in
the transaction that issues the invoice, and the invoice's source names that day. So the runs may come twice, late, or
on two machines. Locks: the accounts first, as whoever moves an account's money does, then the subscriptions; an
account that somebody else holds is left for the next run.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.action_log import build_entry
from accounts.actors import Actor
from accounts.models import ActionLogEntry
from billing.models import Invoice
from billing.services.allocation import use_credits
from billing.services.issuing import InvoiceDraft, issue_invoices
from billing.tax import with_tax
from cloudpanel.core.bulk import insert_rows
from marketplace.lifecycle import lifecycle_of
from marketplace.models import Order, OrderItem, Subscription, SubscriptionDiscount
from marketplace.periods import Period, add_months, period_for, period_from
from marketplace.services.pieces import Piece
from marketplace.services.renewal_lines import PeriodCharge, charge_for

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Renewal:
    """What one subscription is charged for its next period. ``skipped`` whole periods before it are not charged."""

    charge: PeriodCharge
    skipped: int
    source: str
    due_date: date
    order: Order

    @property
    def subscription(self) -> Subscription:
        return self.charge.subscription


def source_of(subscription: Subscription, period: Period) -> str:
    """Names one period of one subscription; a round is begun when what was invoiced was taken back."""
    again = f":{subscription.billing_round}" if subscription.billing_round else ""
    return f"renewal:{subscription.public_id}:{period.start}{again}"


def next_charge(subscription: Subscription, today: date, periods: int = 1) -> tuple[PeriodCharge, int]:
    """What the next period costs (or ``periods`` of them at once), and how many whole ones are left out as they are over."""
    start = subscription.billed_until or today
    period, skipped = period_for(start, today, subscription.months, subscription.anchor_day)
    pieces = [Piece.of(item) for item in subscription.items.all()]
    discounts = [each for each in subscription.discounts.all() if each.periods_left != 0]
    if periods > 1:
        more = subscription.months * (periods - 1)
        period = Period(period.start, add_months(period.end, more, subscription.anchor_day))
    return charge_for(subscription, period, pieces, discounts, periods), skipped


def renew(*, actor: Actor, subscriptions: Sequence[Subscription], periods: int = 1) -> list[Invoice]:
    """Charges the next period of each, or several at once. The caller holds their accounts and rows (select_for_update),
    with account and product at hand, and has items and discounts prefetched. As many statements for a thousand as for one."""
    renewals = [_renewal(subscription, periods) for subscription in subscriptions]
    charged = [renewal for renewal in renewals if renewal.charge.subtotal > 0]
    invoices = (
        issue_invoices(actor=actor, drafts=[_draft(renewal) for renewal in charged], uses_credit=False)
        if charged
        else []
    )
    for renewal, invoice in zip(charged, invoices, strict=True):
        renewal.order.invoice = invoice
    _write_orders(charged)
    _move_on(renewals)
    _use_up_discounts(renewals)
    insert_rows([_entry(actor, renewal) for renewal in renewals])
    use_credits(actor=actor, invoices=invoices)
    for renewal in renewals:
        if renewal.charge.subtotal <= 0:
            _tell_lifecycle(renewal.subscription, renewal.charge.periods)
    return invoices


def _renewal(subscription: Subscription, periods: int) -> Renewal:
    today = subscription.today()
    charge, skipped = next_charge(subscription, today, periods)
    on_time = charge.period.start >= today + timedelta(days=settings.RENEWAL_LEAST_NOTICE_DAYS)
    due = charge.period.start if on_time else today + timedelta(days=settings.TRANSFER_DUE_DAYS)
    order = _new_order(charge)
    return Renewal(charge, skipped, source_of(subscription, charge.period), due, order)


def _new_order(charge: PeriodCharge) -> Order:
    total, subscription = charge.total, charge.subscription
    return Order(
        account_id=subscription.account_id,
        token=uuid4(),
        kind=Order.Kind.RENEWAL,
        state=Order.State.PENDING_PAYMENT,
        description=(_("Renovación de %(name)s") % {"name": subscription.name})[:200],
        period=subscription.billing_period,
        periods=charge.periods,
        currency=subscription.currency,
        subtotal=total.subtotal,
        tax_rate=total.tax_rate,
        tax=total.tax,
        total=total.total,
        recurring_total=with_tax(subscription.price).total,
        terms_accepted_at=None,
    )


def _draft(renewal: Renewal) -> InvoiceDraft:
    return InvoiceDraft(
        account_id=renewal.subscription.account_id,
        source=renewal.source,
        lines=renewal.charge.invoice_lines(),
        concept=renewal.order.description,
        due_date=renewal.due_date,
        currency=renewal.subscription.currency,
    )


def _write_orders(renewals: Sequence[Renewal]) -> None:
    if not renewals:
        return
    items = []
    for renewal, (number, order_id, item_id) in zip(renewals, _numbers(len(renewals)), strict=True):
        order = renewal.order
        order.pk, order.number = order_id, number
        items.append(OrderItem(pk=item_id, order=order, subscription=renewal.subscription))
    insert_rows([renewal.order for renewal in renewals])
    insert_rows(items)
    insert_rows(
        [
            line
            for renewal, item in zip(renewals, items, strict=True)
            for line in renewal.charge.order_lines(renewal.order, item)
        ]
    )


def _numbers(count: int) -> list[tuple[int, int, int]]:
    """(number of the order, its row's id, its item's id), as many times."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT nextval('marketplace_order_number_seq'), nextval('marketplace_order_id_seq'),
                      nextval('marketplace_orderitem_id_seq') FROM generate_series(1, %s)""",
            [count],
        )
        return [(number, order_id, item_id) for number, order_id, item_id in cursor.fetchall()]


def _move_on(renewals: Sequence[Renewal]) -> None:
    """``billed_until`` goes to the end of what was charged. What has no period, or whose period is over, begins it."""
    rows = []
    for renewal in renewals:
        subscription, period = renewal.subscription, renewal.charge.period
        begins_now = subscription.period_end is None or (renewal.skipped and period.start <= subscription.today())
        subscription.billed_until = period.end
        if begins_now:
            subscription.period_start = period.start
            subscription.period_end = period_from(period.start, subscription.months, subscription.anchor_day).end
            subscription.period_discount, subscription.period_off = renewal.charge.discount_fraction, renewal.charge.off
            subscription.next_discount = subscription.next_off = Decimal(0)
            subscription.is_trial = False
        else:
            subscription.next_discount, subscription.next_off = renewal.charge.discount_fraction, renewal.charge.off
        rows.append(subscription)
    _write_periods(rows)


def _write_periods(rows: Sequence[Subscription]) -> None:
    """One statement; ``bulk_update`` would build a CASE for each field and row."""
    columns = ", ".join(f"{name} = v.{name}" for name in Subscription.PERIOD_FIELDS)
    values = [{"id": row.pk, **{name: getattr(row, name) for name in Subscription.PERIOD_FIELDS}} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE marketplace_subscription AS s SET {columns}
                FROM jsonb_populate_recordset(NULL::marketplace_subscription, %s::jsonb) AS v WHERE s.id = v.id""",  # noqa: S608
            [json.dumps(values, default=str)],
        )


def _use_up_discounts(renewals: Iterable[Renewal]) -> None:
    used = [
        discount.pk
        for renewal in renewals
        for discount in renewal.subscription.discounts.all()
        if discount.periods_left
    ]
    if used:
        SubscriptionDiscount.objects.filter(pk__in=used, periods_left__gt=0).update(periods_left=F("periods_left") - 1)


def _entry(actor: Actor, renewal: Renewal) -> ActionLogEntry:
    after = {
        "period": f"{renewal.charge.period.start} – {renewal.charge.period.end}",
        "total": str(renewal.charge.total.total),
    }
    if renewal.skipped:
        after["skipped_periods"] = str(renewal.skipped)
    return build_entry(
        actor=actor,
        account=renewal.subscription.account_id,
        action="marketplace.subscription.renewed",
        target=renewal.subscription,
        after=after,
    )


def settle_paid_renewals(invoice: Invoice) -> None:
    """Its invoice is paid: a renewal order has nothing more to wait for."""
    waiting = Order.objects.filter(invoice=invoice, kind=Order.Kind.RENEWAL, state=Order.State.PENDING_PAYMENT)
    for order in waiting.select_for_update():
        Order.objects.filter(pk=order.pk).update(state=Order.State.COMPLETED, completed_at=timezone.now())
        for item in order.items.select_related("subscription__account"):
            _tell_lifecycle(item.subscription, order.periods)


def _tell_lifecycle(subscription: Subscription, periods: int) -> None:
    """Kinds that have to renew at the remote side, too."""
    renewal_paid = getattr(lifecycle_of(subscription), "renewal_paid", None)
    if renewal_paid is not None:
        renewal_paid(subscription, periods)


def group_by_account(subscriptions: Iterable[Subscription]) -> dict[int, list[Subscription]]:
    groups: dict[int, list[Subscription]] = defaultdict(list)
    for subscription in subscriptions:
        groups[subscription.account_id].append(subscription)
    return groups
