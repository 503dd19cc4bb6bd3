"""What only a real browser shows: passkeys under the strict policy, the menu on a telephone, an expired session."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, press, sign_in

TELEPHONE = {"width": 360, "height": 740}
KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def plug_in_a_key(page: Page) -> None:
    """A virtual authenticator, as the browser's own developer tools have it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})


def test_a_passkey_is_added_and_signs_in_without_a_password(panel, open_page):
    page = open_page()
    plug_in_a_key(page)
    here = panel.url.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, never to a bare address
    page.goto(f"{here}/acceso/login/")
    page.locator("[name=login]").fill("usuario@empresa.example")
    page.locator("[name=password]").fill(PASSWORD)
    press(page, "Ingresar")
    page.goto(f"{here}/acceso/seguridad/webauthn/add/")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Confirmar").click()
    page.get_by_label("Nombre de la llave").fill("Mi teléfono")
    page.get_by_label("Ingresar solo con esta llave, sin contraseña").check()
    page.get_by_role("button", name="Agregar", exact=True).click()
    expect(page.get_by_text("Agregó la llave de acceso.")).to_be_visible()
    page.context.clear_cookies()
    page.goto(f"{here}/acceso/login/?next=/perfil/")
    page.get_by_role("button", name="Ingresar con llave de acceso").click()
    expect(page.get_by_role("heading", level=1, name="Mi perfil")).to_be_visible()


def test_the_menu_opens_on_a_telephone(open_page, javascript):
    page = open_page(javascript=javascript)
    page.set_viewport_size(TELEPHONE)
    sign_in(page, "admin@empresa.example")
    market = page.locator("#menu").get_by_text("Mercado", exact=True)
    expect(market).not_to_be_visible()
    page.get_by_role("button", name="Menú", exact=True).click()
    expect(market).to_be_visible()
    page.locator("#menu summary", has_text="Cuenta").last.click()
    page.get_by_role("link", name="Pedidos y facturas").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_the_theme_changes_and_stays(open_page, javascript):
    page = open_page(javascript=javascript)
    sign_in(page, "admin@empresa.example")
    page.locator(".top-profile summary").click()
    with page.expect_response("**/perfil/apariencia/"):
        page.locator(".top-panel").get_by_role("button", name="Oscuro").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto("/ayuda/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_an_expired_session_loses_nothing_that_was_typed(open_page, javascript):
    page = open_page(javascript=javascript)
    sign_in(page, "delegado@empresa.example")
    page.goto("/perfil/")
    page.get_by_label("Nombre", exact=True).fill("Diego Ortiz Peña")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Guardar").first.click()
    expect(page.get_by_text("Su sesión expiró; sus datos están a salvo")).to_be_visible()
    page.locator("[name=login]").fill("delegado@empresa.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Ingresar", exact=True).click()
    expect(page.get_by_label("Nombre", exact=True)).to_have_value("Diego Ortiz Peña")


def test_a_name_without_spaces_makes_no_page_wider_than_the_screen(open_page):
    page = open_page()
    sign_in(page, "admin@otra.example")
    page.goto("/perfil/")
    page.get_by_label("Nombre", exact=True).fill("W" * 120)
    press(page, "Guardar")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for address in ("/", "/usuarios/", "/perfil/"):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
