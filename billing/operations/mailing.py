"""Sends an invoice with its PDF."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.emails import Letter
from billing.models import Invoice
from billing.papers.document_pdf import document_pdf, file_name_of
from billing.services.sending import addresses_for
from cloudpanel.core.money import format_money
from cloudpanel.provisioning.emails import MAIL_SERVER, deliver
from cloudpanel.provisioning.models import Job
from cloudpanel.provisioning.operations import JobRun, Operation, Result


def _send(run: JobRun) -> Result:
    invoice = Invoice.objects.select_related("account").get(pk=run.job.params["invoice"])
    addresses = addresses_for(invoice.account_id)
    if not addresses:
        return Result(data={"skipped": True})
    deliver(build_message(invoice, addresses))
    return Result()


def build_message(invoice: Invoice, addresses: list[str]) -> EmailMultiAlternatives:
    """In the account's language, as the document is."""
    language = invoice.account.language
    with translation.override(language):
        letter = _letter(invoice)
        context = {
            "letter": letter,
            "user": {"name": invoice.account.legal_name},
            "panel_name": settings.PANEL_NAME,
            "panel_url": settings.PUBLIC_URL,
            "support_email": settings.SUPPORT_EMAIL,
        }
        message = EmailMultiAlternatives(
            subject=letter.subject,
            body=render_to_string("emails/accounts/letter.txt", context),
            to=addresses,
            headers={"Auto-Submitted": "auto-generated"},
        )
        message.attach_alternative(render_to_string("emails/accounts/letter.html", context), "text/html")
    message.attach(f"{file_name_of(invoice)}.pdf", document_pdf(invoice, language=language), "application/pdf")
    return message


def _letter(invoice: Invoice) -> Letter:
    facts = {"number": invoice.number_text, "total": format_money(invoice.total, invoice.currency)}
    lines = [_("Su factura %(number)s por %(total)s") % facts, invoice.concept]
    if invoice.rest:
        due = {
            "rest": format_money(invoice.rest, invoice.currency),
            "day": date_format(invoice.due_date, "DATE_FORMAT"),
            "reference": invoice.reference,
        }
        lines.append(_("Por pagar: %(rest)s, a más tardar el %(day)s. Referencia: %(reference)s.") % due)
    return Letter(
        _("Factura %(number)s") % facts,
        lines,
        link=settings.PUBLIC_URL + reverse("billing:invoice", args=[invoice.public_id]),
        label=_("Ver en el panel"),
        closing=[_("La factura va adjunta en PDF.")],
    )


def _nothing(job: Job) -> None:
    """Support sees a job that failed; the customer can send the invoice again."""


send_invoice = Operation(
    run=_send,
    succeeded=_nothing,
    failed=_nothing,
    label=gettext_lazy("Enviar una factura por correo"),
    driver=MAIL_SERVER,
    max_attempts=100,
    deadline=timedelta(hours=48),
)
