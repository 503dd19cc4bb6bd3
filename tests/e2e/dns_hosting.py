"""The DNS of a domain that was registered here: prepared, planned, applied, and answered by the name server itself."""

from __future__ import annotations

import re

import dns.message
import dns.query
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Panel, press, read_until


def host_dns(page: Page, panel: Panel, name: str) -> None:
    """From the domain's page to an answer over the wire. The registry was given our nameservers when it was registered."""
    page.get_by_role("link", name="Administrar aquí su DNS").click()
    page.get_by_role("button", name="Administrar aquí su DNS").click()
    expect(page.get_by_role("main")).to_contain_text("son los nuestros")
    page.get_by_role("link", name="Agregar registro").first.click()
    page.get_by_role("link", name="Agregar A", exact=True).click()
    page.get_by_label("Nombre").fill("www")
    page.get_by_label("Dirección").fill("999.0.2.1")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("alert").first).to_contain_text("No es una dirección IPv4")
    page.get_by_label("Dirección").fill("192.0.2.1")
    page.get_by_role("button", name="Guardar").click()
    page.get_by_role("link", name="Revisar y aplicar").click()
    expect(page.get_by_role("main")).to_contain_text("Se agrega 1 registro")
    press(page, "Aplicar")
    read_until(page, "Publicado")
    port = re.search(r"Name server \(DNS\): 127\.0\.0\.1, port (\d+)", "".join(panel.log))
    assert port is not None
    answer = dns.query.tcp(dns.message.make_query(f"www.{name}", "A"), "127.0.0.1", port=int(port[1]), timeout=5)
    assert "192.0.2.1" in answer.answer[0].to_text()
