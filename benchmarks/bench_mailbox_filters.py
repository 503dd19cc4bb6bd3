"""The list of 100,000 mailboxes filtered and sorted, against a bare view of the same rows, with the statements counted; and
the list of a customer with 1,000,000 against that of one with 1,000."""

from __future__ import annotations

import re
from urllib.parse import quote

from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from benchmarks.bare_list import bare_handler
from benchmarks.bench_mailbox_list import EMAIL, PAGE, admit, customers, get, requests, sign_in
from benchmarks.bench_mailbox_list import seed as seed_list
from benchmarks.ratio import Bar, Outcome, compare
from cloudpanel.core.pagination import keyset_page
from exchange.listing import ORDER
from exchange.models import Mailbox, MailDomain
from marketplace.models import Subscription

VARIED, LARGE, SMALL = 20, 21, 22  # customers
MOST_STATEMENTS = 5
BESIDES = ("django_session", 'FROM "accounts_user"', "accounts_membership", "usersessions")


def run() -> list[Outcome]:
    seed_list()
    varied = seed_varied()
    rare, usual = varied.mail_domains.order_by("-pk")
    small, large = varied.mailbox_templates.order_by("-pk")
    active = "estado=active"
    word = varied.mailboxes.order_by("pk").values_list("display_name", flat=True)[777].split()[-1]
    views = {
        "active": active,
        "without password": "estado=no_password",
        "disabled": "estado=disabled",
        "in process": "estado=in_process",
        "needing attention": "estado=attention",
        "on a rare domain": f"dominio={rare.public_id}",
        "on the usual domain": f"dominio={usual.public_id}",
        "with a rare template": f"plantilla={small.public_id}",
        "with the usual template": f"plantilla={large.public_id}",
        "searched among the active": f"q={quote(word)}&{active}",
        "by name": "orden=nombre",
        "by size, largest first": "orden=-tamano",
        "by limit": "orden=limite",
        "active, on the usual domain, by size": f"{active}&dominio={usual.public_id}&orden=-tamano",
    }
    cookie = sign_in(f"filters.{EMAIL}")
    ours, bare, base = WSGIHandler(), bare_handler(), f"/exchange/{varied.public_id}/buzones/"
    outcomes = []
    for label, query in views.items():
        body = counted(ours, cookie, base, query)
        keys = ",".join(map(str, keys_in(body)))
        outcomes.append(
            compare(
                f"mailbox list, {label}",
                ours=requests(ours, cookie, f"{base}?{query}"),
                baseline=requests(bare, cookie, f"/found/?pk={keys}"),
                bar=Bar(1.0),
                rounds=5,
            )
        )
    return [*outcomes, *million()]


def million() -> list[Outcome]:
    """The same page of a thousand times as many."""
    pair = dict(zip((LARGE, SMALL), (seed_one(LARGE, 1_000_000), seed_one(SMALL, 1_000)), strict=True))
    cookies = {number: sign_in(f"{number}.{EMAIL}") for number in pair}
    pages = {}
    for number, subscription in pair.items():
        listed = Mailbox.objects.filter(subscription=subscription).personal()
        middle = keyset_page(listed, order=ORDER, size=listed.count() // 2).next_cursor
        base = f"/exchange/{subscription.public_id}/buzones/"
        pages[number] = {
            "first page": base,
            "page in the middle": f"{base}?cursor={quote(middle)}",
            "by size": f"{base}?orden=-tamano",
            "active": f"{base}?estado=active",
        }
    handler = WSGIHandler()
    return [
        compare(
            f"a list of 1,000,000 mailboxes against one of 1,000, {label}",
            ours=requests(handler, cookies[LARGE], pages[LARGE][label]),
            baseline=requests(handler, cookies[SMALL], pages[SMALL][label]),
            bar=Bar(1.2),
            rounds=9,
        )
        for label in pages[LARGE]
    ]


def counted(handler: WSGIHandler, cookie: str, path: str, query: str) -> bytes:
    """The page; statements beyond those of session, user and membership are counted."""
    get(handler, cookie, path, query)
    with CaptureQueriesContext(connection) as captured:
        body = get(handler, cookie, path, query)
    statements = [each["sql"] for each in captured if not any(mark in each["sql"] for mark in BESIDES)]
    assert len(statements) <= MOST_STATEMENTS, statements
    return body


def keys_in(body: bytes) -> list[int]:
    public_ids = re.findall(rb'name="mailbox\[\]" value="([0-9a-f-]{36})"', body)
    keys = dict(Mailbox.objects.filter(public_id__in=[each.decode() for each in public_ids]).values_list("pk", "pk"))
    assert len(keys) == PAGE, len(keys)
    return list(keys)


def seed_one(number: int, mailboxes: int) -> Subscription:
    user = User.objects.filter(email=f"{number}.{EMAIL}").first()
    if user is not None:
        return Subscription.objects.get(account__memberships__user=user)
    [subscription] = customers({number: mailboxes})
    admit(User.objects.create_user(f"{number}.{EMAIL}", name="Bench"), subscription)
    return subscription


def seed_varied() -> Subscription:
    """100,000 mailboxes of which some hundred each are on another domain, have another template, are disabled, have no
    password, are on their way, failed."""
    user = User.objects.filter(email=f"filters.{EMAIL}").first()
    if user is not None:
        return Subscription.objects.get(account__memberships__user=user)
    [subscription] = customers({VARIED: 100_000})
    account = subscription.account
    domain = MailDomain.objects.create(
        account=account, subscription=subscription, name="sucursal.bench.example", state=MailDomain.State.ACTIVE
    )
    usual = subscription.mailbox_templates.get()
    rare = subscription.mailbox_templates.create(account=account, name="Dirección")
    values = {"subscription": subscription.pk, "account": account.pk, "domain": domain.pk}
    with connection.cursor() as cursor:
        cursor.execute(_VARY, values | {"usual": usual.pk, "rare": rare.pk})
        cursor.execute("VACUUM (ANALYZE) exchange_mailbox")
        cursor.execute("VACUUM (ANALYZE) provisioning_job")
    admit(User.objects.create_user(f"filters.{EMAIL}", name="Bench"), subscription)
    return subscription


# Nobody ever works on these jobs: they are due in a hundred years.
_VARY = """
    UPDATE exchange_mailbox SET template_id = CASE WHEN id %% 300 = 1 THEN %(rare)s ELSE %(usual)s END,
        mail_domain_id = CASE WHEN id %% 500 = 2 THEN %(domain)s ELSE mail_domain_id END,
        state = CASE WHEN id %% 700 = 3 THEN 'suspended' ELSE state END, has_password = id %% 400 <> 4
    WHERE subscription_id = %(subscription)s;
    WITH busy AS (
        SELECT id, public_id, row_number() OVER (ORDER BY id) %% 2 = 0 AS is_failed FROM exchange_mailbox
        WHERE subscription_id = %(subscription)s AND id %% 600 = 5
    ), jobs AS (
        INSERT INTO provisioning_job (public_id, created_at, account_id, operation, driver, params, lock_key, state, attempts,
            max_attempts, run_after, deadline_at, has_secret, provider_ref, result, failure, user_message, error_detail)
        SELECT gen_random_uuid(), now(), %(account)s, 'exchange.update_mailbox', '', '{}', 'bench:' || public_id,
            CASE WHEN is_failed THEN 'failed' ELSE 'queued' END, 0, 8, now() + '100 years', now() + '101 years', false, '',
            '{}', CASE WHEN is_failed THEN 'exhausted' ELSE '' END, '', '' FROM busy
        RETURNING id, lock_key
    )
    UPDATE exchange_mailbox mailbox SET last_job_id = jobs.id
    FROM busy JOIN jobs ON jobs.lock_key = 'bench:' || busy.public_id WHERE mailbox.id = busy.id
"""
