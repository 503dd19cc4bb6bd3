"""The seam for a PAC: without a driver nothing is stamped and everything says so; with one each document is, once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid5

import pytest
import time_machine
from django.utils import timezone

from billing.gateways.stamping import StampAnswer, StampingGateway, StampRequest
from billing.models import Payment, Stamp
from billing.services.crediting import cancel_invoice
from billing.services.stamping import stamp_new_documents
from cloudpanel.provisioning.errors import PermanentError
from cloudpanel.provisioning.models import Job
from tests.billing.test_invoice_cfdi import NS, parsed

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
