"""Perfil de la cuenta, registro de acciones and the change of the sign-in address, in a real browser."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, sign_in

OpenPage = Callable[..., Page]


def save(page: Page) -> None:
    page.locator("main").get_by_role("button", name="Guardar").click()


def test_two_administrators_at_once_and_what_the_log_says_of_it(open_page: OpenPage, javascript: bool) -> None:
    page, other = open_page(javascript=javascript), open_page(javascript=javascript)
    for each in (page, other):
        sign_in(each, "admin@empresa.example")
        each.goto("/cuenta/perfil/")
    street = f"Av. Juárez {1 if javascript else 2}"
    page.get_by_label("Calle y número").fill(street)
    save(page)
    expect(page.get_by_text("Guardamos el perfil de la cuenta.")).to_be_visible()
    other.get_by_label("Ciudad o municipio").fill("Puebla")
    save(other)
    expect(other.get_by_text("Otra persona cambió este perfil").first).to_be_visible()
    expect(other.get_by_label("Ciudad o municipio")).to_have_value("Puebla")
    page.goto("/cuenta/registro/")
    page.get_by_role("textbox", name="Persona").fill("ana nunez")
    page.get_by_label("Tipo de acción").select_option("accounts.account.profile_changed")
    page.get_by_role("button", name="Filtrar").click()
    expect(page.get_by_role("listitem").filter(has_text=street).first).to_be_visible()
    page.get_by_text("Descargar").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Archivo CSV").click()
    rows = list(csv.reader(Path(download.value.path()).read_text("utf-8-sig").splitlines()))
    assert any(street in cell for row in rows for cell in row)


def link_sent_to(page: Page, address: str, kind: str, *, about: str) -> str:
    """From the newest e-mail to ``address``, once it is the one that speaks of ``about``."""
    for _ in range(300):
        page.goto("/correo-local/")
        row = page.get_by_role("row").filter(has_text=address)
        if row.count():
            row.first.get_by_role("link").click()
            text = page.inner_text("main")
            found = re.search(rf"/perfil/correo/{kind}/[\w:.=-]+/", text)
            if found and about in text:
                return found[0]
        page.wait_for_timeout(200)
    raise AssertionError(f"no e-mail to {address}")


def test_the_sign_in_address_changes_and_changes_back(open_page: OpenPage, javascript: bool) -> None:
    old, new = "delegado@empresa.example", f"diego{int(javascript)}@empresa.example"
    page = open_page(javascript=javascript)
    sign_in(page, old)
    page.goto("/perfil/correo/")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    page.get_by_label("Correo nuevo").fill(new)
    page.get_by_role("button", name="Enviar enlace").click()
    expect(page.get_by_text(f"Le enviamos un enlace a {new}")).to_be_visible()
    mail = open_page(javascript=javascript)
    undo = link_sent_to(mail, old, "deshacer", about=new)
    mail.goto(link_sent_to(mail, new, "confirmar", about=new))
    mail.get_by_role("button", name="Confirmar este correo").click()
    expect(mail.get_by_role("heading", name="Su correo cambió")).to_be_visible()
    page.goto("/perfil/")
    expect(page.locator("main").get_by_text(new).first).to_be_visible()
    mail.goto(undo)
    mail.get_by_role("button", name="Deshacer el cambio").click()
    expect(mail.get_by_role("heading", name="El correo sigue siendo el suyo")).to_be_visible()
    page.goto("/perfil/")
    expect(page).to_have_url(re.compile("/acceso/login/"))
