"""The third way to a domain: claimed, looked for at real name servers, proved by the record that the page asked for, and then
used for mail without another proof."""

from __future__ import annotations

import dns.message
import dns.query
import dns.rcode
import dns.update
import pytest
from playwright.sync_api import expect

from tests.counterparts import need
from tests.domains.dns_world import DnsWorld, dns_world, txt
from tests.e2e.conftest import Panel, press, read_until, sign_in

NAME = "empresa.test"


@pytest.fixture
def world(panel: Panel, tmp_path):
    """Where the panel of these tests looks."""
    need("knotd")
    with dns_world(tmp_path, int(panel.environment["DOMAIN_AUTHORITY_PORT"])) as made:
        yield made


def publish(world: DnsWorld, host: str, value: str) -> None:
    update = dns.update.Update(f"{NAME}.")
    update.add(f"{host}.", 60, "TXT", f'"{value}"')
    assert dns.query.udp(update, "127.0.0.1", 2, world.port).rcode() == dns.rcode.NOERROR


def test_a_domain_held_elsewhere_is_proved_and_used(open_page, world):
    page = open_page()
    sign_in(page, "admin@empresa.example")
    page.get_by_role("link", name="Dominios", exact=True).first.click()
    page.get_by_role("link", name="Añadir Dominio Nuevo").first.click()
    page.get_by_role("link", name="Añadir mi dominio").click()
    page.get_by_label("Dominio", exact=True).fill("https://empresa.test/")
    press(page, "Añadir dominio")
    expect(page.get_by_role("alert").first).to_contain_text("¿Quiso decir empresa.test?")
    page.get_by_label("Dominio", exact=True).fill(NAME)
    press(page, "Añadir dominio")
    read_until(page, "ns1.empresa.test")
    host, value = page.locator(".copy-line code").all_inner_texts()[:2]
    publish(world, host, value)
    world.ns2.says = txt(value)
    press(page, "Comprobar ahora")
    read_until(page, "Salud del dominio")
    page.goto("/dominios/")
    expect(page.get_by_role("row").filter(has_text=NAME)).to_contain_text("Activo")
    page.goto("/notificaciones/")
    expect(page.get_by_text("El dominio empresa.test es suyo: ya puede usarlo").first).to_be_visible()
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name="Exchange Administrado").first.click()
    page.get_by_role("main").get_by_role("link", name="Dominios", exact=False).first.click()
    page.get_by_label("Dominio", exact=True).fill(NAME)
    press(page, "Añadir dominio")
    read_until(page, "Activo")
    expect(page.get_by_text("Demuestre que el dominio es suyo")).to_have_count(0)
    page.goto("/dominios/")
    expect(page.get_by_role("row").filter(has_text=NAME)).to_contain_text("Correo: Exchange")
