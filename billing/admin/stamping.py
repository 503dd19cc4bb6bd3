"""*Registrar el CFDI timbrado*: for whoever certifies in the PAC's portal, as long as no driver does it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action

from billing.forms.support import CertifiedForm
from billing.services.certified import MOST_BYTES, register_certified
from cloudpanel.core.admin import RecordAdmin
from cloudpanel.core.exceptions import BusinessError


class StampedAdmin(RecordAdmin):
    """An invoice or a credit note."""

    actions_detail = ["stamp"]

    @action(description=gettext_lazy("Registrar el CFDI timbrado"), url_path="timbre", permissions=["change"])
    def stamp(self, request: HttpRequest, object_id: int) -> HttpResponse:
        document: Any = get_object_or_404(self.model, pk=object_id)
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
