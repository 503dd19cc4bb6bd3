"""An invoice or a credit note as PDF (its *representación impresa*), pure Python and without any font of the machine."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone, translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from billing.fiscal import Party, issuer_of, receiver_of
from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from billing.papers.amount_words import amount_in_words
from billing.papers.sheet import Sheet
from billing.services.stamping import stamp_of
from billing.tax import percent
from cloudpanel.core.money import ZERO, format_money

Line = InvoiceLine | CreditNoteLine
Lines = Sequence[Line]


def document_pdf(document: Invoice | CreditNote, *, language: str = "es-mx") -> bytes:
    """The whole document. Two statements: its lines, and what it refers to."""
    with translation.override(language):
        lines: list[Line] = list(document.lines.all())
        return _draw(document, lines)


def file_name_of(document: Invoice | CreditNote) -> str:
    """``factura-F-12``, without an ending."""
    return f"{'factura' if isinstance(document, Invoice) else 'nota-de-credito'}-{document.number_text}"


def _draw(document: Invoice | CreditNote, lines: Lines) -> bytes:
    issuer, receiver = issuer_of(document), receiver_of(document)
    title = _title(document)
    sheet = Sheet(
        title=title,
        author=issuer.legal_name,
        footer=_("%(title)s · %(issuer)s") % {"title": title, "issuer": issuer.legal_name},
        made_at=document.issued_at,
    )
    sheet.write_heading([issuer.legal_name, *_party_lines(issuer)], [title, *_dates(document)])
    sheet.write_block(_("Receptor"), [receiver.legal_name, *_party_lines(receiver)])
    if isinstance(document, CreditNote):
        reason = {"invoice": document.invoice, "reason": document.concept}
        sheet.write_block(_("Factura a la que corresponde"), [_("%(invoice)s. Motivo: %(reason)s") % reason])
    headings = [_("Concepto"), _("Claves SAT"), _("Cantidad"), _("Precio"), _("Descuento"), _("IVA"), _("Importe")]
    rows = [_row(line) for line in lines]
    sheet.write_table(headings, rows, widths=(62, 24, 17, 23, 20, 12, 26), numbers=5)
    sheet.write_totals(_totals(document, lines))
    sheet.write_line(f"({amount_in_words(document.total, document.currency)})")
    if isinstance(document, Invoice):
        sheet.write_block(_("Pago"), _payment_lines(document))
    sheet.write_line(_stamp_line(document), faint=True)
    return sheet.as_bytes()


def _stamp_line(document: Invoice | CreditNote) -> str:
    stamp = stamp_of(document)
    if stamp is None:
        return _("Documento sin timbre fiscal: no es un CFDI mientras el SAT no lo certifique.")
    facts = {"uuid": stamp, "at": date_format(timezone.localtime(stamp.stamped_at), "DATETIME_FORMAT")}
    return _("Representación impresa de un CFDI. Folio fiscal %(uuid)s, certificado el %(at)s.") % facts


def _title(document: Invoice | CreditNote) -> str:
    text = _("Factura %(number)s") if isinstance(document, Invoice) else _("Nota de crédito %(number)s")
    return text % {"number": document.number_text}


def _dates(document: Invoice | CreditNote) -> list[str]:
    dates = [_("Fecha: %(day)s") % {"day": date_format(document.issue_date, "DATE_FORMAT")}]
    if isinstance(document, Invoice):
        dates.append(_("Vence: %(day)s") % {"day": date_format(document.due_date, "DATE_FORMAT")})
    place = {"place": document.issuer["postal_code"]}
    return [
        *dates,
        _("Lugar de expedición: C.P. %(place)s") % place,
        _("Moneda: %(code)s") % {"code": document.currency},
    ]


def _party_lines(party: Party) -> list[str]:
    lines = [_("RFC: %(tax_id)s") % {"tax_id": party.tax_id}]
    if party.regime:
        lines.append(_("Régimen fiscal: %(regime)s") % {"regime": party.regime})
    if party.address:
        lines.append(party.address)
    if party.cfdi_use:
        lines.append(_("Uso de CFDI: %(use)s") % {"use": party.cfdi_use})
    return lines


def _row(line: Line) -> list[str]:
    description = line.description
    if line.period_start and line.period_end:
        start, end = (
            date_format(line.period_start, "SHORT_DATE_FORMAT"),
            date_format(line.period_end, "SHORT_DATE_FORMAT"),
        )
        description += " " + _("(del %(start)s al %(end)s)") % {"start": start, "end": end}
    return [
        description,
        f"{line.sat_product_code} {line.sat_unit_code}",
        number_format(line.quantity.normalize(), use_l10n=True, force_grouping=True),
        _plain(line.unit_price),
        _plain(line.discount) if line.discount else "",
        f"{percent(line.tax_rate)} %",
        _plain(line.amount),
    ]


def _plain(amount: object) -> str:
    """``$1,234.50``: the currency stands once, above."""
    return format_money(amount, "").rstrip()  # type: ignore[arg-type]


def _totals(document: Invoice | CreditNote, lines: Lines) -> list[tuple[str, str]]:
    currency = document.currency
    taxes = dict.fromkeys(sorted({line.tax_rate for line in lines}), ZERO)
    for line in lines:
        taxes[line.tax_rate] += line.tax
    rows = [(_("Subtotal"), format_money(document.subtotal, currency))]
    rows += [
        (_("IVA %(rate)s %%") % {"rate": percent(rate)}, format_money(tax, currency)) for rate, tax in taxes.items()
    ]
    return [*rows, (_("Total"), format_money(document.total, currency))]


def _payment_lines(invoice: Invoice) -> list[str]:
    if invoice.state == Invoice.State.CANCELLED:
        return [_("Cancelada con nota de crédito: no se debe nada.")]
    if not invoice.rest:
        return [_("Pagada por completo.")]
    facts = {"bank": settings.TRANSFER_BANK, "clabe": settings.TRANSFER_CLABE, "reference": invoice.reference}
    lines = [
        _("Transferencia SPEI a %(bank)s, CLABE %(clabe)s.") % facts,
        _("Referencia: %(reference)s. Escríbala tal cual: así se reconoce su pago.") % facts,
    ]
    if invoice.rest != invoice.total:
        lines.append(_("Por pagar: %(amount)s") % {"amount": format_money(invoice.rest, invoice.currency)})
    return lines
