"""The XML is a CFDI 4.0 that the SAT's own schema accepts, and comes to the same total to the centavo."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
import satcfdi
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from accounts.models import Account
from billing.models import Invoice
from billing.papers.cfdi import billable, document_xml
from billing.services.crediting import cancel_invoice
from billing.services.issuing import issue_invoice
from billing.services.lines import LineData
from cloudpanel.core.exceptions import BusinessError
from tests.examples import examples

pytestmark = pytest.mark.django_db
NS = {"c": "http://www.sat.gob.mx/cfd/4"}
SCHEMAS = Path(satcfdi.__file__).parent / "transform" / "schemas"


class Local(etree.Resolver):
    """The schema names its parts by their web addresses; the package has them as files."""

    def resolve(self, system_url, public_id, context):
        path = SCHEMAS / system_url.split("://", 1)[-1]
        assert path.exists(), system_url
        return self.resolve_filename(str(path), context)


WITH_PAYMENTS = """<schema xmlns="http://www.w3.org/2001/XMLSchema">
<import namespace="http://www.sat.gob.mx/cfd/4" schemaLocation="http://www.sat.gob.mx/sitio_internet/cfd/4/cfdv40.xsd"/>
<import namespace="http://www.sat.gob.mx/Pagos20" schemaLocation="http://www.sat.gob.mx/sitio_internet/cfd/Pagos/Pagos20.xsd"/>
</schema>"""


@cache
def schema() -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.fromstring(WITH_PAYMENTS, parser))


def parsed(document) -> etree._Element:
    root = etree.fromstring(document_xml(document))
    schema().assertValid(root)
    return root


@pytest.fixture
def fiscal(account) -> Account:
    account.legal_name, account.tax_id, account.tax_regime = "Muñoz & Íñiguez", "MAB9307148T4", "601"
    account.postal_code, account.cfdi_use = "03100", "G03"
    account.save()
    return account


def test_it_is_valid_and_says_who_and_how_much(issue, fiscal):
    root = parsed(issue("1999.99", "0.33"))
    assert root.attrib["Version"] == "4.0"
    assert (root.attrib["Serie"], root.attrib["Folio"], root.attrib["TipoDeComprobante"]) == ("F", "1", "I")
    assert (root.attrib["SubTotal"], root.attrib["Total"]) == ("2000.32", "2320.37")
    receiver = root.find("c:Receptor", NS).attrib
    assert (receiver["Rfc"], receiver["Nombre"], receiver["UsoCFDI"]) == ("MAB9307148T4", "MUÑOZ & ÍÑIGUEZ", "G03")
    assert root.find("c:Impuestos", NS).attrib["TotalImpuestosTrasladados"] == "320.05"


def test_each_line_has_its_claves(issue, actor, fiscal):
    lines = [LineData("Correo", Decimal("199.00"), 2, sat_product_code="81112105", sat_unit_code="H87")]
    concept = parsed(issue_invoice(actor=actor, account=fiscal, source="x", lines=lines, concept="x")).find(
        ".//c:Concepto", NS
    )
    assert (concept.attrib["ClaveProdServ"], concept.attrib["ClaveUnidad"]) == ("81112105", "H87")
    assert (concept.attrib["Cantidad"], concept.attrib["Importe"]) == ("2", "398.00")


def test_without_rfc_it_is_for_the_general_public(issue):
    receiver = parsed(issue()).find("c:Receptor", NS).attrib
    wanted = ("XAXX010101000", "616", "S01", "06600")
    names = ("Rfc", "RegimenFiscalReceptor", "UsoCFDI", "DomicilioFiscalReceptor")
    assert tuple(receiver[name] for name in names) == wanted


def test_a_regime_without_fiscal_effect_gets_the_use_that_the_sat_takes(issue, account):
    account.tax_id, account.tax_regime, account.postal_code = "GODE561231GR8", "605", "03100"
    account.save()
    assert parsed(issue()).find("c:Receptor", NS).attrib["UsoCFDI"] == "S01"


@pytest.mark.parametrize(
    ("number", "regime", "code"), [("XEXX010101000", "610", "75001-1234"), ("XAXX010101000", "616", "03100")]
)
def test_a_generic_rfc_gets_what_the_sat_takes_with_it(issue, account, number, regime, code):
    account.tax_id, account.tax_regime, account.postal_code = number, regime, code
    account.save()
    receiver = parsed(issue()).find("c:Receptor", NS).attrib
    names = ("Rfc", "RegimenFiscalReceptor", "UsoCFDI", "DomicilioFiscalReceptor")
    assert tuple(receiver[name] for name in names) == (number, "616", "S01", "06600")


def test_a_mexican_rfc_with_a_foreign_postal_code_is_for_the_general_public(issue, fiscal):
    fiscal.postal_code = "SW1A 1AA"
    fiscal.save()
    assert parsed(issue()).find("c:Receptor", NS).attrib["Rfc"] == "XAXX010101000"


def test_a_credit_note_to_a_regime_without_fiscal_effect_is_without_it_too(issue, actor, account):
    account.tax_id, account.tax_regime, account.postal_code = "GODE561231GR8", "605", "03100"
    account.save()
    note = parsed(cancel_invoice(actor=actor, invoice=issue(), reason="x"))
    assert note.find("c:Receptor", NS).attrib["UsoCFDI"] == "S01"


def test_a_proration_inside_becomes_discounts(issue, fiscal):
    root = parsed(issue("100.00", "200.00", "-33.33"))
    assert (root.attrib["SubTotal"], root.attrib["Descuento"], root.attrib["Total"]) == ("300.00", "33.33", "309.34")
    assert len(root.findall(".//c:Concepto", NS)) == 2


def test_a_credit_note_is_of_type_e(issue, actor, fiscal):
    root = parsed(cancel_invoice(actor=actor, invoice=issue(), reason="x"))
    assert (root.attrib["TipoDeComprobante"], root.attrib["Serie"]) == ("E", "NC")
    assert root.find("c:Receptor", NS).attrib["UsoCFDI"] == "G02"


@pytest.mark.parametrize("text", ["a|b", "  dos   espacios ", "<&>\"'", "tab\taquí", "\x07", "x" * 300, "😀 漢字"])
def test_any_description_is_made_valid(issue, actor, fiscal, text):
    lines = [LineData(text, Decimal("1.00"))]
    parsed(issue_invoice(actor=actor, account=fiscal, source="x", lines=lines, concept=text))


def test_discounts_of_one_rate_that_exceed_its_charges_are_refused(actor, account, administrator_client):
    lines = [LineData("a", Decimal("100.00")), LineData("b", Decimal("-10.00"), tax_rate=Decimal("0.00"))]
    invoice = issue_invoice(actor=actor, account=account, source="x", lines=lines, concept="x")
    with pytest.raises(BusinessError):
        document_xml(invoice)
    page = administrator_client.get(f"/cuenta/facturas/{invoice.public_id}/xml/", follow=True).content.decode()
    assert "no puede expresarse como CFDI" in page


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.decimals("-50", "500", places=2),
            st.sampled_from(["1", "3", "2.5", "0.333"]),
            st.decimals(0, 5, places=2),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_it_comes_to_the_invoices_total_whatever_the_lines(db, wanted):
    from accounts.actors import SYSTEM
    from tests.factories import AccountFactory

    lines = [
        LineData("x", price, Decimal(quantity), discount=off if price * Decimal(quantity) > off else Decimal(0))
        for price, quantity, off in wanted
    ]
    assume(sum(line.amount for line in lines) > 0)
    invoice = issue_invoice(actor=SYSTEM, account=AccountFactory(), source=str(wanted)[:100], lines=lines, concept="x")
    Invoice.objects.filter(pk=invoice.pk).update(is_mailed=True)
    root = parsed(invoice)
    assert Decimal(root.attrib["Total"]) == invoice.total
    assert sum(each.tax for each in billable(list(invoice.lines.all()))) == invoice.tax


def test_nothing_of_the_librarys_pdf_part_is_ever_loaded():
    code = "import satcfdi.create.cfd.cfdi40, sys; print([m for m in sys.modules if m.startswith(('weasyprint', 'gi', 'cairo'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
