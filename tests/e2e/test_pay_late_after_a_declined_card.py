"""Bought by card; months later the bank declines, notices come, the mailbox is closed; the customer pays and it opens.

After the tests of the same customer that pay in other ways (files run in the order of their names): a card is charged by
itself once it is on file."""

from __future__ import annotations

import imaplib
import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from cloudpanel.local.cards import LOCAL_KEYS
from tests.e2e.conftest import Panel, sign_in
from tests.e2e.test_a_subscription_lapses_and_comes_back import CUSTOMER, later
from tests.e2e.test_buy_exchange_and_sign_in_to_the_mailbox import (
    MAIL_PASSWORD,
    buy_exchange,
    create_mailbox,
    imap_sign_in,
)
from tests.e2e.test_pay_by_card_and_by_transfer import CARD

GOOD, DECLINED_LATER = "4242424242424242", "4000000000000341"
CARDS = "/cuenta/metodos-de-pago/"


def keep_card(page: Page, number: str) -> None:
    """The customer has it charged from now on, and types it into Stripe's form if it is new."""
    name = f"Visa terminada en {number[-4:]}"
    page.goto(CARDS)
    if not page.get_by_role("heading", name=name).count():
        page.get_by_role("button", name="Agregar tarjeta").click()
        for field, value in (CARD | {"number": number}).items():
            page.locator(f"#tarjeta input[placeholder={field}]").fill(value)
        page.get_by_role("button", name="Guardar tarjeta").click()
        expect(page.get_by_role("heading", name="Métodos de pago")).to_be_visible()
    card = page.get_by_role("listitem").filter(has_text=name)
    if not card.get_by_text("Predeterminada", exact=True).count():
        card.get_by_role("button", name=re.compile("Usar como predeterminada")).click()
    expect(card.get_by_text("Predeterminada", exact=True)).to_be_visible()


def opens(panel: Panel, address: str, *, wanted: bool) -> bool:
    """Whether the mailbox comes to be as ``wanted``, within the time that a worker needs."""
    for _again in range(120):
        try:
            is_open = imap_sign_in(panel, address, MAIL_PASSWORD) == "OK"
        except imaplib.IMAP4.error:
            is_open = False
        if is_open == wanted:
            return True
        time.sleep(0.5)
    return False


def test_declined_suspended_paid_and_active(panel: Panel, open_page: Callable[..., Page]) -> None:
    page = open_page()
    main = page.get_by_role("main")
    sign_in(page, CUSTOMER)
    keep_card(page, GOOD)
    page.goto("/")
    buy_exchange(page, javascript=True, pays_with="Visa terminada en 4242")
    main.get_by_role("link", name="Abrir el servicio").click()
    address = create_mailbox(page, "Rosa Ibáñez", "rosa.sin.fondos", javascript=True)
    assert opens(panel, address, wanted=True)

    keep_card(page, DECLINED_LATER)
    later(panel, 50, **LOCAL_KEYS)
    assert opens(panel, address, wanted=False)
    page.goto("/notificaciones/")
    for told in ("No se pudo cobrar", "Último aviso antes de suspender", "Suspendimos su"):
        expect(page.get_by_text(re.compile(told)).first).to_be_visible()

    keep_card(page, GOOD)
    page.goto("/cuenta/suscripciones/")
    main.get_by_role("link", name=re.compile("Exchange Administrado")).first.click()
    expect(main.get_by_text("Suspendida por falta de pago.")).to_be_visible()
    subscription = page.url
    while main.get_by_role("link", name=re.compile("Pagar la factura")).count():
        main.get_by_role("link", name=re.compile("Pagar la factura")).first.click()
        main.get_by_role("link", name="Pagar", exact=True).click()
        page.get_by_role("radio", name=re.compile("4242")).check()
        page.get_by_role("button", name=re.compile(r"^Pagar \$")).click()
        expect(page.get_by_text("Recibimos su pago. Gracias.")).to_be_visible()
        page.goto(subscription)
    expect(main.get_by_text(re.compile(r"^\s*Activa\s*$")).first).to_be_visible()
    assert opens(panel, address, wanted=True)
