"""The list of domains in an account with 50,000 of them, half of which it renews here, among 100,000 of others, against a
bare view of the same rows."""

from __future__ import annotations

from urllib.parse import quote

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection

from accounts.models import Account, Membership, Role, User
from benchmarks.bare_domains import bare_handler
from benchmarks.bench_invoice_list import requests
from benchmarks.bench_mailbox_list import sign_in
from benchmarks.ratio import Bar, Outcome, compare
from cloudpanel.core.pagination import keyset_page
from domains.listing import ORDER
from domains.models import Domain
from marketplace.models import Plan, Product, ServiceFamily, Subscription

EACH, PAGE = 50_000, 50
EMAIL = "dominios@bench.example"
LIST = "/dominios/"
WORD = "lomu"
BAR = Bar(1.0)


def run() -> list[Outcome]:
    account = seed()
    cookie = sign_in(EMAIL)
    ours, bare = WSGIHandler(), bare_handler()
    mine = Domain.objects.filter(account=account)
    deep = keyset_page(mine, order=ORDER, size=PAGE * 900)
    first = f"/bare/?account={account.pk}"
    hits = ",".join(str(pk) for pk in mine.matching(WORD).order_by(*ORDER).values_list("pk", flat=True)[:PAGE])
    pages = {
        "first page": (LIST, first),
        "page 900": (
            f"{LIST}?cursor={quote(deep.next_cursor)}",
            f"{first}&after={quote(deep.rows[-1].search_text)}",
        ),
        "search": (f"{LIST}?q={WORD}", f"/found/?pk={hits}"),
        "filtered": (f"{LIST}?tipo=registered&estado=activos", first),
    }
    return [
        compare(
            f"domain list, {label}",
            ours=requests(ours, cookie, one),
            baseline=requests(bare, cookie, other),
            bar=BAR,
            rounds=9,
        )
        for label, (one, other) in pages.items()
    ]


def seed() -> Account:
    """Made once per bench database."""
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL, name="Bench")
    membership = Membership.objects.filter(user=user).first()
    if membership and Domain.objects.filter(account=membership.account_id).count() >= EACH:
        return membership.account
    family, _new = ServiceFamily.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    product, _new = Product.objects.get_or_create(
        family=family, slug="bench-domains", defaults={"name": "Bench", "kind": "bench"}
    )
    plan, _new = Plan.objects.get_or_create(product=product, code="bench-domains", defaults={"name": "Bench"})
    others = [Account.objects.create(legal_name=f"Dominios {number}") for number in range(2)]
    account = Account.objects.create(legal_name="Dominios")
    for owner in (*others, account):
        _fill(owner, plan)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) domains_domain")
        cursor.execute("VACUUM (ANALYZE) marketplace_subscription")
    Membership.objects.get_or_create(user=user, account=account, defaults={"role": Role.ACCOUNT_ADMIN})
    return account


def _fill(owner: Account, plan: Plan) -> None:
    """One subscription by Django, copied for every second domain."""
    model = Subscription.objects.create(
        account=owner, plan=plan, product=plan.product, kind="bench", name="Dominio", state="terminated", price=1
    )
    columns = [field.column for field in Subscription._meta.concrete_fields if field.name not in {"id", "public_id"}]
    listed = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO marketplace_subscription (public_id, {listed}) SELECT gen_random_uuid(), {listed}"
            " FROM marketplace_subscription, generate_series(1, %s) WHERE id = %s",
            [EACH // 2, model.pk],
        )
        cursor.execute(_DOMAINS, {"account": owner.pk, "count": EACH, "salt": owner.pk})


# Names of four syllables of twenty: "lomu" is in some 400 of each account.
_DOMAINS = """
    WITH words AS (SELECT
        ARRAY['ba','ce','di','fo','gu','ha','je','ki','lo','mu','na','pe','qui','ro','su','ta','ve','xi','yo','zu'] AS part),
    paid AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM marketplace_subscription WHERE account_id = %(account)s)
    INSERT INTO domains_domain (public_id, created_at, account_id, subscription_id, name, shown_name, kind, state, registry,
        nameservers, is_locked, is_private, verification_token, failure_message, registered_at, expires_at)
    SELECT gen_random_uuid(), now(), %(account)s, paid.id, name, name,
        CASE WHEN paid.id IS NULL THEN 'external' ELSE 'registered' END, 'active', '', '[]', false, false,
        gen_random_uuid(), '', now(), now() + (named.n %% 700) * interval '1 day'
    FROM (SELECT n, part[1 + h / 8000 %% 20] || part[1 + h / 400 %% 20] || part[1 + h / 20 %% 20] || part[1 + h %% 20]
            || n || '-' || %(salt)s || '.example' AS name
        FROM words, LATERAL (SELECT n, n * 7919 %% 160000 AS h FROM generate_series(1, %(count)s) AS n) AS numbers) AS named
    LEFT JOIN paid ON named.n %% 2 = 0 AND paid.n = named.n / 2
"""
