"""The PDF says what the invoice says: totals, names with accents, many lines on many pages."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from billing.models import Invoice
from billing.papers.amount_words import amount_in_words, number_in_words
from billing.papers.document_pdf import document_pdf
from billing.services.crediting import cancel_invoice
from billing.services.issuing import issue_invoice
from billing.services.lines import LineData

pytestmark = pytest.mark.django_db


def text_of(document, **options) -> str:
    reader = PdfReader(BytesIO(document_pdf(document, **options)))
    return " ".join("\n".join(page.extract_text() for page in reader.pages).split())


def page_count(document) -> int:
    return len(PdfReader(BytesIO(document_pdf(document))).pages)


def test_it_holds_the_right_totals_and_references(issue):
    invoice = issue("1999.99", "0.33")
    text = text_of(invoice)
    for fact in (
        "Factura F-1",
        "Subtotal $2,000.32 MXN",
        "IVA 16 % $320.05 MXN",
        "Total $2,320.37 MXN",
        invoice.reference,
    ):
        assert fact in text
    assert "DOS MIL TRESCIENTOS VEINTE PESOS 37/100 M.N." in text


def test_both_parties_stand_on_it(issue, account, settings):
    account.legal_name, account.tax_id, account.tax_regime = "Muñoz e Íñiguez, S. de R.L.", "MAB9307148T4", "601"
    account.postal_code, account.street, account.city = "03100", "Av. Ñandú 5 “B”", "Mérida"
    account.save()
    text = text_of(issue())
    for fact in (account.legal_name, "MAB9307148T4", "601 · General de Ley Personas Morales", "Av. Ñandú 5 “B”", "G03"):
        assert fact in text
    assert settings.ISSUER["legal_name"] in text
    assert "EKU9003173C9" in text


def test_without_an_rfc_it_carries_the_generic_one(issue):
    assert "RFC: XAXX010101000" in text_of(issue())


def test_claves_periods_and_discounts_stand_at_their_lines(actor, account):
    line = LineData(
        "Correo",
        Decimal("100.00"),
        quantity=3,
        discount=Decimal("50.00"),
        sat_product_code="81112105",
        period_start=date(2026, 12, 1),
        period_end=date(2026, 12, 31),
    )
    text = text_of(issue_invoice(actor=actor, account=account, source="x", lines=[line], concept="x"))
    for fact in ("81112105 E48", "(del 01/12/2026 al 31/12/2026)", "$50.00", "$250.00"):
        assert fact in text


def test_long_names_wrap_and_nothing_is_cut(issue, account):
    account.legal_name = "Compañía Mexicana de " + "Telecomunicaciones y Servicios " * 7
    account.save()
    words = "palabra" + "larguísima" * 12
    text = text_of(issue(concept=words, source="x"))
    assert re.sub(r"\s", "", account.legal_name) in re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("株式会社テスト", "ZhuShiHuiShe"),
        ("Όμιλος Ωμέγα", "Όμιλος Ωμέγα"),
        ("ООО «Ромашка»", "ООО «Ромашка»"),
        ("Ñandu\u0301", "Ñandú"),
    ],
)
def test_a_name_in_any_script_can_be_read(issue, account, name, spelled):
    account.legal_name = name
    account.save()
    assert spelled in text_of(issue())


def test_an_unbreakable_description_does_not_break_the_page(actor, account):
    lines = [LineData("x" * 300, Decimal("1.00")), LineData("😀 漢字 \u202e\x07\ttab", Decimal("1.00"))]
    invoice = issue_invoice(actor=actor, account=account, source="x", lines=lines, concept="x")
    assert "Total $2.32 MXN" in text_of(invoice)


def test_many_lines_go_on_over_pages_each_numbered_and_the_total_stays(issue):
    invoice = issue(*["1.00"] * 150)
    assert page_count(invoice) > 3
    text = text_of(invoice)
    assert "Servicio 150" in text
    assert "Página 3 de" in text
    assert "Total $174.00 MXN" in text
    assert text.count("Claves SAT") == page_count(invoice)


def test_a_paid_one_asks_for_no_transfer(issue, pay):
    invoice = issue()
    pay("116.00", invoice=invoice)
    text = text_of(Invoice.objects.get())
    assert "Pagada por completo." in text
    assert invoice.reference not in text


def test_a_part_paid_one_says_what_is_left(issue, pay):
    pay("16.00", invoice=issue())
    assert "Por pagar: $100.00 MXN" in text_of(Invoice.objects.get())


def test_a_credit_note_names_its_invoice_and_reason(issue, actor):
    note = cancel_invoice(actor=actor, invoice=issue("100.00", "33.33"), reason="Pedido cancelado")
    text = text_of(note)
    for fact in ("Nota de crédito NC-1", "F-1. Motivo: Pedido cancelado", "Total $154.66 MXN"):
        assert fact in text


def test_it_speaks_english_to_whoever_does(issue):
    assert text_of(issue(), language="en").startswith("Servicios Cloud de Ejemplo")


def test_it_says_that_it_is_not_stamped(issue):
    assert "sin timbre fiscal" in text_of(issue())


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.01", "CERO PESOS 01/100 M.N."),
        ("1.00", "UN PESO 00/100 M.N."),
        ("21.50", "VEINTIÚN PESOS 50/100 M.N."),
        ("31.00", "TREINTA Y UN PESOS 00/100 M.N."),
        ("100.00", "CIEN PESOS 00/100 M.N."),
        ("101.00", "CIENTO UN PESOS 00/100 M.N."),
        ("1000.00", "MIL PESOS 00/100 M.N."),
        ("21001.99", "VEINTIÚN MIL UN PESOS 99/100 M.N."),
        ("1000000.00", "UN MILLÓN DE PESOS 00/100 M.N."),
        ("2500777.10", "DOS MILLONES QUINIENTOS MIL SETECIENTOS SETENTA Y SIETE PESOS 10/100 M.N."),
    ],
)
def test_totals_in_words(amount, words):
    assert amount_in_words(Decimal(amount)) == words


@given(st.integers(0, 10**12 - 1), st.integers(0, 10**12 - 1))
def test_different_numbers_read_differently(one, other):
    assert (number_in_words(one) == number_in_words(other)) is (one == other)
