from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db.models import Sum
from django.test import Client

from accounts.actors import Actor
from billing.models import Payment
from billing.services.paying import book_payment
from cloudpanel.provisioning import worker
from cloudpanel.provisioning.models import Job, JobState
from marketplace.models import AddOn, Order, Plan, Product, Subscription, SubscriptionItem
from marketplace.services.changes import ChangeQuote, quote_change
from marketplace.services.price_book import price_book
from marketplace.services.pricing import Quote, quote_sale
from marketplace.services.purchases import confirm_purchase
from tests.factories import AddOnFactory, PlanFactory, ProductFactory, SubscriptionFactory, TermsFactory
from tests.marketplace.fake import FakeLifecycle
from tests.marketplace.life import FIRST_OF_NOVEMBER, Life

PRODUCT = "/mercado/correo/exchange-administrado/"


@pytest.fixture(autouse=True)
def lifecycle(settings) -> type[FakeLifecycle]:
    """The marketplace is tested without any product app: Exchange is played by a fake of the same protocol."""
    settings.SERVICE_LIFECYCLES = {"exchange": "tests.marketplace.fake.FakeLifecycle"}
    FakeLifecycle.reset()
    return FakeLifecycle


@pytest.fixture(autouse=True)
def _silent_bell(monkeypatch):
    """Tests run the jobs themselves."""
    monkeypatch.setattr("cloudpanel.provisioning.services.ring", lambda job_id: None)


@pytest.fixture
def subscription(account, catalogue) -> Subscription:
    return SubscriptionFactory(account=account, plan=catalogue.plan)


@dataclass
class Catalogue:
    product: Product
    plan: Plan
    mailboxes: AddOn
    storage: AddOn


@pytest.fixture
def catalogue(db) -> Catalogue:
    TermsFactory()
    product = ProductFactory(family__slug="correo")
    return Catalogue(
        product,
        PlanFactory(product=product),
        AddOnFactory(product=product, max_units=20),
        AddOnFactory(
            product=product,
            code="espacio",
            name="50 GB más",
            resource="storage_gb",
            quantity=50,
            price=Decimal("145.00"),
        ),
    )


@dataclass
class Purchase:
    """Walks through the steps with one client, as a browser would."""

    client: Client
    token: UUID = field(default_factory=uuid4)

    def address(self, step: str = "", **choices: object) -> str:
        return f"{PRODUCT}{step}?{urlencode({'compra': self.token, **choices})}"

    def confirmation(self, **choices: object):
        return self.client.get(self.address("confirmar/", plan="basico", **choices))

    def confirm(self, page=None, *, accept: bool = True, **choices: object):
        page = page or self.confirmation(**choices)
        data = {"mostrado": page.context["sealed"], **({"acepto": "on"} if accept else {})}
        return self.send(data, **choices)

    def send(self, data: dict[str, str], **choices: object):
        """The answer that leads to the order, or the page that says why not."""
        answer = self.client.post(self.address("confirmar/", plan="basico", **choices), data)
        assert answer.status_code == 302  # whatever happened: Back never meets a page that was sent
        return self.client.get(answer.url) if "/confirmar/" in answer.url else answer


@pytest.fixture
def purchase(catalogue, administrator_client) -> Purchase:
    return Purchase(administrator_client)


@pytest.fixture
def order(catalogue, actor, account) -> Order:
    """A purchase just confirmed: its job waits."""
    quote = sale(account, catalogue.plan, {catalogue.mailboxes: 2})
    return confirm_purchase(actor=actor, account=account, quote=quote, token=uuid4())


def sale(account, plan: Plan, units: dict[AddOn, int] | None = None, **more) -> Quote:
    """What the plan and its add-ons cost this account today."""
    book = price_book(account, plans=[plan], add_ons=units or {})
    return quote_sale(plan=plan, units=units or {}, terms=TermsFactory(), book=book, **more)


def change(subscription: Subscription, units: dict[AddOn, int]) -> ChangeQuote:
    """So many units more."""
    found = Subscription.objects.select_related("account", "product", "plan").get(pk=subscription.pk)
    owned = owned_units(found)
    totals = {add_on: owned.get(add_on.code, 0) + more for add_on, more in units.items()}
    return quote_change(subscription=found, plan=found.plan, units=totals, terms=TermsFactory())


def service_of(order: Order) -> Subscription:
    """The one subscription of an order that is no package."""
    return order.subscriptions.get()


def job_of(order: Order) -> Job:
    return Job.objects.get(pk=order.items.get().job_id)


def pay(actor: Actor, order: Order) -> Payment:
    """The transfer for the order's invoice arrives."""
    invoice = Order.objects.get(pk=order.pk).invoice
    return book_payment(
        actor=actor,
        account=invoice.account,
        amount=invoice.rest,
        method=Payment.Method.TRANSFER,
        idempotency_key=f"prueba:{invoice.pk}:{invoice.rest}",
        invoice=invoice,
    )


@pytest.fixture
def run_job():
    """Carries out the job of an order as a worker does, to its end."""

    def run(order: Order) -> Order:
        for item in order.items.all():
            job = Job.objects.get(pk=item.job_id)
            if job.state != JobState.SUCCEEDED:
                worker.run(job.pk)
            job.refresh_from_db()
            assert job.state != JobState.RUNNING
        return Order.objects.get(pk=order.pk)

    return run


def owned_units(subscription: Subscription) -> dict[str, int]:
    items = SubscriptionItem.objects.filter(subscription=subscription, add_on__isnull=False).order_by()
    return dict(items.values_list("add_on__code").annotate(Sum("units")))


@pytest.fixture
def clock():
    """Stands still until a test moves it."""
    with time_machine.travel(FIRST_OF_NOVEMBER, tick=False) as traveller:
        yield traveller


@pytest.fixture
def life(clock, account, actor) -> Life:
    return Life(account, actor, clock)


@pytest.fixture
def bigger(catalogue) -> Plan:
    """Another plan of the same service."""
    return PlanFactory(
        product=catalogue.product,
        code="profesional",
        name="Profesional",
        price=Decimal("399.00"),
        resources={"mailboxes": 25, "storage_gb": 100},
    )
