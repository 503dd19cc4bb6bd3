"""Whatever happens in whatever order, and again: the books agree, numbers have no gaps, nothing is charged twice."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actors import SYSTEM
from accounts.models import Account
from billing.models import CreditNote, Invoice, LedgerEntry, Payment, Refund
from billing.services.crediting import cancel_invoice, credit_invoice
from billing.services.issuing import InvoiceDraft, issue_invoices
from billing.services.ledger import balance_of
from billing.services.lines import LineData
from billing.services.paying import begin_payment, credit_of, fail_payment, receive_payment
from billing.services.refunding import fail_refund, finish_refund, refund_payment
from billing.services.verification import verify_ledger
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import ZERO
from tests.examples import examples
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db
KEYS = st.integers(1, 6)
PRICES = st.decimals(min_value="-20", max_value="300", places=2)
AMOUNTS = st.decimals(min_value="0.01", max_value="400", places=2)

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("issue"), KEYS, st.lists(PRICES, min_size=1, max_size=4)),
        st.tuples(st.just("try"), KEYS, AMOUNTS),
        st.tuples(st.just("receive"), KEYS),
        st.tuples(st.just("fail"), KEYS),
        st.tuples(st.just("credit"), KEYS, AMOUNTS),
        st.tuples(st.just("cancel"), KEYS),
        st.tuples(st.just("refund"), KEYS, AMOUNTS),
        st.tuples(st.just("sent"), KEYS),
        st.tuples(st.just("bounced"), KEYS),
    ),
    max_size=25,
)


class Office:
    """Carries steps out on two accounts; ``key`` chooses the thing, so that steps meet and repeat."""

    def __init__(self) -> None:
        self.accounts: list[Account] = [AccountFactory(), AccountFactory()]

    def do(self, step: tuple[Any, ...]) -> None:
        verb, key, *rest = step
        act: Callable[..., object] = getattr(self, f"_{verb}")
        for _again in range(2):  # every call arrives twice
            try:
                with transaction.atomic():
                    act(key, *rest)
            except (BusinessError, Invoice.DoesNotExist, Payment.DoesNotExist, Refund.DoesNotExist):
                pass

    def _issue(self, key: int, prices: list[Decimal]) -> None:
        lines = [LineData("x", price) for price in prices]
        issue_invoices(
            actor=SYSTEM,
            drafts=[InvoiceDraft(account.pk, f"{account.pk}:{key}", lines, "x") for account in self.accounts],
        )

    def _try(self, key: int, amount: Decimal) -> None:
        account = self.accounts[key % 2]
        begin_payment(
            actor=SYSTEM,
            account=account,
            amount=amount,
            method=Payment.Method.CARD if key % 3 else Payment.Method.TRANSFER,
            idempotency_key=f"try:{key}",
            invoice=Invoice.objects.filter(source=f"{account.pk}:{key}").first(),
        )

    def _receive(self, key: int) -> None:
        receive_payment(actor=SYSTEM, payment=Payment.objects.get(idempotency_key=f"try:{key}"))

    def _fail(self, key: int) -> None:
        fail_payment(actor=SYSTEM, payment=Payment.objects.get(idempotency_key=f"try:{key}"))

    def _invoice(self, key: int) -> Invoice:
        return Invoice.objects.get(source=f"{self.accounts[key % 2].pk}:{key}")

    def _credit(self, key: int, amount: Decimal) -> None:
        lines = [LineData("x", amount)]
        credit_invoice(
            actor=SYSTEM, invoice=self._invoice(key), lines=lines, reason="x", source=f"credit:{key}:{amount}"
        )

    def _cancel(self, key: int) -> None:
        cancel_invoice(actor=SYSTEM, invoice=self._invoice(key), reason="x")

    def _refund(self, key: int, amount: Decimal) -> None:
        payment = Payment.objects.get(idempotency_key=f"try:{key}")
        refund_payment(actor=SYSTEM, payment=payment, amount=amount, idempotency_key=f"refund:{key}")

    def _sent(self, key: int) -> None:
        finish_refund(actor=SYSTEM, refund=Refund.objects.get(idempotency_key=f"refund:{key}"))

    def _bounced(self, key: int) -> None:
        fail_refund(actor=SYSTEM, refund=Refund.objects.get(idempotency_key=f"refund:{key}"), message="x")


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_the_books_agree_after_any_sequence(db, steps):
    with transaction.atomic():
        office = Office()
        for step in steps:
            office.do(step)
        assert list(verify_ledger()) == []
        assert sum(LedgerEntry.objects.values_list("amount", flat=True), ZERO) == 0
        for model in (Invoice, CreditNote):
            numbers = sorted(model.objects.values_list("number", flat=True))
            assert numbers == list(range(1, len(numbers) + 1))
        for account in office.accounts:
            owed = sum((each.rest for each in Invoice.objects.filter(account=account)), ZERO)
            promised = Refund.objects.filter(payment__account=account, state__in=["due", "processing"])
            held = credit_of(account) + sum((each.amount for each in promised), ZERO)
            assert balance_of(account) == owed - held
        transaction.set_rollback(True)
