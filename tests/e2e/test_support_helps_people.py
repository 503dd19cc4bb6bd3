"""Support enters as somebody, and lets somebody in who lost their second factor; in a real browser."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PASSWORD, press, sign_in

OpenPage = Callable[..., Page]
SETUP = re.compile(r"/perfil/segundo-factor/\?next=")


def open_person(page: Page, email: str) -> None:
    page.goto(f"/admin/accounts/user/?q={email}")
    page.get_by_role("link", name=email).click()


def confirm_who_one_is(page: Page) -> None:
    """allauth asks for the password again before anything about factors."""
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Confirmar").click()


def set_up_an_app(page: Page) -> None:
    page.goto("/acceso/seguridad/totp/activate/")
    if page.locator("[name=password]").count():
        confirm_who_one_is(page)
    secret = page.locator("[data-copy]").get_attribute("data-copy")
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    page.locator("[name=code]").fill(code)
    page.get_by_role("button", name="Activar").click()
    expect(page.get_by_role("heading", level=1, name="Códigos de recuperación")).to_be_visible()


def test_support_enters_as_a_customer_and_both_names_are_in_the_log(open_page: OpenPage) -> None:
    support, admin = open_page(), open_page()
    sign_in(support, "soporte@panel.example")
    open_person(support, "lucia@empresa.example")
    support.get_by_text("Entrar como esta persona").first.click()
    support.get_by_role("button", name="Entrar", exact=True).click()
    banner = support.get_by_text("Soporte entró como Lucía Herrera")
    expect(banner).to_be_visible()
    support.goto("/perfil/")
    support.get_by_label("Nombre", exact=True).fill("Lucía Herrera Luna")
    press(support, "Guardar")
    support.goto("/")
    support.get_by_role("button", name="Salir de esta cuenta").click()
    expect(support).to_have_url(re.compile("/admin/"))
    expect(banner).not_to_be_visible()
    sign_in(admin, "admin@empresa.example")
    admin.goto("/cuenta/registro/?tipo=accounts.user.profile_changed")
    line = admin.get_by_role("listitem").filter(has_text="Lucía Herrera").filter(has_text="Soporte del panel").first
    expect(line).to_be_visible()


def test_a_required_second_factor_leaves_nothing_else_and_support_helps_who_lost_it(open_page: OpenPage) -> None:
    person, support = open_page(), open_page()
    sign_in(person, "admin@otra.example")
    set_up_an_app(person)
    person.goto("/")
    person.locator("#menu summary", has_text="Cuenta").last.click()
    person.get_by_role("link", name="Seguridad de la cuenta").click()
    person.get_by_role("button", name="Exigir segundo factor").click()
    expect(person.get_by_text("Obligatorio")).to_be_visible()

    sign_in(support, "soporte@panel.example")
    open_person(support, "admin@otra.example")
    support.get_by_text("Quitar segundo factor").first.click()
    support.get_by_label("Cómo comprobó").fill("Llamó desde su número registrado")
    support.get_by_role("button", name="Quitar segundo factor").click()
    expect(support.get_by_text("Le avisamos por correo")).to_be_visible()

    person.goto("/mercado/")
    expect(person.get_by_role("heading", level=1, name="Ingrese al panel")).to_be_visible()  # every session ended
    sign_in(person, "admin@otra.example")
    for address in ("/", "/mercado/", "/usuarios/", "/perfil/", "/notificaciones/"):
        person.goto(address)
        expect(person).to_have_url(SETUP)
    set_up_an_app(person)
    person.goto("/mercado/")
    expect(person.get_by_role("heading", level=1, name="Mercado")).to_be_visible()

    person.goto("/cuenta/seguridad/")
    press(person, "Dejar de exigirlo")
    person.goto("/acceso/seguridad/totp/deactivate/")
    person.locator("main button[type=submit]").click()
    expect(person).to_have_url(re.compile("/acceso/seguridad/$"))


def test_a_photo_is_uploaded_shown_and_taken_away(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    sign_in(page, "lucia@empresa.example")
    picture = io.BytesIO()
    Image.new("RGB", (700, 300), "teal").save(picture, "PNG")
    page.goto("/perfil/foto/")
    page.locator("input[type=file]").set_input_files(
        {"name": "yo.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("heading", level=1, name="Mi perfil")).to_be_visible()
    page.goto("/perfil/foto/")
    shown = page.get_by_alt_text("Su foto actual")
    assert shown.evaluate("image => [image.complete, image.naturalWidth]") == [True, 256]
    page.get_by_role("button", name="Quitar la foto").click()
    expect(page.get_by_text("Quitamos su foto.")).to_be_visible()
    page.goto("/perfil/foto/")
    expect(shown).to_have_count(0)
