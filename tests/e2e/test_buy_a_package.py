"""*Promoción de Paquetes* in a real browser: found in the Mercado, bought with a coupon, paid by transfer, both services
working, and one of them opened."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e.conftest import refresh_until, sign_in


def test_two_services_in_one_order(open_page, javascript):
    page = open_page(javascript=javascript)
    sign_in(page, "admin@empresa.example" if javascript else "admin@otra.example")
    page.get_by_role("link", name="Mercado").first.click()
    main = page.get_by_role("main")
    main.get_by_role("link", name="Oficina y sucursal").click()
    expect(main.get_by_text("Almacenamiento adicional de 50 GB")).to_be_visible()
    main.get_by_role("radio", name="Mensual").check()
    main.get_by_role("button", name="Siguiente").click()
    main.get_by_label("Código del cupón").fill("bienvenida20")
    main.get_by_role("button", name="Aplicar").click()
    expect(main.get_by_text("Bienvenida: 20 % el primer periodo").first).to_be_visible()
    expect(main.get_by_text("$3,238.72 MXN").first).to_be_visible()  # (3490 - 20 %) + IVA
    main.get_by_role("checkbox", name=re.compile("términos y condiciones")).check()
    main.get_by_role("button", name="Confirmar").click()
    refresh_until(page, "Completado", javascript=javascript)
    expect(main.get_by_text("Por pagar").first).to_be_visible()
    expect(main.get_by_text("Listo")).not_to_have_count(0)
    services = main.get_by_role("link", name=re.compile("^Exchange Administrado"))
    expect(services).to_have_count(2)
    main.get_by_role("link", name="Pagar").click()
    expect(main.get_by_text("CLABE")).not_to_have_count(0)
    page.go_back()
    services.last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Exchange Administrado")
