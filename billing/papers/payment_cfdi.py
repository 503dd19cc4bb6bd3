"""The unstamped CFDI 4.0 of type P with its *complemento de pago* (Pagos 2.0), by satcfdi: what a payment paid of invoices
that were issued to be paid later (PPD)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from billing.fiscal import issuer_of, receiver_of
from billing.models import Invoice, Payment
from billing.papers.cfdi import RATE, SUBJECT_TO_TAX, VAT, billable, clean_text, name_of, sat_rate, without_seal
from billing.services.allocation import PAYMENT_FORMS
from billing.services.instalments import Complement, Instalment
from billing.services.lines import spread
from billing.tax import percent
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import ZERO, cents

if TYPE_CHECKING:
    from satcfdi.cfdi import CFDI

RATES = frozenset({Decimal("0.16"), Decimal("0.08"), Decimal(0)})
"""Those that the totals of Pagos 2.0 have a place for."""
SAME_CURRENCY = Decimal(1)


@dataclass(frozen=True, slots=True)
class Share:
    """What of an instalment is of one rate of IVA. ``base + tax`` over all rates is the instalment."""

    rate: Decimal
    base: Decimal
    tax: Decimal


def complement_xml(complement: Complement) -> bytes:
    """UTF-8 with declaration, as :func:`billing.papers.cfdi.document_xml`. Raises BusinessError when something is missing."""
    if complement.obstacle:
        raise BusinessError(complement.obstacle, code="complement_incomplete")
    return bytes(_build(complement).xml_bytes(pretty_print=True))


def _build(complement: Complement) -> CFDI:
    from satcfdi.create.cfd import cfdi40, pago20

    issuer, receiver = issuer_of(complement.first), receiver_of(complement.first)
    paid = complement.payment
    payment = pago20.Pago(
        fecha_pago=timezone.localtime(paid.received_at).replace(microsecond=0, tzinfo=None),
        forma_de_pago_p=PAYMENT_FORMS[Payment.Method(paid.method)],
        moneda_p=paid.currency,
        tipo_cambio_p=SAME_CURRENCY,
        num_operacion=clean_text(paid.reference or paid.gateway_ref, 100)
        if paid.reference or paid.gateway_ref
        else None,
        docto_relacionado=[_related(pago20, each) for each in complement.instalments],
    )
    return without_seal(
        cfdi40.Comprobante.pago(
            emisor=cfdi40.Emisor(rfc=issuer.tax_id, nombre=name_of(issuer), regimen_fiscal=issuer.regime_code),
            lugar_expedicion=issuer.postal_code,
            receptor=cfdi40.Receptor(
                rfc=receiver.tax_id,
                nombre=name_of(receiver),
                domicilio_fiscal_receptor=receiver.postal_code,
                regimen_fiscal_receptor=receiver.regime_code,
                uso_cfdi="",  # the library writes CP01, the only one for payments
            ),
            complemento_pago=pago20.Pagos([payment]),
            fecha=timezone.localtime().replace(microsecond=0, tzinfo=None),
        )
    )


def _related(pago20: Any, each: Instalment) -> Any:
    taxes = [
        pago20.TrasladoDR(
            base_dr=share.base,
            impuesto_dr=VAT,
            tipo_factor_dr=RATE,
            tasa_o_cuota_dr=sat_rate(share.rate),
            importe_dr=share.tax,
        )
        for share in shares_of(each)
    ]
    return pago20.DoctoRelacionado(
        id_documento=each.folio,
        serie=each.invoice.series_id,
        folio=str(each.invoice.number),
        moneda_dr=each.invoice.currency,
        equivalencia_dr=SAME_CURRENCY,
        num_parcialidad=each.number,
        imp_saldo_ant=each.before,
        imp_pagado=each.amount,
        objeto_imp_dr=SUBJECT_TO_TAX,
        impuestos_dr=pago20.ImpuestosDR(traslados_dr=taxes),
    )


def shares_of(each: Instalment) -> list[Share]:
    """The instalment in proportion to what the invoice has of each rate. The base is rounded and the tax is the rest: they
    come to what was paid, and the tax stays within the limits that the SAT checks it against its base with."""
    gross = _gross_by_rate(each.invoice)
    parts = spread(each.amount, [each.amount * part / each.invoice.total for part in gross.values()])
    shares = []
    for rate, part in zip(gross, parts, strict=True):
        if part:
            base = cents(part / (1 + rate))
            shares.append(Share(rate, base, part - base))
    return shares


def _gross_by_rate(invoice: Invoice) -> dict[Decimal, Decimal]:
    gross: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for line in billable(list(invoice.lines.all())):
        gross[line.line.tax_rate] += line.base + line.tax
    for rate in gross.keys() - RATES:
        raise BusinessError(
            _("Un complemento de pago no admite la tasa de IVA de %(rate)s %%: pídalo a soporte.")
            % {"rate": percent(rate)},
            code="complement_rate",
        )
    return gross
