"""An invoice is paid by a transfer through support's reconciliation, another by a card typed into Stripe's own form, and a
purchase by the card on file."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from playwright.sync_api import Page, expect

from tests.e2e.conftest import press, read_until, refresh_until, sign_in
from tests.e2e.test_buy_exchange_and_sign_in_to_the_mailbox import buy_exchange

CUSTOMER, SUPPORT = "admin@otra.example", "soporte@panel.example"
CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "34", "cvc": "123", "postal_code": "06600"}


def go_and_pay(page: Page) -> str:
    """The page of the newest invoice that is owed; its reference."""
    buy_exchange(page, javascript=True)
    page.goto("/cuenta/metodos-de-pago/")
    page.locator("a[href$='/pagar/']").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pagar la factura")
    return page.locator("dd code").last.inner_text()


def owed(page: Page) -> str:
    """``$3,874.40 MXN`` as a bank writes it."""
    return re.sub(r"[^\d.]", "", page.locator("dd strong").first.inner_text())


def type_card(page: Page) -> None:
    for name, value in CARD.items():
        page.locator(f"#tarjeta input[placeholder={name}]").fill(value)
    page.get_by_role("button", name="Guardar tarjeta").click()


def test_a_transfer_finds_its_invoice_through_the_banks_list(open_page: Callable[..., Page]) -> None:
    page, staff = open_page(), open_page()
    sign_in(page, CUSTOMER)
    reference, amount = go_and_pay(page), owed(page)
    invoice_page = page.url

    sign_in(staff, SUPPORT)
    staff.goto("/admin/billing/bankfile/add/")
    rows = f"Fecha;Descripción;Cargos;Depósitos\n{date.today():%d/%m/%Y};SPEI RECIBIDO {reference} Compañía Ñandú;;{amount}\n"
    file = {"name": "movimientos.csv", "mimeType": "text/csv", "buffer": rows.encode("cp1252")}
    staff.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    press(staff, "Subir y conciliar")
    read_until(staff, "Conciliado")
    expect(staff.get_by_text("Aplicado a su factura").first).to_be_visible()

    page.goto(invoice_page)
    expect(page.get_by_text("Esta factura ya no se debe")).to_be_visible()
    page.goto("/notificaciones/")
    expect(page.get_by_text("Recibimos su pago de").first).to_be_visible()


def test_a_card_typed_into_stripes_form_pays_the_invoice(open_page: Callable[..., Page]) -> None:
    page = open_page()
    sign_in(page, CUSTOMER)
    go_and_pay(page)
    page.get_by_role("button", name="Agregar tarjeta y pagar").click()
    type_card(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pagar la factura")
    page.get_by_role("button", name=re.compile(r"^Pagar \$")).click()
    expect(page.get_by_text("Recibimos su pago. Gracias.")).to_be_visible()
    page.goto("/cuenta/metodos-de-pago/")
    expect(page.get_by_text("Visa terminada en 4242").first).to_be_visible()
    page.goto("/")
    buy_exchange(page, javascript=True, pays_with="Visa terminada en 4242")
    refresh_until(page, "Pagado", javascript=True)
