"""Books movements of money. Every service that moves money calls it in its own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.db.models import Sum

from accounts.models import Account
from billing.models import Ledger, LedgerEntry, LedgerTransaction, Payment
from cloudpanel.core.money import ZERO

Kind = LedgerTransaction.Kind


def post(
    *, key: str, kind: LedgerTransaction.Kind, account: int | None, currency: str, amounts: Mapping[Ledger, Decimal]
) -> LedgerTransaction:
    """One balanced transaction: ``amounts`` sum to zero (the database checks it at commit). IntegrityError
    ``ledger_booked_once`` when ``key`` is booked already."""
    transaction = LedgerTransaction.objects.create(key=key, kind=kind, account_id=account)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=transaction, account_id=account, ledger=ledger, currency=currency, amount=amount)
        for ledger, amount in amounts.items()
        if amount
    )
    return transaction


def ledger_of(payment: Payment) -> Ledger:
    """Where its money is."""
    return {
        Payment.Method.TRANSFER: Ledger.BANK,
        Payment.Method.CARD: Ledger.CARD,
        Payment.Method.ADJUSTMENT: Ledger.WRITE_OFF,
    }[Payment.Method(payment.method)]


def balance_of(account: Account | int, currency: str = "MXN") -> Decimal:
    """What the account owes, from the ledger alone; negative when money is in its favour."""
    account_id = account.pk if isinstance(account, Account) else account
    return balances_of([account_id], currency)[account_id]


def balances_of(accounts: Iterable[int], currency: str = "MXN") -> dict[int, Decimal]:
    """:func:`balance_of` for many, in one statement."""
    wanted = list(accounts)
    entries = LedgerEntry.objects.filter(ledger=Ledger.RECEIVABLE, account__in=wanted, currency=currency)
    found = dict(entries.values_list("account").annotate(total=Sum("amount")))
    return {account: found.get(account, ZERO) for account in wanted}
