"""The product's main job, once through: buy, wait until it works, create a mailbox, sign in to it over IMAP."""

from __future__ import annotations

import imaplib
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Panel, refresh_until, sign_in

MAIL_PASSWORD = "Ñandú-cobalto-mirador-77"


def buy_exchange(page: Page, *, javascript: bool, pays_with: str = "") -> None:
    page.get_by_role("link", name="Mercado").first.click()
    main = page.get_by_role("main")
    main.get_by_role("link", name="Correo y colaboración").first.click()
    main.get_by_role("link", name=re.compile("Exchange Administrado")).first.click()
    main.get_by_role("radio", name=re.compile("Profesional")).check()
    main.get_by_role("button", name="Siguiente").click()
    main.get_by_label(re.compile("buzones adicionales")).first.fill("1")
    main.get_by_role("button", name="Finalizar").click()
    if pays_with:
        main.get_by_role("radio", name=re.compile(pays_with)).first.check()
    main.get_by_role("checkbox", name=re.compile("términos y condiciones")).check()
    main.get_by_role("button", name="Confirmar").click()
    refresh_until(page, "Completado", javascript=javascript)


def create_mailbox(page: Page, name: str, local_part: str, *, javascript: bool) -> str:
    main = page.get_by_role("main")
    main.get_by_role("link", name="Crea tus cuentas de correo").first.click()
    whose, display_name = main.get_by_label("Nuevo usuario de servicio"), main.get_by_label("Nombre para mostrar")
    expect(whose.or_(display_name).first).to_be_visible()
    if whose.count():  # some user has no mailbox yet
        whose.check()
        main.get_by_role("button", name="Siguiente").click()
    main.get_by_label("Nombre para mostrar").fill(name)
    main.locator("[name=local_part]").fill(local_part)
    main.locator("[name=password]").first.fill(MAIL_PASSWORD)
    main.get_by_role("button", name="Siguiente").click()
    expect(main.get_by_text(name).first).to_be_visible()
    main.get_by_role("button", name="Finalizar").click()
    expect(main.get_by_text(re.compile("en proceso|está listo")).first).to_be_visible()
    refresh_until(page, re.compile("está listo"), javascript=javascript)
    expect(main.get_by_text(re.compile(r"^\s*Activo\s*$")).first).to_be_visible()
    return main.get_by_text(re.compile(rf"{local_part}@")).first.inner_text().strip()


def imap_sign_in(panel: Panel, address: str, password: str) -> str:
    imap = imaplib.IMAP4("127.0.0.1", panel.imap_port)
    state, _ = imap.authenticate("PLAIN", lambda _: f"\0{address}\0{password}".encode())
    imap.select("INBOX")
    imap.logout()
    return state


def test_from_the_market_to_a_mailbox_that_works(panel, open_page, javascript):
    page = open_page(javascript=javascript)
    sign_in(page, "admin@empresa.example")
    buy_exchange(page, javascript=javascript)
    page.get_by_role("main").get_by_role("link", name="Abrir el servicio").click()
    local_part = "begona" if javascript else "inigo"
    address = create_mailbox(page, "Begoña Iñíguez", local_part, javascript=javascript)
    assert imap_sign_in(panel, address, MAIL_PASSWORD) == "OK"
    with pytest.raises(imaplib.IMAP4.error):
        imap_sign_in(panel, address, "otra-contraseña")
