"""Collects an invoice by itself: *saldo a favor* first, then the account's default card."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.actors import Actor
from billing.models import Invoice, Payment
from billing.services.allocation import use_credit
from billing.services.charges import charge_under_way, pay_with_card
from billing.services.disputes import is_disputed
from billing.services.methods import cards_offered, default_card


@transaction.atomic
def collect(*, actor: Actor, invoice: Invoice, attempt: str = "") -> Payment | None:
    """Gives the charge that is now under way, or None: the invoice is paid, or the customer pays by transfer.

    ``attempt`` names this try (a retry schedule gives each its own); without one there is one try a day. The same try again
    charges nothing again. An invoice whose charge the customer contested at their bank is never charged by itself again.
    """
    use_credit(actor=actor, invoice=invoice)
    invoice.refresh_from_db()
    card = default_card(invoice.account_id) if cards_offered() else None
    if invoice.state != Invoice.State.OPEN or card is None or is_disputed(invoice):
        return charge_under_way(invoice)
    token = attempt or f"auto-{timezone.localdate():%Y-%m-%d}"
    return pay_with_card(actor=actor, invoice=invoice, method=card, token=token)
