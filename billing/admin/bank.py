"""*Conciliación bancaria*: support uploads what the bank says and assigns what finds no invoice by itself. And, to be read,
what the gateways told."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from accounts.models import Account
from accounts.requests import actor_of
from billing.models import BankFile, BankFileRow, BankMovement, Invoice, PaymentMethod, ReceivedEvent
from billing.services.bank_matching import proposals_for
from billing.services.reconciling import (
    assign_movement,
    leave_unidentified,
    result_of,
    undo_assignment,
    upload_bank_file,
)
from cloudpanel.core.admin import RecordAdmin, key_or_404, run_on_each
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.pagination import keyset_page
from cloudpanel.core.tabular.reading import read_upload

State = BankMovement.State
STATE_COLOURS = {
    State.MATCHED: "success",
    State.ASSIGNED: "success",
    State.PARTIAL: "warning",
    State.OVERPAID: "warning",
    State.NOT_OWED: "warning",
    State.TO_REVIEW: "danger",
    State.UNIDENTIFIED: "info",
}


class BankFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Movimientos del banco"),
        help_text=gettext_lazy(
            "CSV o Excel (.xlsx) tal como lo da el banco, con encabezados. Se necesitan la fecha y el abono; ayudan el "
            "concepto, la referencia, la clave de rastreo y el ordenante. Subirlo otra vez no registra nada dos veces."
        ),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.xlsx"}),
        error_messages={
            "required": gettext_lazy("Elija el archivo."),
            "empty": gettext_lazy("El archivo está vacío."),
        },
    )


class AssignForm(forms.Form):
    """One of the proposals, or an invoice or an account by what people call it."""

    invoice = forms.CharField(
        label=gettext_lazy("Factura"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Número (F-12) o referencia."),
        widget=UnfoldAdminTextInputWidget(),
    )
    account = forms.CharField(
        label=gettext_lazy("O bien la cuenta, como saldo a favor"),
        required=False,
        max_length=250,
        help_text=gettext_lazy("RFC o razón social completa."),
        widget=UnfoldAdminTextInputWidget(),
    )

    def clean_invoice(self) -> Invoice | None:
        text = self.cleaned_data["invoice"].strip().upper()
        if not text:
            return None
        series, _dash, number = text.partition("-")
        named = Invoice.objects.filter(reference=text)
        if series and number.isascii() and number.isdigit() and len(number) < 16:
            named |= Invoice.objects.filter(series=series, number=int(number))
        found = named.select_related("account").first()
        if found is None:
            raise forms.ValidationError(_("No hay ninguna factura con ese número ni con esa referencia."))
        return found

    def clean_account(self) -> Account | None:
        text = self.cleaned_data["account"].strip()
        if not text:
            return None
        found = list(
            Account.objects.filter(tax_id__iexact=text)[:2] or Account.objects.filter(legal_name__iexact=text)[:2]
        )
        if len(found) != 1:
            raise forms.ValidationError(_("No hay una sola cuenta con ese RFC o razón social."))
        return found[0]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and bool(data.get("invoice")) == bool(data.get("account")):
            raise forms.ValidationError(_("Escriba una factura o una cuenta, una de las dos."))
        return data


@admin.register(BankFile)
class BankFileAdmin(RecordAdmin):
    list_display = ["filename", "created_at", "uploaded_by", "row_count", "state"]
    list_select_related = ["uploaded_by"]
    ordering = ["-pk"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("billing.add_bankfile")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = BankFileForm(request.POST, request.FILES) if request.method == "POST" else BankFileForm()
        if request.method == "POST" and form.is_valid():
            upload = form.cleaned_data["file"]
            try:
                file = upload_bank_file(
                    actor=request.actor,  # type: ignore[attr-defined]
                    content=read_upload(upload),
                    filename=upload.name,
                )
                return redirect("admin:billing_bankfile_change", file.pk)
            except BusinessError as error:
                form.add_error(error.field or None, error.user_message)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form}
        return render(request, "billing/admin_bank_upload.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Every row and what became of it; those that need somebody first."""
        file = get_object_or_404(BankFile, pk=key_or_404(object_id))
        if not self.has_view_permission(request, file):
            raise PermissionDenied
        rows = file.rows.select_related("movement__invoice", "movement__payment__account")
        wanted = request.GET.get("ver", "")
        if wanted in BankFileRow.Outcome.values:
            rows = rows.filter(outcome=wanted)
        elif wanted in State.values:
            rows = rows.filter(outcome=BankFileRow.Outcome.BOOKED, movement__state=wanted)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": file,
            "file": file,
            "counts": self._counts(file),
            "wanted": wanted,
            "page": keyset_page(rows, order=("number",), cursor=request.GET.get("cursor", "")),
        }
        return render(request, "billing/admin_bank_file.html", context)

    def _counts(self, file: BankFile) -> list[tuple[str, str, int]]:
        labels = {**dict(BankFileRow.Outcome.choices), **dict(State.choices)}
        return [(key, str(labels[key]), count) for key, count in result_of(file).items()]


@admin.register(BankMovement)
class BankMovementAdmin(RecordAdmin):
    list_display = ["booked_on", "amount", "concept", "reference", "sender", "shown_state", "invoice", "owner"]
    list_filter = ["state", "booked_on"]
    list_select_related = ["invoice", "payment__account"]
    search_fields = ["concept", "reference", "tracking_key", "sender", "payment__account__legal_name"]
    ordering = ["-pk"]
    actions = ["leave", "undo"]
    actions_detail = ["assign"]

    @display(description=gettext_lazy("estado"), ordering="state", label=STATE_COLOURS)
    def shown_state(self, movement: BankMovement) -> tuple[str, str]:
        return movement.state, movement.get_state_display()

    @display(description=gettext_lazy("cuenta"))
    def owner(self, movement: BankMovement) -> str:
        return str(movement.payment.account) if movement.payment else "—"

    def has_assign_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        is_open = (
            object_id is None
            or BankMovement.objects.filter(pk=key_or_404(object_id), state__in=BankMovement.OPEN).exists()
        )
        return self.has_change_permission(request) and is_open

    @action(description=gettext_lazy("Asignar"), url_path="asignar", permissions=["assign"])
    def assign(self, request: HttpRequest, object_id: str) -> HttpResponse:
        movement = get_object_or_404(BankMovement, pk=key_or_404(object_id))
        form = AssignForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                assign_movement(actor=request.actor, movement=movement, **form.cleaned_data)  # type: ignore[attr-defined]
                self.message_user(request, _("El depósito quedó asignado."), messages.SUCCESS)
                return redirect("admin:billing_bankmovement_change", movement.pk)
            except BusinessError as error:
                form.add_error(None, error.user_message)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": movement,
            "movement": movement,
            "proposals": proposals_for(movement),
            "form": form,
        }
        return render(request, "billing/admin_bank_assign.html", context)

    @action(description=gettext_lazy("Dejar como depósito sin identificar"), permissions=["change"])
    def leave(self, request: HttpRequest, movements: QuerySet[BankMovement]) -> None:
        done = _("%(count)s depósitos quedan sin identificar.")
        actor = actor_of(request)
        run_on_each(self, request, movements, lambda row: leave_unidentified(actor=actor, movement=row), done)

    @action(description=gettext_lazy("Deshacer la asignación"), permissions=["change"])
    def undo(self, request: HttpRequest, movements: QuerySet[BankMovement]) -> None:
        done = _("%(count)s depósitos esperan de nuevo a su dueño; lo que pagaban se debe otra vez.")
        actor = actor_of(request)
        run_on_each(self, request, movements, lambda row: undo_assignment(actor=actor, movement=row), done)


class ReadOnlyAdmin(RecordAdmin):
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PaymentMethod)
class PaymentMethodAdmin(ReadOnlyAdmin):
    list_display = ["account", "brand", "last4", "expiry_text", "is_default", "removed_at"]
    list_select_related = ["account"]
    search_fields = ["account__legal_name", "last4", "gateway_ref"]
    ordering = ["-pk"]


@admin.register(ReceivedEvent)
class ReceivedEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "gateway", "kind", "object_ref", "outcome"]
    list_filter = ["outcome", "gateway"]
    search_fields = ["event_id", "object_ref", "kind"]
    ordering = ["-pk"]
