"""The demo that ``make run`` starts with: two customers, their people, a catalogue, and a service that works."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import translation

from accounts.actors import Actor
from accounts.models import Account, Membership, Role, User
from cloudpanel.core.exceptions import BusinessError
from cloudpanel.provisioning.worker import run
from domains.catalogue import seed_domains
from exchange.models import Mailbox
from exchange.services.mailboxes import Wish, create_mailbox
from exchange.services.templates import TemplateData, create_template
from marketplace.catalogue import seed_catalogue
from marketplace.models import Plan, ServiceDelegation, Subscription
from marketplace.services.catalogue import terms_in_force
from marketplace.services.price_book import price_book
from marketplace.services.pricing import quote_sale
from marketplace.services.purchases import confirm_purchase

DEMO_ACCOUNTS = {
    "Empresa Demo": {
        "tax_id": "EDE010203AB7",
        "tax_regime": "601",
        "street": "Av. Insurgentes Sur 1000",
        "city": "Ciudad de México",
        "state": "Ciudad de México",
        "postal_code": "03100",
    },
    "Otra Empresa": {"tax_id": "OTR050607CD5"},
}
DEMO_PEOPLE = [
    ("admin@empresa.example", "Ana Núñez", "Empresa Demo", Role.ACCOUNT_ADMIN),
    ("delegado@empresa.example", "Diego Ortiz", "Empresa Demo", Role.DELEGATE),
    ("usuario@empresa.example", "Sofía Peña", "Empresa Demo", Role.SERVICE_USER),
    ("lucia@empresa.example", "Lucía Herrera", "Empresa Demo", Role.SERVICE_USER),
    ("admin@otra.example", "Enrique Ruiz", "Otra Empresa", Role.ACCOUNT_ADMIN),
]
DEMO_STAFF = ("soporte@panel.example", "Soporte del panel")


DEMO_PURCHASE = uuid.UUID("6f1f7f0e-52cc-4a6e-9a1b-0d3c5d1e7a01")  # one purchase, however often this runs


def seed_demo(*, password: str) -> list[str]:
    """Creates what is missing and returns one line for each thing made. Existing people keep their passwords."""
    with translation.override("es-mx"):
        return [*seed_people(password=password), *seed_catalogue(), *seed_domains(), *seed_service(password=password)]


@transaction.atomic
def seed_people(*, password: str) -> list[str]:
    made = []
    accounts = {name: _ensure_account(name) for name in DEMO_ACCOUNTS}
    for email, name, account, role in DEMO_PEOPLE:
        user, created = _ensure_user(email, name, password)
        Membership.objects.get_or_create(account=accounts[account], user=user, defaults={"role": role})
        if created:
            made.append(f"{email}: {role.label} ({account})")
    email, name = DEMO_STAFF
    if _ensure_user(email, name, password, is_staff=True, is_superuser=True)[1]:
        made.append(f"{email}: personal de soporte (/admin/)")
    return made


def _ensure_account(name: str) -> Account:
    return Account.objects.get_or_create(legal_name=name, defaults=DEMO_ACCOUNTS[name])[0]


def _ensure_user(email: str, name: str, password: str, **flags: bool) -> tuple[User, bool]:
    user = User.objects.filter(email=email).first()
    if user:
        return user, False
    return User.objects.create_user(email, password, name=name, **flags), True


def seed_service(*, password: str) -> list[str]:
    """Buys Exchange for Empresa Demo as a customer would, delegates it, and gives Sofía her mailbox."""
    account = Account.objects.get(legal_name="Empresa Demo")
    if account.orders.filter(token=DEMO_PURCHASE).exists():
        return []
    people = {user.email: user for user in User.objects.filter(memberships__account=account)}
    actor = Actor(user=people["admin@empresa.example"], origin="demo")
    plan = Plan.objects.select_related("product").get(product__kind="exchange", code="profesional")
    terms, book = terms_in_force(plan.product.terms_slug), price_book(account, plans=[plan])
    quote = quote_sale(plan=plan, units={}, terms=terms, book=book)
    order = confirm_purchase(actor=actor, account=account, quote=quote, token=DEMO_PURCHASE)
    bought = order.subscriptions.get()
    delegation = {"user": people["delegado@empresa.example"], "subscription": bought}
    ServiceDelegation.objects.get_or_create(**delegation, defaults={"granted_by": actor.user})
    _run(order.items.get().job_id)
    made = [f"{order}: {order.description}"]
    subscription = Subscription.objects.select_related("account", "plan").get(pk=bought.pk)
    if subscription.state == Subscription.State.ACTIVE:
        made += _seed_mailbox(actor, subscription, people["usuario@empresa.example"], password)
    return made


def _seed_mailbox(actor: Actor, subscription: Subscription, user: User, password: str) -> list[str]:
    larger = TemplateData(name="Dirección", quota_mb=25 * 1024, allows_imap=True, allows_pop3=False, is_default=False)
    create_template(actor=actor, subscription=subscription, data=larger)
    wish = Wish(
        display_name=user.name,
        local_part="sofia",
        mail_domain=subscription.mail_domains.get(is_default=True),
        template=subscription.mailbox_templates.get(is_default=True),
        user=user,
        password=password,
    )
    try:
        mailbox: Mailbox = create_mailbox(actor=actor, subscription=subscription, wish=wish)
    except BusinessError as refusal:  # a DEMO_PASSWORD that is too weak for a mailbox
        return [f"sofia: {refusal}"]
    _run(mailbox.last_job_id)
    return [f"{mailbox.address}"]


def _run(job_id: int | None) -> None:
    """What a worker would do in some seconds: `make run` starts its workers later."""
    if job_id:
        run(job_id)
