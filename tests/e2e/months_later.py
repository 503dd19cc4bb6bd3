"""Lets months pass for one customer of a running panel: ``python -m tests.e2e.months_later EMAIL DAYS [pay]``.

The clock of this process goes forward day by day and the panel's own periodic runs are called, for that customer's account
only; the jobs that come of a day are handed to the panel's worker, which lives in the present, and the next day waits until
it has done them. ``pay`` books a transfer for all that is owed afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import django
import time_machine
from django.db.models import QuerySet
from django.utils import timezone

django.setup()

from accounts.actors import SYSTEM  # noqa: E402
from accounts.models import Account, Membership  # noqa: E402
from billing.models import Invoice, Payment  # noqa: E402
from billing.services.paying import book_payment  # noqa: E402
from cloudpanel.local.processes import wait_for  # noqa: E402
from cloudpanel.provisioning.models import Job  # noqa: E402
from cloudpanel.provisioning.wake import ring  # noqa: E402
from marketplace.services import dunning, renewal_run  # noqa: E402


def only(account: Account) -> None:
    """The other tests' customers stay in the present."""
    hold = renewal_run.hold_accounts

    def hold_mine(ids: Iterable[int]) -> dict[int, Account]:
        return hold([pk for pk in ids if pk == account.pk])

    renewal_run.hold_accounts = dunning.hold_accounts = hold_mine


def pass_days(account: Account, count: int) -> None:
    for day in range(1, count + 1):
        with time_machine.travel(timezone.now() + timedelta(days=day), tick=True):
            renewal_run.invoice_due_periods()
            renewal_run.roll_periods()
            dunning.ask_for_overdue()
        let_work(Job.objects.filter(account=account))


def let_work(jobs: QuerySet[Job]) -> None:
    now = timezone.now()
    waiting = jobs.filter(state="queued", run_after__gt=now)
    due = list(waiting.values_list("pk", flat=True))
    waiting.update(run_after=now)
    for pk in due:
        ring(pk)
    assert wait_for(lambda: not jobs.filter(pk__in=due, state__in=["queued", "running"]).exists(), seconds=60)


def pay_all(account: Account) -> None:
    owed = sum((each.rest for each in Invoice.objects.filter(account=account, state="open")), Decimal(0))
    method, key = Payment.Method.TRANSFER, str(uuid4())
    book_payment(actor=SYSTEM, account=account, amount=owed, method=method, idempotency_key=key)


if __name__ == "__main__":
    email, days, *more = sys.argv[1:]
    mine = Membership.objects.get(user__email=email).account
    only(mine)
    pass_days(mine, int(days))
    if "pay" in more:
        pay_all(mine)
