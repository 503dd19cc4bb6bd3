"""*Historial de facturas*: the list, one invoice, its PDF and XML, and sending it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import get_visible_or_404, require_role
from accounts.models import Role
from accounts.requests import PanelRequest
from billing.fiscal import issuer_of, receiver_of
from billing.listing import Listing
from billing.models import CreditNote, Dispute, Invoice
from billing.papers.cfdi import document_xml
from billing.papers.document_pdf import document_pdf, file_name_of
from billing.services.sending import send_invoice as enqueue_invoice
from billing.services.stamping import stamp_of
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.htmx import render_page_or_fragment

PDF, XML = "application/pdf", "application/xml"


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def invoice_list(request: PanelRequest) -> HttpResponse:
    context = {"listing": Listing.of(request.account, request.GET)}
    return render_page_or_fragment(request, "billing/invoices.html", "billing/_invoices.html", context)


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def invoice(request: PanelRequest, invoice: UUID) -> HttpResponse:
    found = get_visible_or_404(request, Invoice.objects.select_related("stamp"), invoice)
    parties = [{"title": _("Emisor"), "party": issuer_of(found)}, {"title": _("Receptor"), "party": receiver_of(found)}]
    context = {
        "invoice": found,
        "lines": found.lines.all(),
        "allocations": found.allocations.select_related("payment").order_by("pk"),
        "disputes": Dispute.objects.filter(payment__invoice=found).select_related("payment").order_by("pk"),
        "stamp": getattr(found, "stamp", None),
        "notes": found.credit_notes.order_by("pk"),
        "parties": parties,
        "bank": settings.TRANSFER_BANK,
        "clabe": settings.TRANSFER_CLABE,
        "pay_url": _pay_url(found),
    }
    return render(request, "billing/invoice.html", context)


def _pay_url(found: Invoice) -> str:
    """Where it is paid by card, when there is something to pay and a way to do so."""
    try:
        return reverse("billing:pay", args=[found.public_id]) if found.state == Invoice.State.OPEN else ""
    except NoReverseMatch:
        return ""


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def invoice_pdf(request: PanelRequest, invoice: UUID) -> HttpResponse:
    return _pdf(request, get_visible_or_404(request, Invoice, invoice))


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def invoice_xml(request: PanelRequest, invoice: UUID) -> HttpResponse:
    return _xml(request, get_visible_or_404(request, Invoice, invoice))


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def note_pdf(request: PanelRequest, note: UUID) -> HttpResponse:
    return _pdf(request, get_visible_or_404(request, CreditNote.objects.select_related("invoice"), note))


@require_safe
@require_role(Role.ACCOUNT_ADMIN)
def note_xml(request: PanelRequest, note: UUID) -> HttpResponse:
    return _xml(request, get_visible_or_404(request, CreditNote.objects.select_related("invoice"), note))


@require_POST
@require_role(Role.ACCOUNT_ADMIN)
def send_invoice(request: PanelRequest, invoice: UUID) -> HttpResponse:
    found = get_visible_or_404(request, Invoice, invoice)
    try:
        addresses = enqueue_invoice(actor=request.actor, invoice=found)
        messages.success(request, _("La factura va en camino a %(to)s.") % {"to": ", ".join(addresses)})
    except BusinessError as error:
        messages.warning(request, error.user_message)
    return redirect("billing:invoice", found.public_id)


def _pdf(request: PanelRequest, document: Invoice | CreditNote) -> HttpResponse:
    return _download(document_pdf(document, language=request.user.language), PDF, f"{file_name_of(document)}.pdf")


def _xml(request: PanelRequest, document: Invoice | CreditNote) -> HttpResponse:
    try:
        stamp = stamp_of(document)
        content = stamp.xml.encode() if stamp else document_xml(document)
        return _download(content, XML, f"{file_name_of(document)}.xml")
    except BusinessError as error:
        messages.warning(request, error.user_message)
        owner = document if isinstance(document, Invoice) else document.invoice
        return redirect("billing:invoice", owner.public_id)


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
