"""An upgrade with its proration; then nobody pays: reminders, suspension; the payment comes, and it works again."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.conftest import ROOT, Panel, refresh_until, sign_in
from tests.e2e.test_buy_exchange_and_sign_in_to_the_mailbox import buy_exchange

CUSTOMER = "admin@otra.example"


def later(panel: Panel, days: int, *more: str, **keys: str) -> None:
    """``keys``: of the card gateway, when cards are to be charged meanwhile."""
    command = [sys.executable, "-m", "cloudpanel.local", "exec", "--profile", "run", "--keep", "--"]
    script = [sys.executable, "-m", "tests.e2e.months_later", CUSTOMER, str(days), *more]
    subprocess.run([*command, *script], cwd=ROOT, env=panel.environment | keys, check=True, timeout=300)


def test_upgrade_lapse_and_return(panel: Panel, open_page: Callable[..., Page]) -> None:
    page = open_page()
    sign_in(page, CUSTOMER)
    buy_exchange(page, javascript=True)

    page.goto("/cuenta/suscripciones/")
    page.get_by_role("main").get_by_role("link", name=re.compile("Exchange Administrado")).first.click()
    subscription = page.url
    page.get_by_role("link", name="Cambiar plan o recursos").click()
    page.get_by_label(re.compile("Unidades en total de .*buzones")).first.fill("3")
    page.get_by_role("button", name="Siguiente").click()
    main = page.get_by_role("main")
    expect(main.get_by_text(re.compile("Abono por lo que no usará"))).to_be_visible()
    expect(main.get_by_text("Total de hoy")).to_be_visible()
    main.get_by_role("checkbox", name=re.compile("términos y condiciones")).check()
    main.get_by_role("button", name="Confirmar").click()
    refresh_until(page, "Completado", javascript=True)

    later(panel, 45)
    page.goto(subscription)
    expect(main.get_by_text("Suspendida por falta de pago.")).to_be_visible()
    expect(main.get_by_role("link", name=re.compile("Pagar la factura")).first).to_be_visible()
    page.goto("/notificaciones/")
    for told in ("Pronto vence una factura", "Último aviso antes de suspender", "Suspendimos su servicio"):
        expect(page.get_by_text(re.compile(told)).first).to_be_visible()

    later(panel, 0, "pay")
    page.goto(subscription)
    expect(main.get_by_text(re.compile(r"^\s*Activa\s*$")).first).to_be_visible()
