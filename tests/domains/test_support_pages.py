"""Support reads, imports and exports domains and their holders."""

from __future__ import annotations

import pytest
from tablib import Dataset

from accounts.models import ActionLogEntry
from cloudpanel.provisioning.models import Job
from domains.admin_files import DomainResource, HolderResource
from domains.models import Contact, Domain
from domains.services.ownership import claim_domain
from tests.factories import DomainFactory


def imported(resource, headers: list[str], *rows: list[str]):
    return resource.import_data(Dataset(*rows, headers=headers), use_transactions=True)


@pytest.fixture
def claim(actor, account) -> Domain:
    return claim_domain(actor=actor, account=account, name="empresa.mx")


def test_the_pages_of_domains_and_holders_open(staff_client, claim):
    assert "empresa.mx" in staff_client.get("/admin/domains/domain/").content.decode()
    page = staff_client.get(f"/admin/domains/domain/{claim.pk}/change/").content.decode()
    assert "empresa.mx" in page
    assert claim.verification_token.hex not in page
    assert str(claim.verification_token) not in page
    assert staff_client.get("/admin/domains/contact/").status_code == 200


@pytest.mark.parametrize("name", ["check_ownership", "look_up", "examine"])
def test_support_can_have_it_looked_at(staff_client, claim, name):
    before = Job.objects.count()
    ticked = {"action": name, "_selected_action": [claim.pk]}
    page = staff_client.post("/admin/domains/domain/", ticked, follow=True).content.decode()
    assert "1 dominios" in page
    assert Job.objects.count() == before + (name != "check_ownership")


def test_domains_come_in_as_external_ones_and_go_out(actor, account):
    DomainFactory(account=account, name="ya-estaba.mx")
    rows = [[str(account.public_id), "Compañía.mx"], [str(account.public_id), "ya-estaba.mx"]]
    assert not imported(DomainResource(actor=actor), ["account", "name"], *rows).has_errors()
    row = Domain.objects.get(name="xn--compaa-7va5a.mx")
    assert (row.kind, row.state, bool(row.verified_at)) == (Domain.Kind.EXTERNAL, Domain.State.ACTIVE, True)
    assert ActionLogEntry.objects.filter(action="domains.domain.imported").count() == 1
    exported = DomainResource().export(Domain.objects.order_by("pk"))
    assert exported["name"] == ["ya-estaba.mx", "xn--compaa-7va5a.mx"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("https://x.mx", "sin http"), ("tomado.mx", "ya está en otra cuenta"), ("", "Escriba el dominio")],
)
def test_a_wrong_row_says_why_and_nothing_comes_in(actor, account, other_account, name, says):
    DomainFactory(account=other_account, name="tomado.mx")
    result = imported(DomainResource(actor=actor), ["account", "name"], [str(account.public_id), name])
    assert says in str(result.row_errors()[0][1][0].error)
    assert Domain.objects.count() == 1


def test_an_account_that_does_not_exist_is_named(actor):
    result = imported(DomainResource(actor=actor), ["account", "name"], ["nadie", "x.mx"])
    assert "nadie" in str(result.row_errors()[0][1][0].error)


def test_holders_come_in_and_are_amended_by_their_identifier(actor, account):
    headers = ["public_id", "account", "name", "email", "phone", "street", "city", "postal_code", "country"]
    rest = [str(account.public_id), "Ana", "ana@x.mx", "+525512345678", "Reforma 1", "CDMX", "06600", "MX"]
    assert not imported(HolderResource(actor=actor), headers, ["", *rest]).has_errors()
    holder = Contact.objects.get()
    rest[1] = "Ana Núñez"
    assert not imported(HolderResource(actor=actor), headers, [str(holder.public_id), *rest]).has_errors()
    assert Contact.objects.get().name == "Ana Núñez"
