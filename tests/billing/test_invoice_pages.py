"""The list and the page of an invoice: what is owed, fixed statements, search, and who may see it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountContact, ActionLogEntry
from billing.models import Invoice
from billing.services.crediting import cancel_invoice, credit_invoice
from billing.services.lines import LineData
from tests.marketplace.statements import own_statements

pytestmark = pytest.mark.django_db
LIST = "/cuenta/facturas/"


@pytest.fixture(autouse=True)
def _silent_bell(monkeypatch):
    monkeypatch.setattr("cloudpanel.provisioning.services.ring", lambda job_id: None)


def shown(client, address: str = LIST) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(page: str) -> list[str]:
    return re.findall(r'data-label="Número"><a href="[^"]+">([^<]+)<', page)


def address(invoice, step: str = "") -> str:
    return f"{LIST}{invoice.public_id}/{step}"


def test_without_invoices_it_says_so(administrator_client):
    assert "Todavía no hay facturas" in shown(administrator_client)


def test_the_newest_comes_first_with_its_money_and_state(administrator_client, issue, pay):
    pay("116.00", invoice=issue("100.00"))
    issue("1000.00", due_date=timezone.localdate() - timedelta(days=1))
    issue("2.00")
    page = shown(administrator_client)
    assert numbers(page) == ["F-3", "F-2", "F-1"]
    for text in ("$1,160.00 MXN", "Pagada", "Vencida", "Por pagar", "$1,162.32 MXN", "Tiene facturas vencidas"):
        assert text in page


def test_credit_is_shown(administrator_client, issue, pay):
    pay("200.00", invoice=issue("100.00"))
    assert "$84.00 MXN" in shown(administrator_client)


def test_only_what_is_owed(administrator_client, issue, pay):
    pay("116.00", invoice=issue("100.00"))
    issue("2.00")
    assert numbers(shown(administrator_client, LIST + "?ver=por-pagar")) == ["F-2"]


@pytest.mark.parametrize("query", ["F-2", "f-2", "2", " 2 "])
def test_it_is_found_by_its_number(administrator_client, issue, query):
    issue(), issue(), issue()
    assert numbers(shown(administrator_client, f"{LIST}?q={query}")) == ["F-2"]


def test_it_is_found_by_its_reference(administrator_client, issue):
    issue()
    wanted = issue()
    assert numbers(shown(administrator_client, f"{LIST}?q={wanted.reference}")) == [str(wanted)]


@pytest.mark.parametrize("query", ["99", "correo", "<script>", "9" * 60, "\x00", "-", "F-", "²"])
def test_whatever_else_is_searched_for_finds_nothing_and_never_breaks(administrator_client, issue, query):
    issue()
    assert numbers(shown(administrator_client, reverse("billing:invoices", query={"q": query}))) in ([], ["F-1"])


def test_names_are_shown_as_text(administrator_client, issue):
    issue(concept='<b onload="x">Ñandú & Cía</b>')
    page = shown(administrator_client)
    assert "&lt;b onload=" in page
    assert "<b onload" not in page


def test_ten_times_the_invoices_cost_no_more_statements(administrator_client, issue):
    def pages() -> list[str]:
        return own_statements(lambda: administrator_client.get(LIST))

    issue()
    administrator_client.get(LIST)
    few = pages()
    for _ in range(12):
        issue("1.00", "2.00")
    assert len(pages()) == len(few) == 4  # rows and their number, what is owed, what is in favour, menu


def test_fifty_a_page_and_the_next_one_by_its_cursor(administrator_client, issue):
    for _ in range(53):
        issue("1.00")
    first = shown(administrator_client)
    assert len(numbers(first)) == 50
    cursor = re.search(r'rel="next" href="\?cursor=([^"]+)"', first)
    assert numbers(shown(administrator_client, f"{LIST}?cursor={cursor.group(1)}")) == ["F-3", "F-2", "F-1"]


def test_htmx_gets_the_table_only(administrator_client, issue):
    issue()
    answer = administrator_client.get(LIST, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in answer
    assert "F-1" in answer


def test_the_page_says_how_to_pay_what_is_left(administrator_client, issue, pay, settings):
    invoice = issue("100.00")
    pay("16.00", invoice=invoice, reference="MBAN01002211")
    page = shown(administrator_client, address(invoice))
    for text in (invoice.reference, settings.TRANSFER_CLABE, "$100.00 MXN", "MBAN01002211", "Emisor", "EKU9003173C9"):
        assert text in page


def test_a_paid_invoice_asks_for_no_money(administrator_client, issue, pay):
    invoice = issue("100.00")
    pay("116.00", invoice=invoice)
    page = shown(administrator_client, address(invoice))
    assert "CLABE" not in page
    assert "Pagada" in page


def test_its_credit_notes_are_there_to_download(administrator_client, issue, actor):
    invoice = issue("100.00")
    lines = [LineData("Ajuste", Decimal("10.00"))]
    note = credit_invoice(actor=actor, invoice=invoice, lines=lines, reason="Ajuste", source="x")
    page = shown(administrator_client, address(invoice))
    assert "Nota de crédito NC-1: Ajuste" in page
    for kind in ("pdf", "xml"):
        assert administrator_client.get(f"/cuenta/notas-de-credito/{note.public_id}/{kind}/").status_code == 200


def test_the_page_costs_six_statements_however_many_lines(administrator_client, issue):
    invoice = issue(*["1.00"] * 30)
    assert (
        len(own_statements(lambda: administrator_client.get(address(invoice)))) == 6
    )  # it, lines, payments, disputes, notes, menu


@pytest.mark.parametrize(
    ("step", "content_type", "name"),
    [("pdf/", "application/pdf", "factura-F-1.pdf"), ("xml/", "application/xml", "factura-F-1.xml")],
)
def test_the_files_come_as_downloads(administrator_client, issue, step, content_type, name):
    answer = administrator_client.get(address(issue(), step))
    assert answer.headers["Content-Type"] == content_type
    assert name in answer.headers["Content-Disposition"]


def test_sending_it_goes_to_the_billing_contact_with_the_pdf(administrator_client, issue, account, run_jobs):
    AccountContact.objects.create(account=account, kind="billing", name="Pagos", email="pagos@empresa.example")
    invoice = issue()
    answer = administrator_client.post(address(invoice, "enviar/"), follow=True)
    assert "La factura va en camino a pagos@empresa.example" in answer.content.decode()
    run_jobs()
    [message] = mail.outbox
    assert message.to == ["pagos@empresa.example"]
    name, content, kind = message.attachments[0]
    assert (name, kind, content[:5]) == ("factura-F-1.pdf", "application/pdf", b"%PDF-")
    assert ActionLogEntry.objects.filter(action="billing.invoice.sent").count() == 1


def test_sending_it_twice_at_once_says_so(administrator_client, issue):
    invoice = issue()
    administrator_client.post(address(invoice, "enviar/"))
    answer = administrator_client.post(address(invoice, "enviar/"), follow=True)
    assert "Ya hay una operación en curso" in answer.content.decode()


def test_a_new_invoice_is_sent_once_by_itself(administrator, issue, run_jobs):
    from billing.services.sending import send_new_invoices

    issue(), issue()
    assert send_new_invoices() == 2
    assert send_new_invoices() == 0
    run_jobs()
    assert sorted(message.subject for message in mail.outbox) == ["Factura F-1", "Factura F-2"]
    assert {address for message in mail.outbox for address in message.to} == {administrator.email}


def test_an_old_one_is_not_sent_out_of_the_blue(administrator, issue, run_jobs):
    from billing.services.sending import send_new_invoices

    with_delay = timezone.now() + timedelta(days=5)
    issue()
    import time_machine

    with time_machine.travel(with_delay):
        send_new_invoices()
    run_jobs()
    assert mail.outbox == []
    assert Invoice.objects.filter(is_mailed=False).count() == 0


@pytest.mark.parametrize("step", ["", "pdf/", "xml/"])
def test_a_stranger_gets_404(stranger_client, issue, step):
    assert stranger_client.get(address(issue(), step)).status_code == 404


@pytest.mark.parametrize("step", ["", "pdf/", "xml/"])
def test_a_lesser_role_gets_403(delegate_client, service_user_client, issue, step):
    invoice = issue()
    assert delegate_client.get(address(invoice, step)).status_code == 403
    assert service_user_client.get(LIST).status_code == 403


def test_others_invoices_are_not_in_the_list(administrator_client, issue, other_account):
    issue(to=other_account)
    assert numbers(shown(administrator_client)) == []


def test_a_cancelled_invoice_owes_nothing(administrator_client, issue, actor):
    invoice = issue()
    cancel_invoice(actor=actor, invoice=invoice, reason="x")
    page = shown(administrator_client)
    assert "Cancelada" in page
    assert "$0.00 MXN" in page
