"""Money for tests, and a Stripe of the tests' own: one for the whole run, empty for each test that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from accounts.actors import Actor
from accounts.models import Account
from billing.models import Invoice, Payment, PaymentMethod
from billing.services.issuing import issue_invoice
from billing.services.lines import LineData
from billing.services.methods import check_card_setup, secret_of, start_card_setup
from billing.services.paying import book_payment
from billing.services.verification import verify_ledger
from tests.billing.stripe_peer import (
    GOOD,
    PUBLISHABLE_KEY,
    SECRET_KEY,
    WEBHOOK_SECRET,
    Peer,
    Road,
    running_peer,
)


@pytest.fixture
def issue(actor, account) -> Callable[..., Invoice]:
    """``issue("100.00", "19.90")``: an invoice with a line for each price, of this account unless another is named."""

    def issue(*prices: str, source: str = "", to=None, **more) -> Invoice:
        lines = [LineData(f"Servicio {n}", Decimal(price)) for n, price in enumerate(prices or ("100.00",), 1)]
        source = source or f"test:{uuid4()}"
        concept = more.pop("concept", "Servicios")
        return issue_invoice(actor=actor, account=to or account, source=source, lines=lines, concept=concept, **more)

    return issue


@pytest.fixture
def pay(actor, account) -> Callable[..., Payment]:
    """``pay("116.00", invoice=…)``: a transfer that arrived."""

    def pay(total: str, key: str = "", **more) -> Payment:
        payment = book_payment(
            actor=actor,
            account=more.pop("to", account),
            amount=Decimal(total),
            method=more.pop("method", Payment.Method.TRANSFER),
            idempotency_key=key or f"test:{uuid4()}",
            **more,
        )
        return Payment.objects.get(pk=payment.pk)

    return pay


@pytest.fixture
def differences() -> Callable[[], set[str]]:
    """The codes of what ``verify_ledger`` finds."""
    return lambda: {code for code, _sentence in verify_ledger()}


@pytest.fixture(scope="session")
def running_stripe() -> Iterator[Peer]:
    with running_peer() as peer:
        yield peer


@pytest.fixture
def stripe_peer(running_stripe: Peer) -> Peer:
    running_stripe.forget_everything()
    return running_stripe


@pytest.fixture
def road(stripe_peer: Peer) -> Iterator[Road]:
    """A faulty road to ``stripe_peer``; ``road.port`` is where it begins."""
    road = Road(stripe_peer.port)
    road.port = road.start()  # type: ignore[attr-defined]
    yield road
    road.stop()


def use_gateway(settings: Any, url: str, **options: Any) -> None:
    """The panel finds its card gateway at ``url``."""
    entry = {"class": "billing.gateways.stripe_gateway.StripeGateway", "concurrency": 8}
    entry["options"] = {"secret_key": SECRET_KEY, "webhook_secret": WEBHOOK_SECRET, "api_url": url, **options}
    settings.STRIPE_PUBLISHABLE_KEY = PUBLISHABLE_KEY
    settings.STRIPE_API_URL = url
    settings.STRIPE_JS_URL = f"{url}/js.stripe.com/v3/"
    settings.DRIVERS = {**settings.DRIVERS, "stripe": entry}


@pytest.fixture
def cards(settings: Any, stripe_peer: Peer) -> Peer:
    """Customers can pay by card."""
    use_gateway(settings, stripe_peer.url)
    return stripe_peer


@pytest.fixture
def faulty_cards(settings: Any, road: Road) -> Road:
    """The same, over a road that does what ``road.faults`` says."""
    use_gateway(settings, f"http://127.0.0.1:{road.port}", timeout=1.0)  # type: ignore[attr-defined]
    return road


@pytest.fixture
def add_card(actor: Actor, account: Account, run_jobs: Callable[[], int]) -> Callable[..., PaymentMethod]:
    """``add_card(number, year=2034)``: the customer types a card into Stripe's form."""

    def add(peer: Peer, number: str = GOOD, *, year: int = 2034) -> PaymentMethod:
        setup = start_card_setup(actor=actor, account=account)
        run_jobs()
        setup.refresh_from_db()
        peer.type_card(SimpleNamespace(ref=setup.gateway_ref, client_secret=secret_of(setup)), number, year=year)
        check_card_setup(actor=actor, setup=setup)
        run_jobs()
        setup.refresh_from_db()
        assert setup.method is not None, setup.failure_message
        return setup.method

    return add


@pytest.fixture
def invoice(actor: Actor, account: Account) -> Invoice:
    """$1,160.00 are owed."""
    return owe(actor, account, Decimal(1000))


def owe(actor: Actor, account: Account, price: Decimal) -> Invoice:
    line = LineData(description="Exchange Negocio, un mes", unit_price=price)
    return issue_invoice(
        actor=actor, account=account, source=f"test:{uuid4()}", lines=[line], concept="Exchange Negocio"
    )
