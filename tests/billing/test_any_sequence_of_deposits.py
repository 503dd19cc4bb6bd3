"""Any sequence of uploads, in pieces that overlap and are repeated, of assignments and of giving up: every deposit is in the
books once, and the books agree."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actors import Actor
from billing.models import BankMovement, Ledger, LedgerEntry, Payment
from billing.services.reconciling import assign_movement, book_some_rows, leave_unidentified, upload_bank_file
from tests.billing.conftest import owe
from tests.examples import examples

pytestmark = pytest.mark.django_db

amounts = st.sampled_from(["116.00", "58.00", "200.00", "0.01"])
texts = st.sampled_from(["exact", "cut", "mistyped", "nothing", "twice"])
uploads = st.tuples(st.just("upload"), st.integers(0, 7), st.integers(1, 8))
others = st.tuples(st.sampled_from(["assign invoice", "assign account", "leave"]), st.integers(0, 7), st.just(0))


@settings(max_examples=examples(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(texts, amounts), min_size=1, max_size=8), steps=st.lists(uploads | others, max_size=8))
def test_every_deposit_is_booked_once_and_the_books_agree(actor, account, staff, differences, rows, steps):
    support, invoices = Actor(user=staff), [owe(actor, account, Decimal(100)) for _each in range(3)]
    before = {row.pk for row in BankMovement.objects.all()}
    held = total(Ledger.BANK)
    lines = [line(number, what, amount, invoices) for number, (what, amount) in enumerate(rows)]
    for step, position, length in [*steps, ("upload", 0, len(lines))]:
        if step == "upload":
            upload(support, lines[position : position + length])
        else:
            decide(step, position, support, account, invoices)
    new = BankMovement.objects.exclude(pk__in=before)
    assert new.count() == len(lines)
    assert total(Ledger.BANK) - held == sum((Decimal(amount) for _what, amount in rows), Decimal(0))
    waiting = new.filter(payment__isnull=True).count()
    assert Payment.objects.filter(movement__in=new).count() == len(lines) - waiting
    assert differences() == set()


def line(number, what, amount, invoices):
    reference = invoices[number % 3].reference
    concept = {
        "exact": reference,
        "cut": reference.lstrip("0"),
        "mistyped": reference[:-1] + str((int(reference[-1]) + 1) % 10),
        "nothing": "transferencia",
        "twice": f"{reference} {reference}",
    }[what]
    return f"{timezone.localdate():%d/%m/%Y},{concept},{amount},T{invoices[0].pk}-{number}"


def upload(support, lines):
    if lines:
        content = "\n".join(["Fecha,Concepto,Abono,Clave de rastreo", *lines]).encode()
        book_some_rows(upload_bank_file(actor=support, content=content, filename="x.csv"), actor=support, most=100)


def decide(step, position, support, account, invoices):
    movement = BankMovement.objects.filter(state__in=BankMovement.OPEN).order_by("-pk").first()
    if movement is None:
        return
    if step == "leave":
        leave_unidentified(actor=support, movement=movement)
    elif step == "assign account":
        assign_movement(actor=support, movement=movement, account=account)
    else:
        assign_movement(actor=support, movement=movement, invoice=invoices[position % 3])


def total(ledger):
    return sum((entry.amount for entry in LedgerEntry.objects.filter(ledger=ledger)), Decimal(0))
