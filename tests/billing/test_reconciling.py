"""Transfers find their invoices: by reference and amount, each movement once, and what cannot be found waits for people."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import ActionLogEntry, Notification
from billing.models import BankFile, BankFileRow, BankMovement, Invoice, Ledger, LedgerEntry, Payment
from billing.services.bank_matching import proposals_for
from billing.services.crediting import cancel_invoice
from billing.services.ledger import balance_of
from billing.services.paying import book_payment, credit_of
from billing.services.reconciling import assign_movement, leave_unidentified, result_of, upload_bank_file
from cloudpanel.core.exceptions import BusinessError
from tests.billing.conftest import owe

pytestmark = pytest.mark.django_db
HEAD = "Fecha,Concepto,Abono,Clave de rastreo,Ordenante\n"
State = BankMovement.State


@pytest.fixture
def support(staff):
    return Actor(user=staff, origin="127.0.0.1")


@pytest.fixture
def upload(support, run_jobs):
    """``upload((concept, amount), …)``: the bank's list of the day, booked."""

    def send(*rows, today="", filename="banco.csv"):
        day = today or f"{timezone.localdate():%d/%m/%Y}"
        lines = [
            f"{day},{concept},{amount},K{n}-{concept[:9]},{sender}" for n, (concept, amount, sender) in enumerate(rows)
        ]
        file = upload_bank_file(actor=support, content=(HEAD + "\n".join(lines)).encode(), filename=filename)
        run_jobs()
        file.refresh_from_db()
        return file

    return send


def deposit(concept, amount="1160.00", sender=""):
    return (concept, amount, sender)


def only_movement():
    return BankMovement.objects.get()


def unidentified():
    entries = LedgerEntry.objects.filter(ledger=Ledger.UNIDENTIFIED)
    return -sum((entry.amount for entry in entries), Decimal(0))


def test_a_transfer_with_its_reference_pays_its_invoice(upload, invoice, account, differences):
    file = upload(deposit(f"PAGO FACT {invoice.reference}"))
    invoice.refresh_from_db()
    assert invoice.state == Invoice.State.PAID
    assert only_movement().state == State.MATCHED
    assert (file.state, result_of(file)) == (BankFile.State.DONE, {"booked": 1, "matched": 1})
    assert (balance_of(account), differences()) == (0, set())


def test_the_customer_is_told(upload, invoice, administrator, account):
    upload(deposit(invoice.reference))
    told = Notification.objects.get(account=account)
    assert told.title == "Recibimos su pago de $1,160.00 MXN"
    assert str(invoice) in told.body


@pytest.mark.parametrize("write", ["{r}", "REF:{r}.", "pago {a} {b}", "{a}-{b}", "ñ{r}ñ"])
def test_the_reference_is_found_wherever_it_stands(upload, invoice, write):
    reference = invoice.reference
    upload(deposit(write.format(r=reference, a=reference[:5], b=reference[5:])))
    assert only_movement().state == State.MATCHED


def test_leading_zeros_that_a_spreadsheet_ate_matter_only_when_the_amount_differs(upload, invoice):
    cut = invoice.reference.lstrip("0")
    upload(deposit(f"pago {cut}"), deposit(f"pago  {cut}", "15.00"))
    assert list(BankMovement.objects.order_by("pk").values_list("state", flat=True)) == [State.MATCHED, State.TO_REVIEW]


def test_the_same_file_again_books_nothing_again(upload, invoice, account, differences):
    upload(deposit(invoice.reference), deposit("sin referencia", "50.00"))
    again = upload(deposit(invoice.reference), deposit("sin referencia", "50.00"), filename="otra vez.csv")
    assert result_of(again) == {"repeated": 2}
    assert Payment.objects.count() == 1
    assert unidentified() == Decimal("50.00")
    assert differences() == set()


def test_too_little_is_a_partial_payment_and_says_what_lacks(upload, invoice, administrator, account):
    upload(deposit(invoice.reference, "1000.00"))
    invoice.refresh_from_db()
    assert (only_movement().state, invoice.state, invoice.rest) == (
        State.PARTIAL,
        Invoice.State.OPEN,
        Decimal("160.00"),
    )
    assert "faltan $160.00 MXN" in Notification.objects.get(account=account).body


def test_too_much_is_in_the_customers_favour_and_says_so(upload, invoice, administrator, account, differences):
    upload(deposit(invoice.reference, "1200.00"))
    assert only_movement().state == State.OVERPAID
    assert credit_of(account) == Decimal("40.00")
    assert "Quedan $40.00 MXN como saldo a favor" in Notification.objects.get(account=account).body
    assert differences() == set()


def test_a_second_transfer_for_a_paid_or_cancelled_invoice_is_in_the_customers_favour(upload, actor, account, invoice):
    other = owe(actor, account, Decimal(100))
    cancel_invoice(actor=actor, invoice=other, reason="Prueba")
    upload(deposit(invoice.reference), deposit(f"otra vez {invoice.reference}"), deposit(other.reference, "116.00"))
    states = list(BankMovement.objects.order_by("pk").values_list("state", flat=True))
    assert states == [State.MATCHED, State.NOT_OWED, State.NOT_OWED]
    assert credit_of(account) == Decimal("1276.00")


def test_what_support_had_booked_by_hand_is_not_booked_again(upload, support, account, invoice, differences):
    payment = book_payment(
        actor=support,
        account=account,
        amount=invoice.rest,
        method=Payment.Method.TRANSFER,
        idempotency_key="support:1",
        invoice=invoice,
    )
    upload(deposit(invoice.reference), deposit(f"otra vez {invoice.reference}"))
    first, second = BankMovement.objects.order_by("pk")
    assert (first.payment, first.state, second.state) == (payment, State.MATCHED, State.NOT_OWED)
    assert (credit_of(account), differences()) == (Decimal("1160.00"), set())


def test_the_customer_is_not_told_that_a_paid_invoice_was_paid_again(upload, administrator, account, invoice):
    upload(deposit(invoice.reference), deposit(f"otra vez {invoice.reference}"))
    first, second = Notification.objects.filter(account=account).order_by("pk")
    assert str(invoice) in first.body
    assert str(invoice) not in second.body
    assert "saldo a favor" in second.body


def test_pesos_do_not_pay_an_invoice_in_another_currency(upload, support, actor, account, settings):
    settings.CURRENCY = "USD"
    invoice = owe(actor, account, Decimal(1000))
    settings.CURRENCY = "MXN"
    upload(deposit(invoice.reference))
    assert only_movement().state == State.TO_REVIEW
    with pytest.raises(BusinessError, match="USD"):
        assign_movement(actor=support, movement=only_movement(), invoice=invoice)


def test_money_that_nobody_is_found_for_waits_in_the_ledger(upload, invoice, differences):
    upload(deposit("transferencia"))
    assert only_movement().state == State.TO_REVIEW
    assert unidentified() == Decimal("1160.00")
    assert not Payment.objects.exists()
    assert differences() == set()


def test_two_customers_in_one_concept_wait_for_people(upload, actor, invoice, other_account):
    other = owe(actor, other_account, Decimal(1000))
    upload(deposit(f"{invoice.reference} {other.reference}"))
    assert only_movement().state == State.TO_REVIEW


@pytest.mark.parametrize("slip", ["digit", "swap", "missing"])
def test_a_mistyped_reference_is_proposed_and_not_booked(upload, actor, account, slip):
    invoice = owe(actor, account, Decimal(1000))
    while len(set(invoice.reference[-3:])) < 3:  # digits that are not alike can be swapped
        invoice = owe(actor, account, Decimal(1000))
    reference = invoice.reference
    wrong = {
        "digit": reference[:-3] + str((int(reference[-3]) + 4) % 10) + reference[-2:],
        "swap": reference[:-2] + reference[-1] + reference[-2],
        "missing": reference[:-2] + reference[-1],
    }[slip]
    upload(deposit(f"pago {wrong}", "999.00"))
    assert only_movement().state == State.TO_REVIEW
    assert invoice in [proposal.invoice for proposal in proposals_for(only_movement())]


def test_amount_and_sender_speak_for_an_invoice(upload, actor, invoice, other_account):
    owe(actor, other_account, Decimal(1000))
    upload(deposit("pago mensual", "1160.00", "EMPRESA DEMO SA DE CV"))
    first, second = proposals_for(only_movement())
    assert first.invoice == invoice
    assert first.score > second.score
    assert "mismo importe" in second.why


def test_support_assigns_a_deposit_to_an_invoice(upload, support, invoice, account, differences):
    upload(deposit("transferencia"))
    assign_movement(actor=support, movement=only_movement(), invoice=invoice)
    invoice.refresh_from_db()
    assert (only_movement().state, only_movement().settled_by) == (State.ASSIGNED, support.user)
    assert (invoice.state, unidentified(), balance_of(account)) == (Invoice.State.PAID, 0, 0)
    assert differences() == set()
    assert ActionLogEntry.objects.filter(action="billing.movement.booked", account=account).exists()


def test_support_assigns_a_deposit_to_an_account_as_an_advance(upload, support, account, differences):
    upload(deposit("anticipo"))
    assign_movement(actor=support, movement=only_movement(), account=account)
    assert credit_of(account) == Decimal("1160.00")
    assert differences() == set()


def test_a_deposit_is_assigned_once(upload, support, invoice, account):
    upload(deposit("transferencia"))
    movement = only_movement()
    assign_movement(actor=support, movement=movement, invoice=invoice)
    with pytest.raises(BusinessError, match="ya se asignó"):
        assign_movement(actor=support, movement=movement, account=account)
    with pytest.raises(BusinessError, match="ya se asignó"):
        leave_unidentified(actor=support, movement=movement)
    assert Payment.objects.count() == 1


def test_what_is_left_unidentified_may_still_be_assigned(upload, support, account, differences):
    upload(deposit("transferencia"))
    leave_unidentified(actor=support, movement=only_movement())
    assert only_movement().state == State.UNIDENTIFIED
    assign_movement(actor=support, movement=only_movement(), account=account)
    assert (unidentified(), differences()) == (0, set())


def test_every_row_says_what_became_of_it(upload, invoice):
    file = upload(deposit(invoice.reference), deposit("cargo", "-5.00"), deposit("mal", "cien"))
    assert list(file.rows.order_by("number").values_list("outcome", flat=True)) == ["booked", "skipped", "wrong"]
    assert "no es un número" in BankFileRow.objects.get(outcome="wrong").problem


def test_a_file_that_is_no_list_of_movements_is_refused_whole(support):
    with pytest.raises(BusinessError, match="encabezados"):
        upload_bank_file(actor=support, content=b"a,b\n1,2\n", filename="x.csv")
    assert not BankFile.objects.exists()
