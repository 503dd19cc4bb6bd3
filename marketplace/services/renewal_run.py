"""What settings.PERIODIC does with subscriptions: invoices what is due, begins and ends periods, removes what is over.

Each may run at any time, any number of times, on any number of machines. Work goes account by account, so that an
account is told once and holds its lock briefly; a run stops after :data:`RUN_SECONDS` and the next one goes on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import (
    Case,
    Count,
    DateField,
    DurationField,
    Exists,
    F,
    Func,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM
from accounts.models import Account
from cloudpanel.core.exceptions import BusinessError
from marketplace.customers_day import customers_day, latest_day
from marketplace.models import BillingPeriod, Order, OrderItem, Subscription, SubscriptionDiscount, SubscriptionItem
from marketplace.services.billing_notices import tell_of_ends, tell_of_renewals
from marketplace.services.renewals import BATCH, group_by_account, renew
from marketplace.services.stuck_changes import drop_stuck_changes
from marketplace.services.suspension import last_day_of_grace, suspend_subscription, terminate_subscription

logger = logging.getLogger(__name__)
RUN_SECONDS = 60
# Of several periods that were paid at once each begins on its day; the last one ends when what is paid does.
ONE_PERIOD = Cast(
    Case(When(billing_period=BillingPeriod.YEARLY, then=Value("1 year")), default=Value("1 month")), DurationField()
)
ODD_DAYS = timedelta(days=4)  # a period that begins on 28 February may end on 31 March
State, Why = Subscription.State, Subscription.SuspendedFor


def due_for_renewal(now: datetime) -> QuerySet[Subscription]:
    """Whose next period is to be invoiced: some days ahead, a trial on its last day. Not while a change is open: it was
    priced for what is invoiced now."""
    lead = timedelta(days=settings.RENEWAL_LEAD_DAYS)
    changing = OrderItem.objects.filter(
        subscription=OuterRef("pk"), order__kind=Order.Kind.CHANGE, order__state__in=_unsettled()
    )
    return (
        Subscription.objects.filter(state=State.ACTIVE, auto_renew=True, billed_until__lte=latest_day(now) + lead)
        .filter(Q(period_end__isnull=True) | Q(billed_until__lte=F("period_end")))
        .annotate(customers_today=customers_day(now))
        .filter(
            Q(is_trial=True, billed_until__lte=F("customers_today"))
            | Q(is_trial=False, billed_until__lte=F("customers_today") + lead)
        )
        .filter(~Exists(changing))
    )


def _unsettled() -> list[str]:
    return [state for state in Order.State.values if state not in Order.SETTLED]


def invoice_due_periods() -> None:
    """For settings.PERIODIC: one invoice for each subscription whose next period comes; one notice for each account."""
    now = timezone.now()
    drop_stuck_changes(now)
    for accounts in _within(RUN_SECONDS, _batches(due_for_renewal(now))):
        with transaction.atomic():
            _invoice(accounts, now)


def _invoice(accounts: Iterable[int], now: datetime) -> None:
    held = hold_accounts(accounts)
    rows = due_for_renewal(now).filter(account__in=held).select_for_update(no_key=True, skip_locked=True, of=("self",))
    whole = rows.select_related("account", "product").prefetch_related(
        Prefetch("items", SubscriptionItem.objects.order_by("pk")),
        Prefetch("discounts", SubscriptionDiscount.objects.order_by("pk")),
    )
    subscriptions = list(whole.order_by("account_id", "pk"))
    if subscriptions:
        invoices = renew(actor=SYSTEM, subscriptions=subscriptions)
        tell_of_renewals(held, invoices)


def roll_periods() -> None:
    """For settings.PERIODIC: what is invoiced begins on its day; what nobody renews ends, and is kept for the grace
    period; what was kept long enough is removed."""
    now = timezone.now()
    _begin_periods(now)
    _each_account(_to_end(now), _end, tell_of_ends)
    _each_account(_to_remove(now), _remove, None)


def _begin_periods(now: datetime) -> None:
    """One statement: a second run finds nothing."""
    one_on = Func(F("period_end"), ONE_PERIOD, template="(%(expressions)s)", arg_joiner=" + ", output_field=DateField())
    over = Subscription.objects.filter(
        state__in=[State.ACTIVE, State.SUSPENDED], period_end__lte=latest_day(now), billed_until__gt=F("period_end")
    ).annotate(customers_today=customers_day(now))
    begins = over.filter(period_end__lte=F("customers_today")).values("pk")
    Subscription.objects.filter(pk__in=begins).update(
        period_start=F("period_end"),
        period_end=Case(
            When(billed_until__gt=Cast(one_on, DateField()) + ODD_DAYS, then=one_on), default="billed_until"
        ),
        period_discount=F("next_discount"),
        period_off=F("next_off"),
        next_discount=0,
        next_off=0,
        is_trial=False,
    )


def _to_end(now: datetime) -> QuerySet[Subscription]:
    ending = Subscription.objects.filter(state=State.ACTIVE, auto_renew=False, period_end__lte=latest_day(now))
    return (
        ending.filter(billed_until__lte=F("period_end"))
        .annotate(customers_today=customers_day(now))
        .filter(period_end__lte=F("customers_today"))
    )


def _to_remove(now: datetime) -> QuerySet[Subscription]:
    kept = Subscription.objects.filter(
        state=State.SUSPENDED, suspended_for=Why.CANCELLED, terminates_on__lte=latest_day(now)
    )
    return kept.annotate(customers_today=customers_day(now)).filter(terminates_on__lte=F("customers_today"))


def _end(rows: Iterable[Subscription]) -> None:
    for row in rows:
        row.forget_period()
        row.save(update_fields=Subscription.PERIOD_FIELDS)
        until = last_day_of_grace(row.today())
        reason = _("No se renueva")
        suspend_subscription(actor=SYSTEM, subscription=row, why=Why.CANCELLED, reason=reason, terminates_on=until)


def _remove(rows: Iterable[Subscription]) -> None:
    for row in rows:
        try:
            with transaction.atomic():
                terminate_subscription(actor=SYSTEM, subscription=row, reason=_("Terminó el tiempo para reactivarla"))
        except BusinessError as refusal:  # an operation is under way: the next run comes back
            logger.info("%s is not removed yet: %s", row.public_id, refusal.code)


def _each_account(
    due: QuerySet[Subscription],
    act: Callable[[list[Subscription]], None],
    tell: Callable[[Account, list[Subscription]], None] | None,
) -> None:
    """``act`` on the rows of each account, in a transaction of its own, and then tell it."""
    for accounts in _within(RUN_SECONDS, _batches(due)):
        for account_id in accounts:
            with transaction.atomic():
                held = hold_accounts([account_id])
                rows = due.filter(account__in=held).select_for_update(no_key=True, skip_locked=True, of=("self",))
                found = group_by_account(rows.select_related("account").order_by("pk"))
                for mine in found.values():
                    act(mine)
                    if tell is not None:
                        tell(mine[0].account, mine)


def hold_accounts(ids: Iterable[int]) -> dict[int, Account]:
    """Those of the accounts that nobody else holds just now."""
    free = Account.objects.filter(pk__in=list(ids)).order_by("pk").select_for_update(no_key=True, skip_locked=True)
    return {account.pk: account for account in free}


def _batches(due: QuerySet[Subscription]) -> Iterator[list[int]]:
    """Accounts with about :data:`BATCH` due subscriptions together; an account is never split."""
    batch: list[int] = []
    size = 0
    for account_id, count in due.order_by("account_id").values_list("account_id").annotate(count=Count("pk")):
        if batch and size + count > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(account_id)
        size += count
    if batch:
        yield batch


def _within(seconds: float, batches: Iterable[list[int]]) -> Iterator[list[int]]:
    ends = time.monotonic() + seconds
    for batch in batches:
        yield batch
        if time.monotonic() > ends:
            return
