"""Invoices, credit notes and series: read here, credited and paid by hand, exported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from accounts.actors import Actor
from accounts.requests import actor_of
from billing.admin.stamping import StampedAdmin
from billing.forms.support import CreditForm, PaymentForm
from billing.models import (
    CreditNote,
    CreditNoteLine,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    Payment,
    PaymentAllocation,
)
from billing.services.crediting import cancel_invoice, credit_invoice
from billing.services.lines import LineData
from billing.services.paying import book_payment
from billing.services.sending import send_invoice
from cloudpanel.core.admin import RecordAdmin, RecordInline, key_or_404, run_on_each
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import format_money
from cloudpanel.core.staff_files import ExportsAdminMixin, FileResource

LINE_FIELDS = [
    "description",
    "quantity",
    "unit_price",
    "discount",
    "amount",
    "tax",
    "sat_product_code",
    "sat_unit_code",
]


class InvoiceResource(FileResource):
    class Meta:
        model = Invoice
        fields = (
            "series",
            "number",
            "issue_date",
            "due_date",
            "account__legal_name",
            "account__tax_id",
            "concept",
            "subtotal",
            "tax",
            "total",
            "paid",
            "credited",
            "currency",
            "state",
            "reference",
        )


class LineInline(RecordInline):
    model = InvoiceLine
    fields = LINE_FIELDS


class AllocationInline(RecordInline):
    model = PaymentAllocation
    fields = ["payment", "amount"]


@admin.register(Invoice)
class InvoiceAdmin(ExportsAdminMixin, StampedAdmin):
    resource_classes = [InvoiceResource]
    list_display = ["__str__", "account", "concept", "amount", "left", "state", "issue_date", "due_date"]
    list_filter = ["state", "issue_date", "due_date"]
    list_select_related = ["account"]
    search_fields = ["=number", "=reference", "account__legal_name", "account__tax_id", "source"]
    ordering = ["-pk"]
    inlines = [LineInline, AllocationInline]
    actions = ["book_transfer", "send", "cancel"]
    actions_detail = ["pay", "credit", "stamp"]

    @admin.display(description=gettext_lazy("total"))
    def amount(self, invoice: Invoice) -> str:
        return format_money(invoice.total, invoice.currency)

    @admin.display(description=gettext_lazy("por pagar"))
    def left(self, invoice: Invoice) -> str:
        return format_money(invoice.rest, invoice.currency) if invoice.rest else ""

    @action(description=gettext_lazy("Registrar transferencia por lo que falta"), permissions=["change"])
    def book_transfer(self, request: HttpRequest, invoices: QuerySet[Invoice]) -> None:
        """The whole rest arrived and the bank's file is not at hand. Another amount: *Registrar un pago* on the page."""
        done = _("%(count)s transferencias registradas.")
        actor = actor_of(request)
        run_on_each(self, request, invoices.select_related("account"), lambda each: _book_rest(actor, each), done)

    @action(description=gettext_lazy("Enviar por correo"), permissions=["change"])
    def send(self, request: HttpRequest, invoices: QuerySet[Invoice]) -> None:
        done = _("%(count)s facturas van en camino.")
        actor = actor_of(request)
        whole = invoices.select_related("account")
        run_on_each(self, request, whole, lambda each: send_invoice(actor=actor, invoice=each), done)

    @action(description=gettext_lazy("Cancelar con nota de crédito"), permissions=["change"])
    def cancel(self, request: HttpRequest, invoices: QuerySet[Invoice]) -> None:
        """What was paid becomes the customer's credit."""
        done = _("%(count)s facturas canceladas.")
        actor, reason = request.actor, _("Cancelada por soporte")  # type: ignore[attr-defined]
        whole = invoices.select_related("account")
        run_on_each(self, request, whole, lambda each: cancel_invoice(actor=actor, invoice=each, reason=reason), done)

    @action(description=gettext_lazy("Registrar un pago"), url_path="pago", permissions=["change"])
    def pay(self, request: HttpRequest, object_id: int) -> HttpResponse:
        invoice = get_object_or_404(Invoice.objects.select_related("account"), pk=key_or_404(object_id))
        form = PaymentForm(request.POST or None, initial={"amount": invoice.rest, "key": uuid4()})
        return self._carry_out(request, invoice, form, _("Registrar un pago"), _take_payment)

    @action(description=gettext_lazy("Emitir nota de crédito"), url_path="nota", permissions=["change"])
    def credit(self, request: HttpRequest, object_id: int) -> HttpResponse:
        invoice = get_object_or_404(Invoice.objects.select_related("account"), pk=key_or_404(object_id))
        form = CreditForm(request.POST or None, initial={"key": uuid4()})
        return self._carry_out(request, invoice, form, _("Emitir nota de crédito"), _give_credit)

    def _carry_out(
        self,
        request: HttpRequest,
        invoice: Invoice,
        form: Form,
        title: str,
        service: Callable[[Actor, Invoice, dict[str, Any]], str],
    ) -> HttpResponse:
        if request.method == "POST" and form.is_valid():
            try:
                done = service(request.actor, invoice, form.cleaned_data)  # type: ignore[attr-defined]
            except BusinessError as error:
                form.add_error(error.field or None, error.user_message)
            else:
                self.message_user(request, done, messages.SUCCESS)
                return redirect("admin:billing_invoice_change", invoice.pk)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form, "invoice": invoice}
        return render(request, "billing/admin_invoice_form.html", {**context, "title": title})


def _book_rest(actor: Actor, invoice: Invoice) -> None:
    if not invoice.rest:
        raise BusinessError(_("No falta nada por pagar."))
    book_payment(
        actor=actor,
        account=invoice.account,
        amount=invoice.rest,
        method=Payment.Method.TRANSFER,
        idempotency_key=f"support:{invoice.public_id}:{invoice.paid}:{invoice.credited}",
        invoice=invoice,
        reference=invoice.reference,
    )


def _take_payment(actor: Actor, invoice: Invoice, data: dict[str, Any]) -> str:
    payment = book_payment(
        actor=actor,
        account=invoice.account,
        amount=data["amount"],
        method=Payment.Method(data["method"]),
        idempotency_key=f"support:{data['key']}",
        invoice=invoice,
        reference=data["reference"],
    )
    return _("Se registró el pago: %(payment)s.") % {"payment": payment}


def _give_credit(actor: Actor, invoice: Invoice, data: dict[str, Any]) -> str:
    first = invoice.lines.order_by("pk").first()
    line = LineData(
        data["reason"],
        data["amount"],
        tax_rate=first.tax_rate if first else None,
        sat_product_code=first.sat_product_code if first else "",
        sat_unit_code=first.sat_unit_code if first else "",
    )
    source = f"support:{data['key']}"
    note = credit_invoice(actor=actor, invoice=invoice, lines=[line], reason=data["reason"], source=source)
    return _("Se emitió la nota de crédito %(note)s.") % {"note": note}


class NoteLineInline(RecordInline):
    model = CreditNoteLine
    fields = LINE_FIELDS


@admin.register(CreditNote)
class CreditNoteAdmin(StampedAdmin):
    list_display = ["__str__", "account", "invoice", "concept", "total", "currency", "issue_date"]
    list_filter = ["issue_date"]
    list_select_related = ["account", "invoice"]
    search_fields = ["=number", "account__legal_name", "=invoice__number"]
    ordering = ["-pk"]
    inlines = [NoteLineInline]


@admin.register(InvoiceSeries)
class InvoiceSeriesAdmin(RecordAdmin):
    list_display = ["code", "next_number"]
