"""*Registrar el CFDI timbrado*: for whoever certifies in the PAC's portal, as long as no driver does it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from billing.fiscal import Party, issuer_of, receiver_of
from billing.forms.support import CertifiedForm
from billing.models import CreditNote, Invoice
from billing.services.certified import MOST_BYTES, register_certified
from billing.services.stamping import stamp_of
from cloudpanel.core.admin import RecordAdmin, key_or_404
from cloudpanel.core.exceptions import BusinessError


class StampedAdmin(RecordAdmin):
    """An invoice or a credit note: its parties as people read them, and its *folio fiscal*."""

    actions_detail = ["stamp"]
    readonly_fields = ["issued_by", "issued_to", "folio"]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Sequence[str]:
        return [name for name in super().get_readonly_fields(request, obj) if name not in {"issuer", "receiver"}]

    @admin.display(description=gettext_lazy("emisor"))
    def issued_by(self, document: Invoice | CreditNote) -> str:
        return _party(issuer_of(document))

    @admin.display(description=gettext_lazy("receptor"))
    def issued_to(self, document: Invoice | CreditNote) -> str:
        return _party(receiver_of(document))

    @admin.display(description=gettext_lazy("folio fiscal"))
    def folio(self, document: Invoice | CreditNote) -> str:
        stamp = stamp_of(document)
        return str(stamp) if stamp else _("Sin timbrar")

    @action(description=gettext_lazy("Registrar el CFDI timbrado"), url_path="timbre", permissions=["change"])
    def stamp(self, request: HttpRequest, object_id: int) -> HttpResponse:
        document: Any = get_object_or_404(self.model, pk=key_or_404(object_id))
        form = CertifiedForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            content = form.cleaned_data["file"].read(MOST_BYTES + 1)
            try:
                stamp = register_certified(actor=request.actor, document=document, content=content)  # type: ignore[attr-defined]
            except BusinessError as error:
                form.add_error("file", error.user_message)
            else:
                self.message_user(
                    request, _("Quedó timbrado: folio fiscal %(uuid)s.") % {"uuid": stamp}, messages.SUCCESS
                )
                return redirect(f"admin:billing_{self.opts.model_name}_change", document.pk)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "form": form, "document": document}
        return render(request, "billing/admin_stamp.html", {**context, "title": _("Registrar el CFDI timbrado")})


def _party(party: Party) -> str:
    parts = [party.legal_name, party.tax_id, party.regime, party.address, party.cfdi_use]
    return " · ".join(part for part in parts if part)
