"""The unstamped CFDI 4.0 (Anexo 20) of an invoice or a credit note, by satcfdi. A PAC stamps it later: docs/drivers.md.

Only ``satcfdi.create.cfd`` is imported, and here and in ``payment_cfdi``: its own PDF and web parts are never loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from billing.fiscal import Party, issuer_of, receiver_of
from billing.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from billing.services.lines import spread
from billing.services.stamping import stamp_of
from billing.tax import percent
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import ZERO, cents

if TYPE_CHECKING:
    from satcfdi.cfdi import CFDI

VAT, RATE = "002", "Tasa"
SUBJECT_TO_TAX, WITHOUT_BREAKDOWN = "02", "03"
INCOME, REFUND = "I", "E"
CREDIT_NOTE_OF = "01"  # c_TipoRelacion: nota de crédito de los documentos relacionados
Line = InvoiceLine | CreditNoteLine
NO_CERTIFICATE = "0" * 20


@dataclass(frozen=True, slots=True)
class Billable:
    """A line as a CFDI can say it: nothing negative, ``base == quantity * unit_price - discount``."""

    line: Line
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    base: Decimal
    tax: Decimal


def document_xml(document: Invoice | CreditNote) -> bytes:
    """UTF-8 with declaration. The seal and the certificate are empty: they come with the stamp."""
    return bytes(build_cfdi(document).xml_bytes(pretty_print=True))


def build_cfdi(document: Invoice | CreditNote) -> CFDI:
    from satcfdi.create.cfd import cfdi40

    issuer, receiver = issuer_of(document), receiver_of(document)
    concepts = [_concept(cfdi40, each) for each in billable(list(document.lines.all()))]
    related = _related(cfdi40, document)
    comprobante: CFDI = cfdi40.Comprobante(
        emisor=cfdi40.Emisor(rfc=issuer.tax_id, nombre=name_of(issuer), regimen_fiscal=issuer.regime_code),
        receptor=cfdi40.Receptor(
            rfc=receiver.tax_id,
            nombre=name_of(receiver),
            domicilio_fiscal_receptor=receiver.postal_code,
            regimen_fiscal_receptor=receiver.regime_code,
            uso_cfdi=receiver.cfdi_use_code,
        ),
        lugar_expedicion=issuer.postal_code,
        conceptos=concepts,
        moneda=document.currency,
        tipo_de_comprobante=INCOME if isinstance(document, Invoice) else REFUND,
        serie=document.series_id,
        folio=str(document.number),
        forma_pago=document.payment_form,
        metodo_pago=document.payment_terms,
        cfdi_relacionados=related,
        fecha=timezone.localtime(document.issued_at).replace(microsecond=0, tzinfo=None),
    )
    return without_seal(comprobante)


def without_seal(comprobante: CFDI) -> CFDI:
    """Seal, certificate and its number come with the stamp."""
    comprobante["NoCertificado"], comprobante["Certificado"] = NO_CERTIFICATE, ""
    return comprobante


def _related(cfdi40: Any, document: Invoice | CreditNote) -> Any:
    """A credit note names its invoice by the *folio fiscal*, when that has one."""
    stamp = stamp_of(document.invoice) if isinstance(document, CreditNote) else None
    return cfdi40.CfdiRelacionados(CREDIT_NOTE_OF, str(stamp)) if stamp else None


def billable(lines: Sequence[Line]) -> list[Billable]:
    """A CFDI knows no negative lines: what they take off is spread as discounts over the others of the same rate.

    Raises BusinessError when one rate comes to less than zero.
    """
    found: list[Billable] = []
    for rate in sorted({line.tax_rate for line in lines}, reverse=True):
        found += _of_one_rate([line for line in lines if line.tax_rate == rate], rate)
    places = {line.pk: place for place, line in enumerate(lines)}
    return sorted(found, key=lambda each: places[each.line.pk])


def _of_one_rate(lines: list[Line], rate: Decimal) -> list[Billable]:
    kept = [line for line in lines if line.amount > 0]
    gross, off = (
        sum((line.amount for line in kept), ZERO),
        -sum((line.amount for line in lines if line.amount < 0), ZERO),
    )
    if off > gross:
        raise BusinessError(
            _(
                "Esta factura no puede expresarse como CFDI: con IVA de %(rate)s %% sus abonos superan sus cargos, y un CFDI "
                "no admite importes negativos. Pida a soporte una factura por lo que se cobra y una nota de crédito aparte."
            )
            % {"rate": percent(rate)},
            code="cfdi_negative",
        )
    shares = spread(off, [off * line.amount / gross for line in kept]) if off else [ZERO] * len(kept)
    bases = [line.amount - share for line, share in zip(kept, shares, strict=True)]
    taxes = [line.tax for line in kept]
    if off:
        taxes = spread(sum((line.tax for line in lines), ZERO), [base * rate for base in bases])
    return [
        _billable(line, share, base, tax) for line, share, base, tax in zip(kept, shares, bases, taxes, strict=True)
    ]


def _billable(line: Line, share: Decimal, base: Decimal, tax: Decimal) -> Billable:
    """Where quantity and price do not come to whole cents, the line is said as one unit: importe must be exact."""
    discount = line.discount + share
    whole = line.quantity * line.unit_price
    if whole == cents(whole):
        return Billable(line, line.quantity.normalize() + 0, line.unit_price, discount, base, tax)
    return Billable(line, Decimal(1), base + discount, discount, base, tax)


def _concept(cfdi40: Any, each: Billable) -> Any:
    line = each.line
    taxes = cfdi40.Traslado(
        impuesto=VAT, tipo_factor=RATE, tasa_o_cuota=sat_rate(line.tax_rate), base=each.base, importe=each.tax
    )
    return cfdi40.Concepto(
        clave_prod_serv=line.sat_product_code,
        cantidad=each.quantity,
        clave_unidad=line.sat_unit_code,
        descripcion=clean_text(line.description, 1000),
        valor_unitario=each.unit_price,
        objeto_imp=SUBJECT_TO_TAX if each.base else WITHOUT_BREAKDOWN,
        descuento=each.discount or None,
        impuestos=cfdi40.Impuestos(traslados=taxes) if each.base else None,
    )


def sat_rate(rate: Decimal) -> Decimal:
    """As c_TasaOCuota writes it: six decimals."""
    return rate.quantize(Decimal("0.000001"))


def name_of(party: Party) -> str:
    return clean_text(party.legal_name, 300).upper()


def clean_text(text: str, limit: int) -> str:
    """What the schema's pattern takes: no bar, no control characters, no blanks at the ends or doubled."""
    cleaned = "".join(" " if ch == "|" or not ch.isprintable() else ch for ch in text)
    return " ".join(cleaned.split())[:limit].strip() or "-"
