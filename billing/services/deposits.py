"""Money in the bank that nobody has been found for yet."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from billing.models import Ledger, LedgerTransaction
from billing.services.ledger import Kind, post


@transaction.atomic
def book_unidentified_deposit(*, key: str, amount: Decimal, currency: str = "MXN") -> LedgerTransaction:
    """It is in the bank and belongs to no account. ``key`` names the bank's movement (``"deposit:<uuid>"``)."""
    amounts = {Ledger.BANK: amount, Ledger.UNIDENTIFIED: -amount}
    return post(key=key, kind=Kind.UNIDENTIFIED, account=None, currency=currency, amounts=amounts)


@transaction.atomic
def release_unidentified_deposit(*, key: str, amount: Decimal, currency: str = "MXN") -> LedgerTransaction:
    """Its customer was found: call it before the money is booked as that customer's payment, with the same ``key``."""
    amounts = {Ledger.BANK: -amount, Ledger.UNIDENTIFIED: amount}
    return post(key=f"{key}:identified", kind=Kind.IDENTIFIED, account=None, currency=currency, amounts=amounts)
