"""Issue 3's walk: three people at once with one delegated subscription, the activation e-mail, and what the delegate sees."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import sign_in

NEW_PASSWORD = "Tejado-violeta-cangrejo-58"


def add_three(page: Page, stamp: str) -> None:
    """Typed as a person would; the second address is wrong at first and nothing is lost."""
    page.goto("/usuarios/")
    main = page.get_by_role("main")
    main.get_by_role("link", name="Añadir nuevos usuarios").first.click()
    for number in (2, 3):
        main.get_by_role("button", name="Añadir otro usuario").click()
        expect(main.get_by_role("group", name=re.compile(f"^Usuario {number}"))).to_be_visible()
    for number in range(3):
        main.locator(f"[name=personas-{number}-name]").fill(f"Delegada {number} {stamp}")
        main.locator(f"[name=personas-{number}-email]").fill(f"delegada{number}-{stamp}@empresa.example")
    main.locator("[name=personas-1-email]").fill("sin arroba")
    main.get_by_role("checkbox", name=re.compile("Exchange Administrado")).first.check()
    expect(main.get_by_role("checkbox", name=re.compile("Enviar correo de activación"))).to_be_checked()
    main.get_by_role("button", name="Finalizar").click()
    expect(main.get_by_role("alert").first).to_contain_text("Usuario 2")
    expect(main.locator("[name=personas-2-name]")).to_have_value(f"Delegada 2 {stamp}")
    main.locator("[name=personas-1-email]").fill(f"delegada1-{stamp}@empresa.example")
    main.get_by_role("button", name="Finalizar").click()
    expect(main.get_by_text("Se añadieron 3 usuarios.")).to_be_visible()


def link_in_email(page: Page, address: str) -> str:
    """From the page where local mode shows what was sent, as somebody trying the panel reads it."""
    for _ in range(300):
        page.goto("/correo-local/")
        row = (
            page.get_by_role("row").filter(has_text=address).or_(page.get_by_role("listitem").filter(has_text=address))
        )
        if row.count():
            message = row.first.get_by_role("link").first.get_attribute("href")
            assert message
            page.goto(message)  # a click would not wait: on a busy machine the page was read while it was still empty
            found = re.search(r"/activar/[\w-]+/", page.content())
            assert found, page.content()
            return found[0]
        page.wait_for_timeout(200)
    raise AssertionError(f"no e-mail to {address}")


def activate(page: Page, link: str) -> None:
    page.goto(link)
    page.locator("[name=password]").fill("hola")
    page.get_by_role("button", name="Activar y entrar").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.locator("[name=password]").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Activar y entrar").click()
    expect(page.get_by_role("heading", name="Listo, ya está dentro")).to_be_visible()
    expect(page.get_by_role("link", name="Configurar un segundo factor")).to_be_visible()


def test_three_people_one_service_and_nothing_else(panel, open_page, javascript):
    stamp = "con" if javascript else "sin"
    administrator = open_page(javascript=javascript)
    sign_in(administrator, "admin@empresa.example")
    add_three(administrator, stamp)

    email = f"delegada1-{stamp}@empresa.example"
    link = link_in_email(administrator, email)
    activate(open_page(javascript=javascript), link)

    delegate = open_page(javascript=javascript)
    sign_in(delegate, email, NEW_PASSWORD)
    navigation = delegate.get_by_role("navigation", name="Principal")
    expect(navigation.get_by_role("link", name=re.compile("Exchange Administrado"))).to_have_count(1)
    for hidden in ("Usuarios", "Pedidos y facturas", "Registro de acciones"):
        expect(navigation.get_by_role("link", name=hidden)).to_have_count(0)
    navigation.get_by_role("link", name=re.compile("Exchange Administrado")).click()
    expect(delegate.get_by_role("main").get_by_role("link", name="Crea tus cuentas de correo").first).to_be_visible()
    expect_status(delegate, "/usuarios/", 403)
    expect_status(delegate, "/cuenta/registro/", 403)

    assert administrator.request.get(link).status == 410  # it works once


def expect_status(page: Page, address: str, status: int) -> None:
    """Asked beside the page: a refused page would count as an error of the console."""
    assert page.request.get(address).status == status
