"""(a) The complete list page, in an account with 100,000 mailboxes among 1,000,000, against a bare view of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.test import Client

from accounts.models import Account, Membership, Role, User
from benchmarks.bare_list import bare_handler
from benchmarks.ratio import Bar, Outcome, compare
from cloudpanel.core.pagination import keyset_page
from exchange.listing import ORDER
from exchange.models import Mailbox, MailboxTemplate, MailDomain
from marketplace.models import Plan, Product, ServiceFamily, Subscription, SubscriptionResource

CUSTOMERS, EACH = 10, 100_000
PAGE = 50
REQUESTS = 12  # per round
BAR = Bar(1.0)
EMAIL = "bench@list.example"


def run() -> list[Outcome]:
    subscription = seed()
    cookie = sign_in()
    base = f"/exchange/{subscription.public_id}/buzones/"
    listed = Mailbox.objects.filter(subscription=subscription).personal()
    deep = keyset_page(listed, order=ORDER, size=PAGE * 1999)
    word = listed.order_by("pk").values_list("display_name", flat=True)[777].split()[-1]
    hits = ",".join(str(pk) for pk in listed.matching(word).order_by(*ORDER).values_list("pk", flat=True)[:PAGE])
    pages = {
        "first page": (base, f"/bare/?subscription={subscription.pk}"),
        "page 2,000": (
            f"{base}?cursor={quote(deep.next_cursor)}",
            f"/bare/?subscription={subscription.pk}&after={quote(deep.rows[-1].address)}",
        ),
        "search": (f"{base}?q={quote(word)}", f"/found/?pk={hits}"),
    }
    ours, bare = WSGIHandler(), bare_handler()
    return [
        compare(
            f"mailbox list, {label}",
            ours=requests(ours, cookie, mine),
            baseline=requests(bare, cookie, theirs),
            bar=BAR,
            rounds=9,
        )
        for label, (mine, theirs) in pages.items()
    ]


def requests(handler: WSGIHandler, cookie: str, address: str) -> Callable[[], None]:
    """A dozen GETs through the whole WSGI handler; anything but a page of 50 rows is an error."""
    path, _, query = address.partition("?")

    def go() -> None:
        for _request in range(REQUESTS):
            body = get(handler, cookie, path, query)
            assert body.count(b'name="mailbox[]"') >= PAGE, address

    return go


def get(handler: WSGIHandler, cookie: str, path: str, query: str) -> bytes:
    status: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_COOKIE": cookie,
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(),
    }
    response = handler(environ, lambda line, headers: status.append(line))
    body = b"".join(response)
    response.close()
    assert status[0].startswith("200"), (status, path)
    return body


def sign_in(email: str = EMAIL) -> str:
    client = Client()
    client.force_login(User.objects.get(email=email))
    response = client.get("/", secure=True)
    assert response.status_code == 200
    names = (settings.SESSION_COOKIE_NAME, "form_owner")
    return "; ".join(f"{name}={client.cookies[name].value}" for name in names if name in client.cookies)


def seed() -> Subscription:
    """Ten customers with 100,000 mailboxes each; made once per bench database."""
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, name="Bench")
    membership = Membership.objects.filter(user=user).first()
    if membership and Mailbox.objects.filter(account=membership.account).count() >= EACH:
        return Subscription.objects.get(account=membership.account)
    subscriptions = customers(dict.fromkeys(range(CUSTOMERS), EACH))
    admit(user, subscriptions[5])
    return subscriptions[5]


def customers(sizes: Mapping[int, int]) -> list[Subscription]:
    """By number: how many mailboxes."""
    family, _new = ServiceFamily.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    product, _new = Product.objects.get_or_create(
        family=family, slug="bench", defaults={"name": "Bench", "kind": "exchange"}
    )
    plan, _new = Plan.objects.get_or_create(product=product, code="bench", defaults={"name": "Bench"})
    with transaction.atomic(), connection.cursor() as cursor:  # an index is built faster than it is kept up to date
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY(%s)", [_HEAVY])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        subscriptions = [_customer(number, plan, mailboxes) for number, mailboxes in sizes.items()]
        for _name, definition in indexes:
            cursor.execute(definition)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) exchange_mailbox")
    return subscriptions


def admit(user: User, subscription: Subscription) -> None:
    Membership.objects.get_or_create(user=user, account=subscription.account, defaults={"role": Role.ACCOUNT_ADMIN})


def _customer(number: int, plan: Plan, mailboxes: int = EACH) -> Subscription:
    account = Account.objects.create(legal_name=f"Cliente {number}")
    subscription = Subscription.objects.create(
        account=account, plan=plan, product=plan.product, kind="exchange", name="Exchange", state="active", price=1
    )
    SubscriptionResource.objects.create(
        subscription=subscription, resource="mailboxes", included=mailboxes, used=mailboxes
    )
    MailboxTemplate.objects.create(account=account, subscription=subscription, name="Estándar", is_default=True)
    domain = MailDomain.objects.create(
        account=account,
        subscription=subscription,
        name=f"cliente{number}.bench.example",
        state="active",
        is_default=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(_MAILBOXES, [account.pk, subscription.pk, domain.pk, domain.name, mailboxes])
    return subscription


_HEAVY = ["mailbox_search", "mailbox_by_name", "mailbox_by_size", "mailbox_by_limit", "mailbox_by_state"]
# Forty first names and 1,500 surnames of three syllables: a surname is in 67 mailboxes of each customer.
_MAILBOXES = """
    WITH words AS (SELECT
        ARRAY['María','José','Guadalupe','Juan','Ana','Luis','Sofía','Íñigo','Elena','Raúl','Inés','Óscar','Hugo'] AS first,
        ARRAY['ba','ce','di','fo','gu','ha','je','ki','lo','mu','na','pe','qui','ro','su','ta','ve','xi','yo','zu'] AS part)
    INSERT INTO exchange_mailbox (public_id, created_at, account_id, subscription_id, mail_domain_id, display_name, address,
        quota_mb, allows_imap, allows_pop3, used_bytes, has_password, state)
    SELECT gen_random_uuid(), now(), %s, %s, %s, initial || ' ' || initcap(surname),
        lower(translate(initial, 'ÁÉÍÓÚáéíóúñ', 'AEIOUaeioun')) || '.' || surname || '.' || n || '@' || %s,
        5120, true, true, (n * 7919::bigint) %% 5000000000, true, 'active'
    FROM (SELECT n, first[1 + n %% 13] AS initial,
            part[1 + s / 100 %% 15] || part[1 + s / 10 %% 10] || part[11 + s %% 10] AS surname
        FROM words, LATERAL (
            SELECT n, (n * 7919::bigint %% 1500)::int AS s FROM generate_series(1, %s) AS n) AS numbers) AS people
"""
