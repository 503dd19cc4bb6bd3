"""What the account uses as an external domain may be transferred here: it goes on being used, whatever comes of it."""

from __future__ import annotations

import pytest

from domains.models import Domain, Zone
from domains.sandbox.samples import AUTH_CODE, COMPETITOR
from domains.services.names import held_words
from domains.services.ownership import claim_domain
from tests.domains.registry.conftest import hurry_jobs, pay, run_jobs
from tests.factories import DomainFactory

NAME = "transferible.com"


@pytest.fixture
def external(account) -> Domain:
    domain = DomainFactory(account=account, name=NAME, kind=Domain.Kind.EXTERNAL)
    Zone.objects.create(account=account, domain=domain, name=NAME)
    return domain


@pytest.fixture
def asked(panel, external):
    """The transfer is ordered, paid, and asked of the other registrar."""
    panel.client.post(f"/dominios/transferir/?dominio={NAME}", {"clave": AUTH_CODE, "titular": panel.holder.public_id})
    run_jobs()
    domain = Domain.objects.get(name=NAME, kind=Domain.Kind.TRANSFER)
    pay(panel.confirm_transfer(domain))
    hurry_jobs()
    return domain


def end(registry, status: str) -> None:
    registry.registry.end_transfer(registry.registry.state.registrars[COMPETITOR], NAME, status)
    hurry_jobs()
    hurry_jobs()


def alive() -> Domain:
    return Domain.objects.alive().get(name=NAME)


def test_when_it_arrives_it_is_ours_with_its_zone(asked, registry):
    assert alive() == asked
    end(registry, "clientApproved")
    assert (alive(), alive().kind) == (asked, Domain.Kind.REGISTERED)
    assert Zone.objects.alive().get().domain == asked


def test_when_it_does_not_it_is_external_as_before_with_its_zone(asked, external, registry):
    assert Zone.objects.alive().get().domain == asked
    end(registry, "clientRejected")
    assert (alive(), alive().state) == (external, Domain.State.ACTIVE)
    assert Zone.objects.alive().get().domain == external


def test_a_wrong_key_leaves_it_as_it_was(panel, external):
    panel.client.post(
        f"/dominios/transferir/?dominio={NAME}", {"clave": "otra-clave-1", "titular": panel.holder.public_id}
    )
    run_jobs()
    assert alive() == external


def test_a_claim_without_its_proof_ends(panel, actor, account):
    claim = claim_domain(actor=actor, account=account, name=NAME)
    panel.client.post(f"/dominios/transferir/?dominio={NAME}", {"clave": AUTH_CODE, "titular": panel.holder.public_id})
    assert alive().kind == Domain.Kind.TRANSFER
    assert Domain.objects.get(pk=claim.pk).state == Domain.State.TERMINATED


def test_its_page_offers_to_bring_it_where_its_ending_is_served(panel, external, account):
    page = panel.client.get(f"/dominios/{external.public_id}/").content.decode()
    assert f"/dominios/transferir/?dominio={NAME}" in page
    other = DomainFactory(account=account, name="ajeno.example", kind=Domain.Kind.EXTERNAL)
    assert "Transferirlo aquí" not in panel.client.get(f"/dominios/{other.public_id}/").content.decode()


def test_whoever_would_register_it_hears_where_it_is(account, external):
    assert "dominio externo" in held_words(account, NAME).user_message
