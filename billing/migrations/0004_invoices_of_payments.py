"""Every payment that there is gets the invoice that it should have been for, and both are booked. Orders charged until
now keep their reference, their amounts and their dates."""

from decimal import ROUND_FLOOR, Decimal

from django.conf import settings
from django.db import migrations
from django.db.models import F
from django.utils import timezone

ZERO, CENT = Decimal("0.00"), Decimal("0.01")
RECEIVER = ("legal_name", "tax_id", "tax_regime", "street", "city", "state", "postal_code", "country")


def make_invoices(apps, schema_editor):
    series = apps.get_model("billing", "InvoiceSeries")
    for code in ("F", "NC"):
        series.objects.get_or_create(code=code)
    for payment in apps.get_model("billing", "Payment").objects.order_by("pk"):
        payment.idempotency_key = f"payment:{payment.public_id}"
        payment.save(update_fields=["idempotency_key"])
        if payment.amount:
            _make_invoice(apps, payment)


def _make_invoice(apps, payment):
    order = apps.get_model("marketplace", "Order").objects.filter(payment=payment).first()
    account = apps.get_model("accounts", "Account").objects.get(pk=payment.account_id)
    rate = order.tax_rate if order else Decimal(settings.VAT_RATE)
    if order and order.total == payment.amount:
        subtotal, tax = order.subtotal, order.tax
    else:
        subtotal = (payment.amount / (1 + rate)).quantize(CENT)
        tax = payment.amount - subtotal
    shared = {
        "account": account,
        "issued_at": payment.created_at,
        "issue_date": timezone.localdate(payment.created_at),
        "currency": payment.currency,
        "subtotal": subtotal,
        "tax": tax,
        "total": payment.amount,
        "issuer": dict(settings.ISSUER),
        "receiver": {name: getattr(account, name) for name in RECEIVER},
    }
    came = payment.received_at is not None
    kept = came and payment.state == "received"
    gone = payment.state in ("cancelled", "refund_due", "refunded")
    invoice = apps.get_model("billing", "Invoice").objects.create(
        **shared,
        series_id="F",
        number=_take(apps, "F"),
        source=f"order:{order.public_id}" if order else f"payment:{payment.public_id}",
        concept=payment.concept,
        due_date=payment.due_date,
        reference=payment.reference,
        state="cancelled" if gone else "paid" if kept else "open",
        paid=payment.amount if kept else ZERO,
        credited=payment.amount if gone else ZERO,
        paid_at=payment.received_at if kept else None,
        cancelled_at=timezone.now() if gone else None,
    )
    wanted = _lines(apps, order, payment, subtotal)
    taxes = _spread(tax, [amount * rate for _text, _units, _price, amount in wanted])
    _write_lines(apps.get_model("billing", "InvoiceLine"), "invoice", invoice, wanted, taxes, rate)
    _book(apps, f"invoice:{invoice.pk}", "invoice", invoice, receivable=payment.amount, revenue=-subtotal, tax=-tax)
    payment.invoice = invoice
    payment.save(update_fields=["invoice"])
    if came:
        _book(apps, f"payment:{payment.pk}", "payment", invoice, bank=payment.amount, receivable=-payment.amount)
    if kept:
        apps.get_model("billing", "PaymentAllocation").objects.create(
            payment=payment, invoice=invoice, amount=payment.amount
        )
        payment.allocated = payment.amount
        payment.save(update_fields=["allocated"])
    if gone:
        note = apps.get_model("billing", "CreditNote").objects.create(
            **shared | {"issued_at": timezone.now(), "issue_date": timezone.localdate()},
            series_id="NC",
            number=_take(apps, "NC"),
            source=f"cancel:{invoice.public_id}",
            concept="Pedido cancelado",
            invoice=invoice,
            cfdi_use="G02",
            payment_form="15",
            payment_terms="PUE",
        )
        _write_lines(apps.get_model("billing", "CreditNoteLine"), "credit_note", note, wanted, taxes, rate)
        key = f"credit_note:{note.pk}"
        _book(apps, key, "credit_note", invoice, receivable=-payment.amount, revenue=subtotal, tax=tax)
    if payment.state in ("refund_due", "refunded"):
        _make_refund(apps, payment, invoice)


def _make_refund(apps, payment, invoice):
    done = payment.state == "refunded"
    refund = apps.get_model("billing", "Refund").objects.create(
        payment=payment,
        amount=payment.amount,
        state="done" if done else "due",
        done_at=timezone.now() if done else None,
        idempotency_key=f"undo:{invoice.public_id}:{payment.pk}",
    )
    payment.refunded = payment.amount
    payment.save(update_fields=["refunded"])
    if done:
        _book(apps, f"refund:{refund.pk}", "refund", invoice, receivable=payment.amount, bank=-payment.amount)


def _take(apps, code):
    series = apps.get_model("billing", "InvoiceSeries").objects.filter(code=code)
    series.update(next_number=F("next_number") + 1)
    return series.get().next_number - 1


def _lines(apps, order, payment, subtotal):
    """Description, quantity, price and amount of each line; they sum to ``subtotal``."""
    found = []
    for line in apps.get_model("marketplace", "OrderLine").objects.filter(order=order).order_by("pk") if order else ():
        found.append((line.description, line.units, line.unit_price, line.units * line.unit_price))
        if line.setup_fee:
            found.append((f"Alta: {line.description}", line.units, line.setup_fee, line.units * line.setup_fee))
    if sum((amount for _text, _units, _price, amount in found), ZERO) == subtotal:
        return found
    return [(payment.concept, 1, subtotal, subtotal)]


def _spread(total, exact):
    floors = [amount.quantize(CENT, rounding=ROUND_FLOOR) for amount in exact]
    order = sorted(range(len(exact)), key=lambda place: exact[place] - floors[place], reverse=True)
    for place in order[: int((total - sum(floors, ZERO)) / CENT)]:
        floors[place] += CENT
    floors[0] += total - sum(floors, ZERO)
    return floors


def _write_lines(model, name, document, wanted, taxes, rate):
    for (text, units, price, amount), tax in zip(wanted, taxes, strict=True):
        model.objects.create(
            **{name: document},
            description=text,
            quantity=units,
            unit_price=price,
            amount=amount,
            tax_rate=rate,
            tax=tax,
            sat_product_code=settings.SAT_PRODUCT_CODE,
            sat_unit_code=settings.SAT_UNIT_CODE,
        )


def _book(apps, key, kind, invoice, **amounts):
    booked = apps.get_model("billing", "LedgerTransaction").objects.create(
        key=key, kind=kind, account_id=invoice.account_id
    )
    for ledger, amount in amounts.items():
        if amount:
            apps.get_model("billing", "LedgerEntry").objects.create(
                transaction=booked,
                account_id=invoice.account_id,
                ledger=ledger,
                currency=invoice.currency,
                amount=amount,
            )


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_documents_and_ledger"), ("marketplace", "0004_undelivered_orders")]
    operations = [migrations.RunPython(make_invoices, migrations.RunPython.noop)]
