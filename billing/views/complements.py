"""The *complemento de pago*: the XML of what a payment paid of invoices to be paid later."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from billing.models import Invoice, Payment
from billing.papers.payment_cfdi import complement_xml
from billing.services.instalments import Complement, complements_of
from cloudpanel.core.exceptions import BusinessError


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def complement(request: PanelRequest, payment: UUID, invoice: UUID) -> HttpResponse:
    """That of the receiver of ``invoice``, with all that the payment paid of theirs."""
    paid, meant = get_visible_or_404(request, Payment, payment), get_visible_or_404(request, Invoice, invoice)
    try:
        content = complement_xml(_naming(paid, meant))
    except BusinessError as error:
        messages.warning(request, error.user_message)
        return redirect("billing:payment", paid.public_id)
    name = f"complemento-{meant}-{paid.public_id.hex[:8]}.xml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/xml", headers=headers)


def _naming(payment: Payment, invoice: Invoice) -> Complement:
    for each in complements_of(payment):
        if invoice in [instalment.invoice for instalment in each.instalments]:
            return each
    raise Http404
