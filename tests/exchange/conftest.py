"""A subscription that works: its domain is in the mail system, its template is there, ten places and 50 GB."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import psycopg2
import pytest
from django.urls import reverse
from psycopg2 import sql
from psycopg2.extensions import make_dsn, parse_dsn

from accounts.models import Account
from exchange.drivers.base import DomainSpec, MailboxSpec
from exchange.drivers.directory import DirectoryMailDriver, install_schema
from exchange.drivers.fake import InMemoryMailDriver, MemoryStore, stores
from exchange.models import Finding, Mailbox, MailboxTemplate, MailDomain
from exchange.services.mailboxes import Wish, create_mailbox
from exchange.services.reconcile import compare_now
from marketplace.models import ServiceDelegation, Subscription
from tests.factories import MailboxTemplateFactory, MailDomainFactory, SubscriptionFactory

PASSWORD = "grapa-violeta-tejado-42"


def administer(server: str, *statements: sql.Composable) -> None:
    """Run statements that belong to no transaction, such as CREATE DATABASE."""
    connection = psycopg2.connect(server, dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


@pytest.fixture(scope="session")
def mail_server() -> str:
    """The PostgreSQL of this test run, as MAIL_DIRECTORY_URL names it."""
    return os.environ["MAIL_DIRECTORY_URL"]


@pytest.fixture(scope="session")
def mail_database(mail_server: str) -> Iterator[str]:
    """DSN of an installed directory that no other test process uses. The role of its Dovecot bears its name."""
    name = f"test_mail_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}_{os.getpid()}"
    database = sql.Identifier(name)
    administer(mail_server, sql.SQL("CREATE DATABASE {}").format(database))
    dsn = make_dsn(**{**parse_dsn(mail_server), "dbname": name})
    install_schema(dsn, dovecot_role=name, dovecot_password="lee-y-calla")
    yield dsn
    administer(
        mail_server,
        sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database),
        sql.SQL("DROP ROLE {}").format(database),
    )


@pytest.fixture
def directory(mail_database: str) -> Iterator[DirectoryMailDriver]:
    """The real driver on an empty directory."""
    connection = psycopg2.connect(mail_database)
    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE mail.domain, mail.mailbox, mail.list, mail.contact CASCADE")
    connection.close()
    driver = DirectoryMailDriver({"dsn": mail_database})
    yield driver
    driver.close()


@pytest.fixture(autouse=True)
def mail(request, settings) -> MemoryStore:
    """The mail system in memory, for everything but the driver's own tests."""
    settings.DRIVERS = {
        **settings.DRIVERS,
        "mail": {
            "class": "exchange.drivers.fake.InMemoryMailDriver",
            "options": {"config": {"store": "tests"}},
            "concurrency": 8,
        },
        "dns_observer": {"class": "tests.exchange.fake_dns.FakeObserver", "options": {}, "concurrency": 4},
    }
    InMemoryMailDriver({"store": "tests"})
    stores["tests"].reset()
    return stores["tests"]


@pytest.fixture
def subscription(account: Account) -> Subscription:
    return SubscriptionFactory(account=account)


@pytest.fixture
def domain(subscription: Subscription, mail: MemoryStore) -> MailDomain:
    row = MailDomainFactory(subscription=subscription, name="buzones.example")
    mail.domains[row.public_id] = DomainSpec(row.public_id, row.name)
    return row


@pytest.fixture
def template(subscription: Subscription) -> MailboxTemplate:
    return MailboxTemplateFactory(subscription=subscription, name="Estándar", is_default=True, quota_mb=5120)


@pytest.fixture
def wish(domain: MailDomain, template: MailboxTemplate) -> Wish:
    return Wish("Ana López", "ana", domain, template, password=PASSWORD)


@pytest.fixture
def make_mailbox(actor, subscription, domain, template, run_jobs):
    """A mailbox that went the whole way: created, and in the mail system."""

    def make(local_part: str = "ana", **changes) -> Mailbox:
        wish = Wish(local_part.title(), local_part, domain, template, **{"password": PASSWORD, **changes})
        made = create_mailbox(actor=actor, subscription=subscription, wish=wish)
        run_jobs()
        return fresh(made)

    return make


@pytest.fixture
def compare(actor, subscription, run_jobs):
    """Compares both sides now, and gives what is open afterwards."""

    def go() -> list[Finding]:
        compare_now(actor=actor, subscription=subscription)
        run_jobs()
        return list(Finding.objects.unresolved().order_by("address"))

    return go


@pytest.fixture
def stray(mail, domain):
    """A mailbox that somebody made in the mail system itself."""

    def make(address: str = "mano@buzones.example", **changes) -> MailboxSpec:
        spec = MailboxSpec(uuid4(), address, "Hecho a mano", 1024, **changes)
        mail.mailboxes[spec.id] = spec
        return spec

    return make


@pytest.fixture
def delegation(delegate, subscription) -> ServiceDelegation:
    return ServiceDelegation.objects.create(user=delegate, subscription=subscription)


def fresh(mailbox: Mailbox) -> Mailbox:
    """As the database has it now, with all that services need."""
    related = ("subscription__account", "account", "last_job", "mail_domain", "template", "user")
    return Mailbox.objects.select_related(*related).get(pk=mailbox.pk)


def used(subscription: Subscription) -> dict[str, int]:
    return dict(subscription.resources.values_list("resource", "used"))


def url(name: str, subscription: Subscription, *args: object) -> str:
    return reverse(f"exchange:{name}", args=[subscription.public_id, *args])
