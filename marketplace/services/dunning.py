"""Asking for what is overdue, step by step (``dunning_schedule``), until it is paid or the service ends.

Every open invoice that is due soon has one :class:`Dunning` row. A step is taken and written in one transaction under
the account's lock: a second run, late or on another machine, finds the next step not due.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import SYSTEM, Actor
from accounts.models import Account
from billing.models import Invoice
from billing.services.collecting import collect
from cloudpanel.core.exceptions import BusinessError
from marketplace.customers_day import customers_day, latest_day
from marketplace.dunning_schedule import SCHEDULE, Act, day_of, planned
from marketplace.models import Dunning, Order, Subscription
from marketplace.periods import day_in
from marketplace.proration import prorate
from marketplace.services.billing_notices import tell_of_overdue
from marketplace.services.giving_back import give_back, plan_credit
from marketplace.services.orders import cancel_order
from marketplace.services.pieces import pieces_of, priced, remainder_of
from marketplace.services.renewal_run import hold_accounts
from marketplace.services.renewals import settle_paid_renewals
from marketplace.services.suspension import resume_subscription, suspend_subscription, terminate_subscription

logger = logging.getLogger(__name__)
ACCOUNTS_PER_RUN = 2000
GRAVEST = (Act.TERMINATE, Act.WARN_OF_END, Act.SUSPEND, Act.WARN, Act.COLLECT, Act.REMIND)
State, Why = Subscription.State, Subscription.SuspendedFor


@dataclass
class Taken:
    """What was done for one account in one run."""

    invoices: dict[Act, list[Invoice]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    day: date | None = None

    def note(self, act: Act, invoice: Invoice, names: Sequence[str], day: date | None) -> None:
        self.invoices.setdefault(act, []).append(invoice)
        self.names.extend(names)
        self.day = min(self.day, day) if self.day and day else self.day or day


def ask_for_overdue() -> None:
    """For settings.PERIODIC: opens what is due, closes what is settled, takes the steps whose day has come."""
    now = timezone.now()
    open_cases(now)
    close_settled()
    due = _due(now).order_by("account_id").values_list("account_id", flat=True).distinct()
    for account_id in list(due[:ACCOUNTS_PER_RUN]):
        with transaction.atomic():
            for account in hold_accounts([account_id]).values():
                _ask(account, day_in(account.time_zone, now))


def open_cases(now: object) -> None:
    """One row for each open invoice that is due within the first step's days."""
    first = SCHEDULE[0].day
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO marketplace_dunning (invoice_id, account_id, step, next_on, is_open, has_suspended)
               SELECT id, account_id, 0, due_date + %(first)s, true, false FROM billing_invoice AS invoice
               WHERE state = 'open' AND due_date <= %(until)s
               AND NOT EXISTS (SELECT FROM marketplace_dunning AS known WHERE known.invoice_id = invoice.id)
               ON CONFLICT DO NOTHING""",
            {"first": first, "until": latest_day(now) - timedelta(days=first)},  # type: ignore[arg-type]
        )


def close_settled() -> None:
    """Invoices that were paid or taken back, whoever did it; and those whose payment was taken back are open again."""
    settled = Dunning.objects.filter(is_open=True).exclude(invoice__state=Invoice.State.OPEN)
    for case in settled.select_related("invoice")[:ACCOUNTS_PER_RUN]:
        settle_case(actor=SYSTEM, invoice=case.invoice)
    open_again = Dunning.objects.filter(is_open=False, step__lt=len(SCHEDULE), invoice__state=Invoice.State.OPEN)
    open_again.update(is_open=True)


@transaction.atomic
def settle_case(*, actor: Actor, invoice: Invoice) -> None:
    """Nothing is left to be paid: what waited for it goes on. A second time changes nothing."""
    settle_paid_renewals(invoice)
    Dunning.objects.filter(invoice=invoice, is_open=True).update(is_open=False)
    suspended = _subscriptions_of(invoice).filter(state=State.SUSPENDED, suspended_for=Why.NON_PAYMENT)
    for subscription in suspended.select_related("account").select_for_update(no_key=True, of=("self",)):
        if not _other_debts(subscription, invoice):
            resume_subscription(actor=actor, subscription=subscription, reason=_("Se recibió su pago"))


def owed_for(subscription: Subscription) -> QuerySet[Invoice]:
    """The open invoices for which it is suspended, or will be."""
    mine = Invoice.objects.filter(orders__items__subscription=subscription, state=Invoice.State.OPEN)
    return mine.distinct().order_by("due_date", "pk")


def _other_debts(subscription: Subscription, paid: Invoice) -> bool:
    others = owed_for(subscription).exclude(pk=paid.pk)
    return others.filter(dunning__has_suspended=True, dunning__is_open=True).exists()


def _subscriptions_of(invoice: Invoice) -> QuerySet[Subscription]:
    mine = Order.objects.filter(invoice=invoice).values("pk")
    return Subscription.objects.filter(order_items__order__in=mine).order_by("pk")


def _delivered() -> QuerySet[Dunning]:
    """Nobody is pressed for what we have not delivered yet: a sale or a change that is worked at, or waits for support."""
    kinds = [Order.Kind.SALE, Order.Kind.CHANGE]
    states = [Order.State.IN_PROGRESS, Order.State.PROVISIONING, Order.State.NEEDS_ATTENTION]
    waiting = Order.objects.filter(invoice=OuterRef("invoice"), kind__in=kinds, state__in=states)
    return Dunning.objects.filter(~Exists(waiting))


def _due(now: object) -> QuerySet[Dunning]:
    open_ones = _delivered().filter(is_open=True, next_on__lte=latest_day(now))  # type: ignore[arg-type]
    return open_ones.annotate(customers_today=customers_day(now)).filter(next_on__lte=F("customers_today"))  # type: ignore[arg-type]


def _ask(account: Account, today: date) -> None:
    taken = Taken()
    cases = _delivered().filter(account=account, is_open=True, next_on__lte=today).select_related("invoice")
    for case in cases.select_for_update(of=("self",), skip_locked=True).order_by("next_on", "pk"):
        _take_step(account, case, today, taken)
    for act in GRAVEST:
        if act in taken.invoices:
            tell_of_overdue(account, act, taken.invoices[act], day=taken.day, names=taken.names)
            return


def _take_step(account: Account, case: Dunning, today: date, taken: Taken) -> None:
    invoice, step = case.invoice, SCHEDULE[case.step]
    try:
        with transaction.atomic():
            names, is_told = _ACTS[step.act](case)
    except BusinessError as refusal:  # an operation is under way: the next run comes back
        logger.info("%s waits with %s: %s", invoice, step.act, refusal.code)
        return
    case.last_on = today
    case.step += 1
    case.is_open = case.step < len(SCHEDULE) and invoice.state == Invoice.State.OPEN
    if case.step < len(SCHEDULE):
        case.next_on = day_of(case.step, invoice.due_date, today)
    case.save(update_fields=["step", "last_on", "next_on", "is_open", "has_suspended"])
    if is_told and invoice.state == Invoice.State.OPEN:
        taken.note(step.act, invoice, names, _day_of_the_next(case, step.act))


def _day_of_the_next(case: Dunning, act: Act) -> date | None:
    grave = Act.TERMINATE if act in (Act.SUSPEND, Act.WARN_OF_END) else Act.SUSPEND
    return planned(grave, case.step, case.invoice.due_date, case.next_on)


def _remind(case: Dunning) -> tuple[list[str], bool]:
    return [], True


def _collect(case: Dunning) -> tuple[list[str], bool]:
    """A charge that is under way is told when it ends, not now."""
    names = list(_subscriptions_of(case.invoice).values_list("name", flat=True))
    charge = collect(actor=SYSTEM, invoice=case.invoice, attempt=f"dunning-{case.step}")
    case.invoice.refresh_from_db()
    return names, charge is None


def _warn(case: Dunning) -> tuple[list[str], bool]:
    """Told in any case: whoever's card was declined before must know what comes if it is declined again."""
    names, _is_told = _collect(case)
    return names, True


def _suspend(case: Dunning) -> tuple[list[str], bool]:
    """What runs is suspended; what was never delivered is not wanted any more."""
    _cancel_undelivered(case.invoice)
    ends_on = planned(Act.TERMINATE, case.step + 1, case.invoice.due_date, case.next_on + timedelta(days=15))
    names = []
    active = _subscriptions_of(case.invoice).filter(state=State.ACTIVE).select_related("account")
    for subscription in active.select_for_update(no_key=True, of=("self",)):
        suspend_subscription(
            actor=SYSTEM,
            subscription=subscription,
            why=Why.NON_PAYMENT,
            reason=_("Factura %(number)s sin pagar") % {"number": case.invoice},
            terminates_on=ends_on,
        )
        names.append(subscription.name)
    case.has_suspended = True
    case.invoice.refresh_from_db()
    return names, True


def _cancel_undelivered(invoice: Invoice) -> None:
    kinds = [Order.Kind.SALE, Order.Kind.CHANGE]
    for order in Order.objects.filter(invoice=invoice, state=Order.State.PENDING_PAYMENT, kind__in=kinds):
        try:
            with transaction.atomic():
                cancel_order(actor=SYSTEM, order=order)
        except BusinessError as refusal:
            logger.info("%s is not cancelled: %s", order, refusal.code)


def _warn_of_end(case: Dunning) -> tuple[list[str], bool]:
    names = list(_unpaid(case.invoice).values_list("name", flat=True))
    return names, bool(names)


def _terminate(case: Dunning) -> tuple[list[str], bool]:
    """The days for which it was suspended are taken off what is owed: nobody could use it."""
    names = []
    for subscription in _unpaid(case.invoice).select_related("account").select_for_update(no_key=True, of=("self",)):
        _credit_suspended_days(subscription)
        terminate_subscription(actor=SYSTEM, subscription=subscription, reason=_("Falta de pago"))
        names.append(subscription.name)
    case.invoice.refresh_from_db()
    return names, bool(names)


def _unpaid(invoice: Invoice) -> QuerySet[Subscription]:
    return _subscriptions_of(invoice).filter(Q(state=State.SUSPENDED) & Q(suspended_for=Why.NON_PAYMENT))


def _credit_suspended_days(subscription: Subscription) -> None:
    if subscription.suspended_at is None or subscription.period is None:
        return
    day = day_in(subscription.account.time_zone, subscription.suspended_at)
    proration = prorate(priced(pieces_of(subscription)), [], remainder_of(subscription, day))
    credit = plan_credit(subscription, -proration.net)
    give_back(
        actor=SYSTEM,
        credit=credit,
        lines=[],
        source=f"suspended:{subscription.public_id}:{day}",
        reason=_("Días en que %(name)s estuvo suspendida") % {"name": subscription.name},
    )


_ACTS = {
    Act.REMIND: _remind,
    Act.COLLECT: _collect,
    Act.WARN: _warn,
    Act.SUSPEND: _suspend,
    Act.WARN_OF_END: _warn_of_end,
    Act.TERMINATE: _terminate,
}
