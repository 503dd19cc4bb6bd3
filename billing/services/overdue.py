"""Says once of each invoice that its day has passed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.action_log import build_entry, log_actions
from accounts.actors import SYSTEM
from billing.models import Invoice
from billing.signals import invoice_overdue

CHUNK, MOST_CHUNKS = 200, 20


def announce_overdue() -> int:
    """Sends ``invoice_overdue`` for every open invoice whose day has passed, once; how many. In batches, each a transaction
    of its own; run twice, late or by two workers at once it tells nothing twice."""
    total = 0
    for _turn in range(MOST_CHUNKS):  # what is left is told by the next run
        count = _announce_some()
        total += count
        if count < CHUNK:
            break
    return total


@transaction.atomic
def _announce_some() -> int:
    late = Invoice.objects.open().filter(due_date__lt=timezone.localdate(), overdue_at__isnull=True)
    invoices = list(late.order_by("due_date", "pk").select_for_update(skip_locked=True, of=("self",))[:CHUNK])
    Invoice.objects.filter(pk__in=[invoice.pk for invoice in invoices]).update(overdue_at=timezone.now())
    log_actions(
        build_entry(
            actor=SYSTEM,
            account=invoice.account_id,
            action="billing.invoice.overdue",
            target=invoice,
            after={"due_date": str(invoice.due_date), "total": str(invoice.total)},
        )
        for invoice in invoices
    )
    for invoice in invoices:
        invoice_overdue.send(Invoice, invoice=invoice, actor=SYSTEM)
    return len(invoices)
