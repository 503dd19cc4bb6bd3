"""The list costs the same with ten mailboxes and with a hundred thousand, and says honestly what goes on."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cloudpanel.provisioning.errors import PermanentError
from exchange.models import Mailbox
from exchange.services.mailboxes import create_mailbox
from tests.exchange.conftest import url
from tests.factories import MailboxFactory, MailboxTemplateFactory

FRAME = ("django_session", "accounts_user", "usersessions")  # session and user: what every page needs


def add_mailboxes(subscription, domain, count: int, prefix: str = "buzon") -> None:
    """Set-wise, as an import does it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO exchange_mailbox (public_id, created_at, account_id, subscription_id, mail_domain_id, display_name,
                address, quota_mb, allows_imap, allows_pop3, used_bytes, has_password, state)
            SELECT gen_random_uuid(), now(), %s, %s, %s, 'Buzón ' || n, %s || lpad(n::text, 7, '0') || '@' || %s, 5120,
                true, true, n * 1000, true, 'active' FROM generate_series(1, %s) AS n
            """,
            [subscription.account_id, subscription.pk, domain.pk, prefix, domain.name, count],
        )
        cursor.execute("ANALYZE exchange_mailbox")


def statements(client, address: str) -> list[str]:
    client.get(address)  # caches of the process are warm
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured if not any(f'FROM "{table}' in query["sql"] for table in FRAME)]


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement.replace("%", "%%"))
        return "\n".join(line for (line,) in cursor.fetchall())


def addresses(page: str) -> list[str]:
    return re.findall(r'data-label="Correo electrónico">([^<]+)<', page)


def test_ten_and_a_hundred_thousand_mailboxes_cost_the_same_statements(administrator_client, subscription, domain):
    add_mailboxes(subscription, domain, 10)
    few = statements(administrator_client, url("mailboxes", subscription))
    add_mailboxes(subscription, domain, 100_000, "otro")
    many = statements(administrator_client, url("mailboxes", subscription))
    searched = statements(administrator_client, url("mailboxes", subscription) + "?q=buzon0000003")
    assert len(few) == len(many) <= 5, many
    assert len(searched) <= 5, searched
    assert "(subscription_id = '" in plan_of(searched[-1]), "the index of one customer, not of everybody"
    active = statements(administrator_client, url("mailboxes", subscription) + "?estado=active")
    assert "Anti Join" not in plan_of(active[-1]), "a join reads and sorts all mailboxes"


def test_page_two_thousand_is_reached_by_its_cursor_at_the_cost_of_the_first(
    administrator_client, subscription, domain
):
    from cloudpanel.core.pagination import keyset_page
    from exchange.listing import ORDER

    add_mailboxes(subscription, domain, 100_000)
    cursor = keyset_page(Mailbox.objects.listed(), order=ORDER, size=50 * 1999).next_cursor
    first = Mailbox.objects.order_by(*ORDER)[50 * 1999]
    address = url("mailboxes", subscription) + f"?cursor={cursor}"
    page = administrator_client.get(address).content.decode()
    assert addresses(page)[0] == first.address
    assert len(addresses(page)) == 50
    assert len(statements(administrator_client, address)) <= 5


def test_the_count_stops_at_ten_thousand(administrator_client, subscription, domain):
    add_mailboxes(subscription, domain, 10_001)
    assert "más de 10,000" in administrator_client.get(url("mailboxes", subscription)).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("maria", ["mlopez@buzones.example"]),
        ("MARÍA lópez", ["mlopez@buzones.example"]),
        ("mlop", ["mlopez@buzones.example"]),
        ("ml", ["mlopez@buzones.example"]),
        ("100%", ["cien@buzones.example"]),
        ("Иван", ["ivan@buzones.example"]),
        ("nadie", []),
        ("buzones.example maria ivan", []),
        ("'; DROP TABLE", []),
        ("\x00", ["cien@buzones.example", "ivan@buzones.example", "mlopez@buzones.example"]),
    ],
)
def test_search_finds_names_and_addresses_whatever_the_accents(
    administrator_client, subscription, domain, query, found
):
    people = {"mlopez": "María López", "cien": "Al 100%", "ivan": "Иван Петров"}
    for local, name in people.items():
        MailboxFactory(mail_domain=domain, address=f"{local}@buzones.example", display_name=name)
    page = administrator_client.get(url("mailboxes", subscription), {"q": query}).content.decode()
    assert addresses(page) == found


def test_the_columns_of_the_manual_are_there_and_the_template_only_with_two(
    administrator_client, subscription, template, make_mailbox
):
    make_mailbox()
    page = administrator_client.get(url("mailboxes", subscription)).content.decode()
    for words in ("Nombre para mostrar", "Inicio de sesión", "Correo electrónico", "Tamaño actual", "Límite", "Estado"):
        assert words in page
    assert "Plantilla del buzón" not in page
    MailboxTemplateFactory(subscription=subscription)
    assert "Plantilla del buzón" in administrator_client.get(url("mailboxes", subscription)).content.decode()


def test_it_asks_again_by_itself_only_while_something_is_under_way(
    administrator_client, actor, subscription, wish, run_jobs
):
    create_mailbox(actor=actor, subscription=subscription, wish=wish)
    page = administrator_client.get(url("mailboxes", subscription)).content.decode()
    assert "En proceso" in page
    assert "data-hx-trigger" in page
    run_jobs()
    fragment = administrator_client.get(url("mailboxes", subscription), headers={"HX-Request": "true"}).content.decode()
    assert "Activo" in fragment
    assert "data-hx-trigger" not in fragment
    assert "<html" not in fragment


def test_what_failed_says_why_in_its_row(administrator_client, actor, subscription, wish, mail, run_jobs):
    mail.faults.append(PermanentError("La dirección la tiene otro."))
    create_mailbox(actor=actor, subscription=subscription, wish=wish)
    run_jobs()
    page = administrator_client.get(url("mailboxes", subscription)).content.decode()
    assert "Requiere atención" in page
    assert "La dirección la tiene otro." in page


def test_names_are_text_and_never_markup(administrator_client, subscription, domain):
    MailboxFactory(mail_domain=domain, display_name="<script>alert(1)</script>")
    page = administrator_client.get(url("mailboxes", subscription)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_what_lies_in_the_bin_of_this_or_the_list_of_another_customer_is_not_shown(
    administrator_client, subscription, domain
):
    from django.utils import timezone

    MailboxFactory(mail_domain=domain, address="borrado@buzones.example", deleted_at=timezone.now())
    MailboxFactory(address="ajeno@otra.example")
    page = administrator_client.get(url("mailboxes", subscription)).content.decode()
    assert addresses(page) == []
    assert "Todavía no hay buzones" in page


def test_the_export_has_every_row_and_no_formula(administrator_client, subscription, domain):
    MailboxFactory(mail_domain=domain, address="ana@buzones.example", display_name="=HYPERLINK(1)")
    response = administrator_client.get(url("export", subscription, "csv"))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert "'=HYPERLINK(1),ana@buzones.example" in text
    assert response["Content-Disposition"] == 'attachment; filename="buzones.csv"'


def test_fifty_thousand_rows_are_exported_in_few_statements(administrator_client, subscription, domain):
    add_mailboxes(subscription, domain, 50_000)
    with CaptureQueriesContext(connection) as captured:
        response = administrator_client.get(url("export", subscription, "csv"))
        lines = sum(chunk.count(b"\n") for chunk in response.streaming_content)
    assert lines == 50_001
    assert len(captured) < 10


def test_an_unknown_format_is_404(administrator_client, subscription):
    assert administrator_client.get(url("export", subscription, "pdf")).status_code == 404


def test_a_broken_cursor_shows_the_first_page(administrator_client, subscription, domain):
    MailboxFactory(mail_domain=domain, address="ana@buzones.example")
    page = administrator_client.get(url("mailboxes", subscription), {"cursor": "xx:yy"}).content.decode()
    assert addresses(page) == ["ana@buzones.example"]


def test_a_stranger_gets_404(stranger_client, subscription):
    assert stranger_client.get(url("mailboxes", subscription)).status_code == 404
    assert stranger_client.get(url("export", subscription, "csv")).status_code == 404


def test_a_service_user_gets_403(service_user_client, subscription):
    assert service_user_client.get(url("mailboxes", subscription)).status_code == 403
    assert service_user_client.get(url("export", subscription, "csv")).status_code == 403
