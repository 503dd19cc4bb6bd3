"""Money for tests, and a Stripe of the tests' own: one for the whole run, empty for each test that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from uuid import uuid4

import pytest

from billing.models import Invoice, Payment
from billing.services.issuing import issue_invoice
from billing.services.lines import LineData
from billing.services.paying import book_payment
from billing.services.verification import verify_ledger
from tests.billing.stripe_peer import Peer, Road, running_peer


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
