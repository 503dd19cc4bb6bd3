"""The list of domains costs the same however many there are, and says what goes on with each."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from domains.models import Domain
from marketplace.models import ServiceDelegation
from tests.factories import AccountFactory, DomainFactory, MailDomainFactory, SubscriptionFactory

FRAME = ("django_session", "accounts_user", "usersessions")  # session and user: what every page needs


def add_domains(account, count: int, prefix: str = "dominio") -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO domains_domain (public_id, created_at, account_id, name, shown_name, kind, state, registry, nameservers,
                is_locked, is_private, verification_token, failure_message)
            SELECT gen_random_uuid(), now(), %s, name, name, 'external', 'active', '', '[]', false, false, gen_random_uuid(), ''
            FROM (SELECT %s || lpad(n::text, 6, '0') || '.example' AS name FROM generate_series(1, %s) AS n) AS names
            """,
            [account.pk, prefix, count],
        )
        cursor.execute("ANALYZE domains_domain")


def names(client, address: str = "/dominios/") -> list[str]:
    page = client.get(address).content.decode()
    return re.findall(r'data-label="Dominio"><a href="[^"]+">([^<]+)</a>', page)


def statements(client, address: str) -> list[str]:
    client.get(address)  # caches of the process are warm
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured if not any(f'FROM "{table}' in query["sql"] for table in FRAME)]


def test_three_and_ten_thousand_domains_cost_the_same_statements(administrator_client, account):
    add_domains(account, 3)
    few = statements(administrator_client, "/dominios/")
    add_domains(account, 10_001, "otro")
    many = statements(administrator_client, "/dominios/")
    searched = statements(administrator_client, "/dominios/?q=otro000007&tipo=external&estado=activos")
    assert len(few) == len(many) <= 5, many
    assert len(searched) <= 5, searched
    assert "más de 10,000" in administrator_client.get("/dominios/").content.decode()


def test_the_next_page_goes_on_where_the_first_ended(administrator_client, account):
    add_domains(account, 60)
    page = administrator_client.get("/dominios/").content.decode()
    [address] = re.findall(r'rel="next" href="([^"]+)"', page)
    assert names(administrator_client)[-1] == "dominio000050.example"
    assert names(administrator_client, f"/dominios/{address}")[0] == "dominio000051.example"


def test_names_are_read_as_written_and_sorted_without_accents(administrator_client, account):
    for name in ("zapatos.mx", "xn--compaa-7va5a.mx", "barco.mx", "dato.mx"):
        DomainFactory(account=account, name=name)
    assert names(administrator_client) == ["barco.mx", "compañía.mx", "dato.mx", "zapatos.mx"]
    assert "xn--compaa-7va5a.mx" in administrator_client.get("/dominios/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=COMPAN", ["compañía.mx"]),
        ("q=compañía", ["compañía.mx"]),
        ("q=xn--compaa", ["compañía.mx"]),
        ("q=ba", ["barco.mx"]),
        ("q=nada", []),
        ("q=%25", []),
        ("q=%00'", []),
        ("tipo=registered", ["barco.mx"]),
        ("tipo=<x>&estado=ninguno", ["barco.mx", "compañía.mx"]),
        ("estado=pasados", ["viejo.mx"]),
        ("estado=activos&q=.mx", ["barco.mx", "compañía.mx"]),
    ],
)
def test_search_and_filters_narrow_it(administrator_client, account, query, found):
    DomainFactory(account=account, name="xn--compaa-7va5a.mx")
    DomainFactory(account=account, name="barco.mx", kind=Domain.Kind.REGISTERED)
    DomainFactory(account=account, name="viejo.mx", state=Domain.State.GONE)
    assert names(administrator_client, f"/dominios/?{query}") == found


def test_each_row_says_what_uses_the_domain(administrator_client, account):
    subscription = SubscriptionFactory(account=account, name="Exchange Básico")
    DomainFactory(account=account, name="empresa.mx")
    mail = MailDomainFactory(subscription=subscription, name="empresa.mx")
    MailDomainFactory(name="empresa.example", state="pending")
    page = administrator_client.get("/dominios/").content.decode()
    assert "Correo: Exchange Básico" in page
    assert f"/exchange/{subscription.public_id}/dominios/{mail.public_id}/" in page


def test_what_failed_says_why_in_its_row(administrator_client, account):
    DomainFactory(account=account, state=Domain.State.FAILED, failure_message="Otra persona fue más rápida.")
    page = administrator_client.get("/dominios/").content.decode()
    assert "No se logró" in page
    assert "Otra persona fue más rápida." in page


def test_the_empty_list_leads_to_the_three_ways(administrator_client):
    page = administrator_client.get("/dominios/").content.decode()
    assert "Todavía no hay dominios" in page
    assert 'href="/dominios/nuevo/"' in page
    assert "Añada su dominio" in administrator_client.get("/dominios/nuevo/").content.decode()


def test_a_delegate_sees_what_is_delegated_and_adds_nothing(delegate_client, delegate, account):
    mine = SubscriptionFactory(account=account)
    ServiceDelegation.objects.create(user=delegate, subscription=mine)
    DomainFactory(account=account, name="mio.mx", subscription=mine, kind=Domain.Kind.REGISTERED)
    DomainFactory(account=account, name="ajeno.mx")
    assert names(delegate_client) == ["mio.mx"]
    assert "Solo un administrador" in delegate_client.get("/dominios/").content.decode()
    assert delegate_client.get("/dominios/nuevo/").status_code == 403


def test_nobody_sees_the_domains_of_others(stranger_client, account):
    domain = DomainFactory(account=account)
    assert names(stranger_client) == []
    assert stranger_client.get(f"/dominios/{domain.public_id}/").status_code == 404


def test_a_service_user_gets_403(service_user_client, account):
    domain = DomainFactory(account=account)
    assert service_user_client.get("/dominios/").status_code == 403
    assert service_user_client.get(f"/dominios/{domain.public_id}/").status_code == 403


def test_the_database_keeps_one_holder_and_lower_case(account):
    DomainFactory(account=account, name="empresa.mx")
    with pytest.raises(Exception, match="domain_held_once"):
        DomainFactory(account=AccountFactory(), name="empresa.mx")


def test_a_claim_that_is_not_proved_keeps_nobody_out(account):
    DomainFactory(account=account, name="empresa.mx", state=Domain.State.PENDING)
    DomainFactory(account=AccountFactory(), name="empresa.mx")
    assert Domain.objects.filter(name="empresa.mx").count() == 2
