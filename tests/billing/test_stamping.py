"""The seam for a PAC: without a driver nothing is stamped and everything says so; with one each document is, once."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid5

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from billing.gateways.stamping import StampAnswer, StampingGateway, StampRequest
from billing.models import Payment, Stamp
from billing.papers.cfdi import document_xml
from billing.services.crediting import cancel_invoice
from billing.services.stamping import stamp_new_documents
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job
from tests.billing.test_invoice_cfdi import NS, parsed
from tests.conftest import signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


class StubPac(StampingGateway):
    """Gives the same stamp for the same document, as a PAC does."""

    def __init__(self, refuses: bool = False) -> None:
        self.refuses = refuses

    def stamp(self, request: StampRequest) -> StampAnswer:
        if self.refuses:
            raise PermanentError("El SAT rechazó el documento: CFDI40147.", "CFDI40147", provider="pac")
        uuid = uuid5(UUID(int=0), str(request.id))
        return StampAnswer(uuid, request.xml.replace(b"<cfdi:Emisor", b"<!-- timbrado --><cfdi:Emisor"))


@pytest.fixture
def pac(settings):
    def use(**options):
        entry = {"class": "tests.billing.test_stamping.StubPac", "options": options}
        settings.DRIVERS = {**settings.DRIVERS, "pac": entry}

    use()
    return use


@pytest.fixture
def later(run_jobs):
    def later(**how):
        with time_machine.travel(timezone.now() + timedelta(**how), tick=False):
            count = stamp_new_documents()
            run_jobs()
            return count

    return later


def test_without_a_driver_an_invoice_stays_openly_unstamped(issue, later, administrator_client):
    invoice = issue()
    assert later(hours=1) == 0
    assert not Job.objects.filter(operation="billing.stamp_document").exists()
    assert "Sin timbrar" in administrator_client.get(f"/cuenta/facturas/{invoice.public_id}/").content.decode()


def test_each_document_is_stamped_once(pac, issue, later, administrator_client):
    invoice = issue()
    assert [later(minutes=1), later(hours=1), later(hours=2)] == [0, 1, 0]
    stamp = Stamp.objects.get()
    page = administrator_client.get(f"/cuenta/facturas/{invoice.public_id}/").content.decode()
    assert str(stamp) in page
    assert b"<!-- timbrado -->" in administrator_client.get(f"/cuenta/facturas/{invoice.public_id}/xml/").content


def test_what_is_too_old_is_not_asked_for(pac, issue, later):
    issue()
    assert later(days=4) == 0


def test_a_refusal_is_supports_and_is_not_asked_again(pac, issue, later):
    pac(refuses=True)
    issue()
    assert [later(hours=1), later(hours=2)] == [1, 0]
    assert Job.objects.get(operation="billing.stamp_document").state == "failed"


def test_a_credit_note_waits_for_its_invoices_stamp_and_names_it(pac, issue, actor, later):
    invoice = issue()
    note = cancel_invoice(actor=actor, invoice=invoice, reason="x")
    assert parsed(note).find("c:CfdiRelacionados", NS) is None
    assert [later(hours=1), later(hours=2)] == [1, 1]
    related = parsed(note).find("c:CfdiRelacionados", NS)
    assert related.attrib["TipoRelacion"] == "01"
    assert related[0].attrib["UUID"] == str(Stamp.objects.get(invoice=invoice))


@pytest.mark.parametrize(("method", "form"), [("transfer", "03"), ("card", "04"), ("adjustment", "17")])
def test_paid_at_once_it_is_pue_with_the_form_of_its_money(pay, issue, method, form):
    pay("116.00", method=Payment.Method(method))
    root = parsed(issue())
    assert (root.attrib["MetodoPago"], root.attrib["FormaPago"]) == ("PUE", form)


def test_unpaid_or_paid_later_it_is_ppd(issue, pay):
    invoice = issue()
    assert parsed(invoice).attrib["MetodoPago"] == "PPD"
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        pay("116.00", invoice=invoice)
    invoice.refresh_from_db()
    assert (invoice.state, invoice.payment_terms, invoice.payment_form) == ("paid", "PPD", "99")


def test_a_credit_note_says_how_the_money_had_come(issue, pay, actor):
    assert cancel_invoice(actor=actor, invoice=issue(), reason="x").payment_form == "15"
    invoice = issue()
    pay("116.00", invoice=invoice)
    assert cancel_invoice(actor=actor, invoice=invoice, reason="x").payment_form == "03"


FOLIO = UUID(int=7)


def certified(document, uuid=FOLIO, **changes: str) -> bytes:
    """What a PAC's portal gives back for the exported XML."""
    text = document_xml(document).decode()
    for name, value in changes.items():
        text = re.sub(rf'\b{name}="[^"]*"', f'{name}="{value}"', text, count=1)
    stamp = f'<tfd:TimbreFiscalDigital xmlns:tfd="http://www.sat.gob.mx/TimbreFiscalDigital" UUID="{uuid}"/>'
    return text.replace(
        "</cfdi:Comprobante>", f"<cfdi:Complemento>{stamp}</cfdi:Complemento></cfdi:Comprobante>"
    ).encode()


def upload(client, document, content: bytes) -> str:
    address = reverse(f"admin:billing_{document._meta.model_name}_stamp", args=[document.pk])
    return client.post(address, {"file": SimpleUploadedFile("cfdi.xml", content)}, follow=True).content.decode()


def test_support_registers_what_was_certified_in_a_portal(staff_client, administrator_client, issue, actor):
    invoice = issue()
    note = cancel_invoice(actor=actor, invoice=invoice, reason="x")
    content = certified(invoice)
    for _again in range(2):
        assert f"folio fiscal {UUID(int=7)}" in upload(staff_client, invoice, content)
    assert administrator_client.get(f"/cuenta/facturas/{invoice.public_id}/xml/").content == content
    assert f"folio fiscal {UUID(int=8)}" in upload(staff_client, note, certified(note, UUID(int=8)))


def test_what_was_certified_decides_the_method_of_payment(staff_client, issue, pay):
    invoice = issue()
    content = certified(invoice)
    pay("116.00", invoice=invoice)
    upload(staff_client, invoice, content)
    invoice.refresh_from_db()
    assert (invoice.payment_terms, invoice.payment_form) == ("PPD", "99")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "El archivo está vacío"),
        (b"no", "no es un XML"),
        (b"<a/>", "no es un CFDI 4.0"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "no es un CFDI 4.0"),
        (b"<" * 2_000_001, "muy grande"),
    ],
)
def test_what_is_no_cfdi_is_refused_in_words(staff_client, issue, content, words):
    assert words in upload(staff_client, issue(), content)
    assert not Stamp.objects.exists()


def test_one_of_another_document_is_refused_and_says_why(staff_client, issue):
    invoice, other = issue(), issue("7.00")
    assert "no tiene timbre fiscal" in upload(staff_client, invoice, document_xml(invoice))
    assert "no tiene timbre fiscal" in upload(staff_client, invoice, certified(invoice, "nada"))
    page = upload(staff_client, invoice, certified(other))
    assert f"número {other} en vez de {invoice}; total 8.12 en vez de 116.00." in page
    assert "no dice el método" in upload(staff_client, invoice, certified(invoice, MetodoPago="OTRO"))
    assert "total uno en vez de" in upload(staff_client, invoice, certified(invoice, Total="uno"))
    upload(staff_client, other, certified(other))
    assert "ya es de otro documento" in upload(staff_client, invoice, certified(invoice))
    assert "ya tiene otro folio fiscal" in upload(staff_client, other, certified(other, UUID(int=9)))


def test_staff_without_the_permission_may_not_stamp(issue):
    client = signed_in(UserFactory(is_staff=True))
    assert client.get(reverse("admin:billing_invoice_stamp", args=[issue().pk])).status_code == 403
    assert client.get(reverse("admin:billing_invoice_export")).status_code == 403
