"""A name is found, registered and paid; another one is transferred from its provider, with and without a mistake."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from playwright.sync_api import Page, expect

from domains.sandbox.samples import AUTH_CODE
from tests.e2e.conftest import Panel, press, read_until, sign_in
from tests.e2e.dns_hosting import host_dns

CUSTOMER, SUPPORT = "admin@empresa.example", "soporte@panel.example"
HOLDER = {
    "name": "José Núñez Peña",
    "email": "dominios@empresa.example",
    "phone": "5512345678",
    "street": "Av. Insurgentes Sur 1000",
    "city": "Ciudad de México",
    "postal_code": "03100",
    "country": "MX",
}


def test_a_name_is_found_registered_paid_and_hosted(
    open_page: Callable[..., Page], panel: Panel, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    sign_in(page, CUSTOMER)
    page.get_by_role("link", name="Dominios", exact=True).first.click()
    page.get_by_role("link", name="Añadir Dominio Nuevo").first.click()
    page.get_by_role("link", name="Encontrar dominio").click()
    name = f"muebles-{'con' if javascript else 'sin'}.com.mx"
    page.get_by_label("Encontrar dominio").fill(name)
    press(page, "Buscar")
    read_until(page, "Elija el que desea")
    page.get_by_role("radio", name=name, exact=True).check()
    press(page, "Enviar")
    fill_holder(page)
    page.get_by_label("¿Por cuántos años?").select_option("2")
    press(page, "Siguiente")
    confirm(page)
    pay(page, open_page())
    read_until(page, "Completado")
    page.goto("/dominios/")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("main")).to_contain_text(f"{date.today().year + 2}")
    host_dns(page, panel, name)


def test_a_domain_is_transferred_after_its_lock_and_its_key_are_looked_at(open_page: Callable[..., Page]) -> None:
    page = open_page()
    sign_in(page, CUSTOMER)
    ask_for_transfer(page, "bloqueado.com", AUTH_CODE)
    read_until(page, "El dominio está bloqueado")
    ask_for_transfer(page, "transferible.mx", AUTH_CODE)
    read_until(page, "Ver el costo y confirmar")
    page.get_by_role("link", name="Ver el costo y confirmar").click()
    confirm(page)
    pay(page, open_page())
    read_until(page, "Completado")
    page.goto("/dominios/?q=transferible")
    expect(page.get_by_role("main")).to_contain_text("Registrado aquí")


def fill_holder(page: Page) -> None:
    """The first time there is none to choose from."""
    if page.get_by_role("radio", name=re.compile("José Núñez")).count():
        page.get_by_role("radio", name=re.compile("José Núñez")).first.check()
        return
    for field, value in HOLDER.items():
        page.locator(f"[name={field}]").fill(value)


def ask_for_transfer(page: Page, name: str, key: str) -> None:
    page.goto("/dominios/nuevo/")
    page.get_by_role("link", name="Indicar dominio").click()
    page.get_by_label("Indicar dominio").fill(name)
    press(page, "Buscar")
    expect(page.get_by_role("main")).to_contain_text("no se cobra nada hasta que usted confirme")
    page.get_by_label("Clave de autorización").fill(key)
    fill_holder(page)
    press(page, "Enviar")


def confirm(page: Page) -> None:
    page.get_by_label("Acepto los términos y condiciones").check()
    transfer = page.get_by_role("radio", name=re.compile("ransferencia"))
    if transfer.count():
        transfer.first.check()
    press(page, "Confirmar")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pedido")


def pay(page: Page, staff: Page) -> None:
    """The bank's list brings the transfer."""
    reference, amount = page.locator("dd code").last.inner_text(), page.locator("dd", has_text="$").first.inner_text()
    sign_in(staff, SUPPORT)
    staff.goto("/admin/billing/bankfile/add/")
    money = re.sub(r"[^\d.]", "", amount)
    rows = f"Fecha;Descripción;Cargos;Depósitos\n{date.today():%d/%m/%Y};SPEI RECIBIDO {reference} Empresa;;{money}\n"
    file = {"name": "banco.csv", "mimeType": "text/csv", "buffer": rows.encode("cp1252")}
    staff.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    press(staff, "Subir y conciliar")
    read_until(staff, "Conciliado")
