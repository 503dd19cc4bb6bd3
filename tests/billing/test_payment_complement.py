"""A payment of invoices to be paid later (PPD) can be had as a CFDI of type P that the SAT's schema accepts, and adds up."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from accounts.actors import SYSTEM
from billing.models import Payment
from billing.papers.payment_cfdi import complement_xml, shares_of
from billing.services.crediting import credit_invoice
from billing.services.instalments import Instalment, complements_of, instalments_of
from billing.services.issuing import issue_invoice
from billing.services.lines import LineData
from billing.services.paying import book_payment
from billing.services.stamping import keep_stamp
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.core.money import CENT
from tests.billing.test_invoice_cfdi import schema
from tests.examples import examples
from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db
NS = {"c": "http://www.sat.gob.mx/cfd/4", "p": "http://www.sat.gob.mx/Pagos20"}


def xml_of(payment) -> etree._Element:
    (complement,) = complements_of(payment)
    root = etree.fromstring(complement_xml(complement))
    schema().assertValid(root)
    return root


@pytest.fixture
def owed(issue):
    """``owed("100.00")``: issued yesterday, to be paid later, and certified."""

    def owed(*prices: str, stamped: bool = True, **more):
        with time_machine.travel(timezone.now() - timedelta(days=1), tick=False):
            invoice = issue(*prices, **more)
        if stamped:
            keep_stamp(actor=SYSTEM, document=invoice, uuid=uuid4(), xml="<timbrado/>")
        return invoice

    return owed


def test_it_says_which_invoice_and_how_much(owed, pay):
    invoice = owed("1000.00")
    root = xml_of(pay("1160.00", invoice=invoice, reference="SPEI 42"))
    assert [root.attrib[name] for name in ("TipoDeComprobante", "Moneda", "Total")] == ["P", "XXX", "0"]
    assert root.find("c:Receptor", NS).attrib["UsoCFDI"] == "CP01"
    paid = root.find(".//p:Pago", NS).attrib
    assert (paid["Monto"], paid["FormaDePagoP"], paid["NumOperacion"]) == ("1160.00", "03", "SPEI 42")
    related = root.find(".//p:DoctoRelacionado", NS).attrib
    assert (related["IdDocumento"], related["NumParcialidad"]) == (str(invoice.stamp), "1")
    sums = [related[name] for name in ("ImpSaldoAnt", "ImpPagado", "ImpSaldoInsoluto", "EquivalenciaDR")]
    assert sums == ["1160.00", "1160.00", "0.00", "1"]
    totals = root.find(".//p:Totales", NS).attrib
    assert (totals["TotalTrasladosBaseIVA16"], totals["TotalTrasladosImpuestoIVA16"]) == ("1000.00", "160.00")


def test_instalments_follow_one_another_and_credit_notes(owed, pay, actor):
    invoice = owed("1000.00")
    first = pay("500.00", invoice=invoice)
    line = LineData("Descuento", Decimal("100.00"))
    credit_invoice(actor=actor, invoice=invoice, lines=[line], reason="x", source="x")
    second = pay("544.00", invoice=invoice)
    found = [(each.payment, each.number, each.before, each.after) for each in instalments_of([invoice])]
    assert found == [(first, 1, Decimal(1160), Decimal(660)), (second, 2, Decimal(544), Decimal(0))]


def test_a_payment_of_several_invoices_is_one_complement(owed, pay, django_assert_num_queries):
    owed("100.00"), owed("50.00")
    payment = pay("174.00")
    assert len(xml_of(payment).findall(".//p:DoctoRelacionado", NS)) == 2
    with django_assert_num_queries(4):
        complements_of(payment)


def test_each_receiver_has_a_complement_of_its_own(owed, pay, account):
    owed("100.00")
    account.tax_id, account.tax_regime, account.postal_code = "MAB9307148T4", "601", "03100"
    account.save()
    owed("50.00")
    assert [each.total for each in complements_of(pay("174.00"))] == [Decimal(116), Decimal(58)]


def test_what_was_paid_on_its_day_needs_none(issue, pay):
    assert complements_of(pay("116.00", invoice=issue("100.00"))) == []


def test_each_rate_has_its_transfer(owed, pay, account):
    lines = [LineData("a", Decimal("100.00")), LineData("b", Decimal("50.00"), tax_rate=Decimal("0.00"))]
    with time_machine.travel(timezone.now() - timedelta(days=1), tick=False):
        invoice = issue_invoice(actor=SYSTEM, account=account, source="x", lines=lines, concept="x")
    keep_stamp(actor=SYSTEM, document=invoice, uuid=uuid4(), xml="<timbrado/>")
    root = xml_of(pay("83.00", invoice=invoice))
    rates = [(each.attrib["TasaOCuotaP"], each.attrib["BaseP"]) for each in root.findall(".//p:TrasladoP", NS)]
    assert sorted(rates) == [("0.000000", "25.00"), ("0.160000", "50.00")]


def test_a_rate_that_the_sat_does_not_know_is_refused(account, pay):
    lines = [LineData("a", Decimal("100.00"), tax_rate=Decimal("0.21"))]
    with time_machine.travel(timezone.now() - timedelta(days=1), tick=False):
        invoice = issue_invoice(actor=SYSTEM, account=account, source="x", lines=lines, concept="x")
    keep_stamp(actor=SYSTEM, document=invoice, uuid=uuid4(), xml="<timbrado/>")
    (complement,) = complements_of(pay("121.00", invoice=invoice))
    with pytest.raises(BusinessError, match="21 %"):
        complement_xml(complement)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.decimals("0.01", "9999", places=2), st.lists(st.decimals("0.01", "5000", places=2), min_size=1, max_size=4))
def test_any_instalments_add_up(db, price, amounts):
    account = AccountFactory()
    with time_machine.travel(timezone.now() - timedelta(days=1), tick=False):
        lines = [LineData("x", price)]
        invoice = issue_invoice(actor=SYSTEM, account=account, source=str(uuid4()), lines=lines, concept="x")
    for amount in amounts:
        book_payment(
            actor=SYSTEM, account=account, amount=amount, method=Payment.Method.TRANSFER, idempotency_key=str(uuid4())
        )
    invoice.refresh_from_db()
    rest = invoice.total
    for number, each in enumerate(instalments_of([invoice]), 1):
        assert (each.number, each.before) == (number, rest)
        assert_taxes_are_the_sats(each)
        rest = each.after
    assert rest == invoice.rest


def assert_taxes_are_the_sats(each: Instalment) -> None:
    """Base and tax come to what was paid, and the tax is within the limits of the *matriz de validaciones* of Pagos 2.0."""
    shares = shares_of(each)
    assert sum(share.base + share.tax for share in shares) == each.amount
    for share in shares:
        low = ((share.base - CENT / 2) * share.rate).quantize(CENT, rounding=ROUND_FLOOR)
        high = ((share.base + CENT / 2) * share.rate).quantize(CENT, rounding=ROUND_CEILING)
        assert low <= share.tax <= high


def test_it_is_downloaded_from_the_payment_and_from_the_invoice(owed, pay, administrator_client):
    invoice = owed("100.00")
    payment = pay("116.00", invoice=invoice)
    address = f"/cuenta/pagos/{payment.public_id}/complemento/{invoice.public_id}/"
    assert address in administrator_client.get(f"/cuenta/pagos/{payment.public_id}/").content.decode()
    assert address in administrator_client.get(f"/cuenta/facturas/{invoice.public_id}/").content.decode()
    got = administrator_client.get(address)
    assert got["Content-Type"] == "application/xml"
    assert f"complemento-{invoice}-" in got["Content-Disposition"]


def test_without_the_invoices_stamp_the_pages_say_what_is_missing(owed, pay, administrator_client):
    invoice = owed("100.00", stamped=False)
    payment = pay("116.00", invoice=invoice)
    address = f"/cuenta/pagos/{payment.public_id}/complemento/{invoice.public_id}/"
    page = administrator_client.get(f"/cuenta/pagos/{payment.public_id}/").content.decode()
    assert f"Falta el folio fiscal (UUID) de {invoice}" in page
    assert address not in page
    assert (
        "todavía no está timbrada"
        in administrator_client.get(f"/cuenta/facturas/{invoice.public_id}/").content.decode()
    )
    sent_back = administrator_client.get(address, follow=True)
    assert sent_back.redirect_chain
    assert "Falta el folio fiscal" in sent_back.content.decode()


def test_an_invoice_that_the_payment_did_not_pay_is_not_found(owed, pay, administrator_client):
    payment, other = pay("116.00", invoice=owed("100.00")), owed("7.00")
    assert (
        administrator_client.get(f"/cuenta/pagos/{payment.public_id}/complemento/{other.public_id}/").status_code == 404
    )


def test_strangers_get_404_and_delegates_403(owed, pay, stranger_client, delegate_client):
    invoice = owed("100.00")
    payment = pay("116.00", invoice=invoice)
    address = f"/cuenta/pagos/{payment.public_id}/complemento/{invoice.public_id}/"
    assert stranger_client.get(address).status_code == 404
    assert delegate_client.get(address).status_code == 403
