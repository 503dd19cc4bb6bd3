"""The page of a registered domain: every change reaches the registry."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.models import ActionLogEntry
from billing.models import Invoice
from cloudpanel.provisioning.models import JobSecret
from domains.models import Domain
from domains.services.renewing import years_to_come
from tests.domains.registry.conftest import pay_invoice, run_jobs


@pytest.fixture
def domain(panel) -> Domain:
    return panel.buy("muebles.mx")


@pytest.fixture
def held(domain, registry):
    return registry.registry.state.domains[domain.name]


def post(panel, domain, path: str, **data):
    answer = panel.client.post(f"/dominios/{domain.public_id}/{path}/", data)
    run_jobs()
    return answer


def test_a_new_domain_is_locked_and_the_lock_can_be_taken_off(panel, domain, held):
    assert "clientTransferProhibited" in held.statuses
    post(panel, domain, "bloqueo", bloquear="no")
    assert "clientTransferProhibited" not in held.statuses


def test_nameservers_below_the_domain_bring_their_addresses(panel, domain, held, registry):
    post(panel, domain, "servidores", servidores="ns1.muebles.mx 203.0.113.5\nns2.otro.example")
    # 203.0.113.0/24 is for documentation: not reachable, so refused
    assert "ns1.muebles.mx" not in held.nameservers
    post(panel, domain, "servidores", servidores="ns1.muebles.mx 198.41.0.4\nns2.otro.example")
    assert sorted(held.nameservers) == ["ns1.muebles.mx", "ns2.otro.example"]
    assert registry.registry.state.hosts["ns1.muebles.mx"].addresses == ["198.41.0.4"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ns1.muebles.mx\nns2.otro.example", "escriba su dirección IP"),
        ("ns1.otro.example 198.41.0.4\nns2.otro.example", "no lleva dirección IP"),
        ("ns1.otro.example", "de 2 a 13"),
        ("ns1.muebles.mx 999.1.1.1\nns2.otro.example", "no es una dirección IP"),
        ("ns1.muebles.mx 10.0.0.1\nns2.otro.example", "no se alcanza desde internet"),
        ("ns1.muebles.mx 100.64.0.1\nns2.otro.example", "no se alcanza desde internet"),
        ("ns1.muebles.mx ::ffff:8.8.8.8\nns2.otro.example", "no se alcanza desde internet"),
        ("ns_1.otro.example\nns2.otro.example", "ns_1"),
    ],
)
def test_wrong_nameservers_are_explained_and_kept_in_the_form(panel, domain, text, words):
    page = post(panel, domain, "servidores", servidores=text).content.decode()
    assert words in page
    assert text.splitlines()[0].split()[0] in page


def test_a_change_that_was_refused_stays_in_sight_until_it_is_done(panel, domain, held):
    post(panel, domain, "servidores", servidores="ns1.nadie-lo-tiene.com\nns2.otro.example")
    post(panel, domain, "bloqueo", bloquear="no")
    assert "clientTransferProhibited" not in held.statuses
    page = panel.client.get(f"/dominios/{domain.public_id}/").content.decode()
    assert "no acepta el servidor ns1.nadie-lo-tiene.com" in page
    post(panel, domain, "servidores", servidores="ns1.otro.example\nns2.otro.example")
    assert "no acepta el servidor" not in panel.client.get(f"/dominios/{domain.public_id}/").content.decode()


def test_ds_records_sign_the_domain(panel, domain, held):
    digest = "8A1F" * 16
    post(panel, domain, "dnssec", registros=f"muebles.mx. 3600 IN DS 12345 13 2 {digest}\n12345 13 2 {digest}")
    assert held.ds == [(12345, 13, 2, digest)]
    page = post(panel, domain, "dnssec", registros="12345 13 2 8A1F").content.decode()
    assert "64 dígitos hexadecimales" in page


def test_the_key_is_shown_once_and_kept_nowhere(panel, domain, held):
    post(panel, domain, "bloqueo", bloquear="no")
    page = panel.client.post(f"/dominios/{domain.public_id}/clave/")
    code = page.context["code"]
    assert code in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    run_jobs()
    assert held.auth_code == code
    assert not JobSecret.objects.exists()
    assert code not in panel.client.get(f"/dominios/{domain.public_id}/clave/").content.decode()
    assert ActionLogEntry.objects.filter(action="domains.domain.auth_code_shown").exists()


def test_a_locked_domain_gives_no_key(panel, domain):
    page = panel.client.post(f"/dominios/{domain.public_id}/clave/")
    assert "Quite primero el bloqueo" in page.content.decode()


def test_renewing_is_paid_first_and_done_once(panel, domain, held):
    before = held.expires_at
    panel.client.post(f"/dominios/{domain.public_id}/renovar/", {"anios": 3})
    run_jobs()
    assert held.expires_at == before
    again = panel.client.post(f"/dominios/{domain.public_id}/renovar/", {"anios": 1})
    assert "Ya hay una renovación por pagar" in again.content.decode()
    pay_invoice(Invoice.objects.latest("pk"))
    run_jobs()
    domain.refresh_from_db()
    assert (held.expires_at.year, domain.expires_at.year) == (before.year + 3, before.year + 3)
    domain.subscription.refresh_from_db()
    assert domain.subscription.billed_until.year == before.year + 3


@pytest.mark.parametrize(("name", "more"), [("muebles.com.mx", 4), ("muebles.mx", 9)])
def test_no_more_years_are_sold_than_the_registry_takes(name, more):
    today = datetime(2026, 11, 23, tzinfo=UTC)
    assert years_to_come(Domain(name=name, expires_at=datetime(2027, 11, 23, tzinfo=UTC)), today) == more


def test_another_holder_is_told_to_the_registry(panel, domain, held):
    before = held.registrant
    new = {"titular": "nuevo", "name": "Rosa Ávila", "email": "rosa@empresa.example", "phone": "5511112222"}
    new |= {"street": "Reforma 1", "city": "CDMX", "postal_code": "06600", "country": "mx"}
    post(panel, domain, "titular", **new)
    assert held.registrant != before


def test_turning_renewal_off_keeps_what_is_paid(panel, domain):
    post(panel, domain, "renovacion", renovar="no")
    domain.subscription.refresh_from_db()
    assert not domain.subscription.auto_renew
    assert domain.subscription.billed_until.year == domain.expires_at.year


def test_a_stranger_gets_404_and_a_service_user_403(domain, stranger_client, service_user_client):
    for path in ("", "renovar/", "servidores/", "dnssec/", "titular/", "clave/", "rescatar/"):
        assert stranger_client.get(f"/dominios/{domain.public_id}/{path}").status_code == 404
        assert service_user_client.get(f"/dominios/{domain.public_id}/{path}").status_code == 403
