"""Support's pages for what customers owe."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.admin import ExportMixin
from import_export.resources import ModelResource
from unfold.contrib.import_export.forms import ExportForm
from unfold.decorators import action

from billing.bank_admin import BankFileAdmin, BankMovementAdmin, PaymentMethodAdmin, ReceivedEventAdmin
from billing.models import Payment
from billing.services.on_account import record_refund, record_transfer
from cloudpanel.core.admin import RecordAdmin, run_on_each


class PaymentResource(ModelResource):
    class Meta:
        model = Payment
        fields = (
            "reference",
            "account__legal_name",
            "state",
            "amount",
            "currency",
            "due_date",
            "received_at",
            "concept",
        )


@admin.register(Payment)
class PaymentAdmin(RecordAdmin, ExportMixin):
    resource_classes = [PaymentResource]
    export_form_class = ExportForm
    list_display = ["reference", "account", "concept", "amount", "currency", "state", "due_date", "received_at"]
    list_filter = ["state", "method", "due_date"]
    list_select_related = ["account"]
    search_fields = ["reference", "account__legal_name", "concept"]
    ordering = ["-pk"]
    actions = ["book_transfer", "book_refund"]

    @action(description=gettext_lazy("Registrar transferencia recibida"), permissions=["change"])
    def book_transfer(self, request: HttpRequest, payments: QuerySet[Payment]) -> None:
        done = _("%(count)s transferencias registradas.")
        actor = request.actor  # type: ignore[attr-defined]
        run_on_each(self, request, payments, lambda payment: record_transfer(actor=actor, payment=payment), done)

    @action(description=gettext_lazy("Registrar devolución hecha"), permissions=["change"])
    def book_refund(self, request: HttpRequest, payments: QuerySet[Payment]) -> None:
        done = _("%(count)s devoluciones registradas.")
        actor = request.actor  # type: ignore[attr-defined]
        run_on_each(self, request, payments, lambda payment: record_refund(actor=actor, payment=payment), done)


__all__ = ["BankFileAdmin", "BankMovementAdmin", "PaymentAdmin", "PaymentMethodAdmin", "ReceivedEventAdmin"]
