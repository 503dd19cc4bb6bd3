"""The demo's invoice: found in the list, opened, downloaded as PDF and XML, and in the statement with the same total."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lxml import etree
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.conftest import sign_in

CUSTOMER = "admin@empresa.example"


def download(page: Page, name: str) -> Path:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name, exact=True).first.click()
    return Path(waiting.value.path())


def test_an_invoice_says_the_same_on_screen_on_paper_and_in_xml(open_page: Callable[..., Page]) -> None:
    page = open_page()
    sign_in(page, CUSTOMER)
    page.goto("/cuenta/facturas/")
    page.get_by_role("link", name="F-1", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Factura F-1")
    total = page.locator("dd.totals-main").inner_text()

    text = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(download(page, "PDF")).pages).split())
    assert f"Total {total}" in text
    assert "Empresa Demo" in text
    root = etree.parse(str(download(page, "XML"))).getroot()
    assert f"${float(root.attrib['Total']):,.2f} MXN" == total

    page.goto("/cuenta/estado-de-cuenta/")
    expect(page.get_by_role("link", name="Factura F-1").first).to_be_visible()
    statement = PdfReader(download(page, "PDF"))
    assert "Factura F-1" in " ".join(sheet.extract_text() for sheet in statement.pages)


def test_sending_it_arrives_with_the_pdf(open_page: Callable[..., Page]) -> None:
    page = open_page()
    sign_in(page, CUSTOMER)
    page.goto("/cuenta/facturas/")
    page.get_by_role("link", name="F-1", exact=True).click()
    page.get_by_role("button", name="Enviar por correo").click()
    expect(page.get_by_text("La factura va en camino a")).to_be_visible()
