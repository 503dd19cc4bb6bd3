from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.models import Account, ActionLogEntry, Membership, Role
from tests.conftest import signed_in
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db
POLICY, REQUIRE, RELAX = "/cuenta/seguridad/", "/cuenta/seguridad/exigir/", "/cuenta/seguridad/no-exigir/"
SETUP = "/perfil/segundo-factor/"


def give_factor(user, kind=Authenticator.Type.TOTP) -> None:
    Authenticator.objects.create(user=user, type=kind, data={"secret": "x"})


@pytest.fixture
def demanded(account) -> Account:
    account.requires_second_factor = True
    account.save()
    return account


def test_an_administrator_with_a_factor_may_demand_it(administrator, administrator_client, account):
    give_factor(administrator)
    administrator_client.post(REQUIRE)
    account.refresh_from_db()
    assert account.requires_second_factor
    assert ActionLogEntry.objects.filter(action="accounts.account.second_factor_required").count() == 1


def test_one_without_a_factor_is_told_to_begin_with_themselves(administrator_client, account):
    assert "Configure primero el suyo" in administrator_client.get(POLICY).content.decode()
    administrator_client.post(REQUIRE)
    account.refresh_from_db()
    assert not account.requires_second_factor


def test_demanding_it_twice_is_logged_once(administrator, administrator_client):
    give_factor(administrator)
    administrator_client.post(REQUIRE)
    administrator_client.post(REQUIRE)
    assert ActionLogEntry.objects.filter(action="accounts.account.second_factor_required").count() == 1


def test_it_can_be_made_optional_again(administrator, administrator_client, demanded):
    give_factor(administrator)
    administrator_client.post(RELAX)
    demanded.refresh_from_db()
    assert not demanded.requires_second_factor


def test_the_page_names_who_has_none(administrator, administrator_client, delegate):
    give_factor(administrator)
    page = administrator_client.get(POLICY).content.decode()
    assert "Diego Ortiz (diego@empresa.example)" in page
    assert "Ana Núñez (ana" not in page


def test_without_a_factor_everything_waits_from_the_next_click(demanded, delegate_client):
    response = delegate_client.get("/notificaciones/?cursor=x")
    assert response["Location"] == f"{SETUP}?next=%2Fnotificaciones%2F%3Fcursor%3Dx"
    page = delegate_client.get(SETUP).content.decode()
    assert "La cuenta Empresa Demo SA de CV lo exige" in page


@pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
def test_with_either_factor_nothing_waits(demanded, delegate, delegate_client, kind):
    give_factor(delegate, kind)
    assert delegate_client.get("/notificaciones/").status_code == 200
    assert delegate_client.get(SETUP, {"next": "/notificaciones/"})["Location"] == "/notificaciones/"


def test_recovery_codes_alone_are_no_factor(demanded, delegate, delegate_client):
    give_factor(delegate, Authenticator.Type.RECOVERY_CODES)
    assert delegate_client.get("/notificaciones/").status_code == 302


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_index", "help", "account_logout", "account_reauthenticate"])
def test_the_ways_to_one_stay_open(demanded, delegate_client, name):
    assert SETUP not in delegate_client.get(reverse(name)).get("Location", "")


def test_what_was_being_sent_is_kept(demanded, administrator, administrator_client):
    administrator_client.get("/perfil/segundo-factor/")
    typed = {"name": "Ana María", "language": "es-mx"}
    assert SETUP in administrator_client.post("/perfil/", typed)["Location"]
    give_factor(administrator)
    assert 'value="Ana María"' in administrator_client.get("/perfil/").content.decode()


def test_a_program_gets_a_403_that_says_why(demanded, delegate_client):
    response = delegate_client.get("/notificaciones/", headers={"Accept": "application/json"})
    assert response.status_code == 403
    assert response.json()["error"] == "second_factor_required"


def test_htmx_is_taken_to_the_page(demanded, delegate_client):
    response = delegate_client.get("/notificaciones/", headers={"HX-Request": "true"})
    assert SETUP in response["HX-Redirect"]


def test_another_account_of_the_same_person_does_not_wait(demanded, other_account, delegate, delegate_client):
    MembershipFactory(account=other_account, user=delegate, role=Role.DELEGATE)
    delegate_client.post("/cuenta/cambiar/", {"account": str(other_account.public_id)})
    assert delegate_client.get("/notificaciones/").status_code == 200


def test_support_that_entered_as_somebody_is_not_asked_for_their_factor(demanded, delegate, staff_client):
    staff_client.post(reverse("hijack:acquire"), {"user_pk": delegate.pk})
    assert staff_client.get("/notificaciones/").status_code == 200


def test_support_needs_a_factor_of_its_own_where_that_is_set(settings, staff, staff_client):
    settings.STAFF_SECOND_FACTOR = True
    assert SETUP in staff_client.get("/admin/")["Location"]
    give_factor(staff)
    assert staff_client.get("/admin/").status_code == 200


def test_losing_the_factor_counts_at_once(demanded, delegate, delegate_client):
    give_factor(delegate)
    assert delegate_client.get("/notificaciones/").status_code == 200
    Authenticator.objects.all().delete()
    assert delegate_client.get("/notificaciones/").status_code == 302


def test_it_costs_no_statement_more(account, delegate, delegate_client, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    give_factor(delegate)
    delegate_client.get("/notificaciones/")
    with CaptureQueriesContext(connection) as before:
        delegate_client.get("/notificaciones/")
    Account.objects.update(requires_second_factor=True)
    with django_assert_max_num_queries(len(before)):
        delegate_client.get("/notificaciones/")


def test_previewing_a_person_without_a_factor_asks_nobody(demanded, administrator, administrator_client, delegate):
    give_factor(administrator)
    member = Membership.objects.get(user=delegate)
    administrator_client.post(reverse("users:preview", args=[member.public_id]))
    assert administrator_client.get("/").status_code == 200


def test_of_two_accounts_only_the_own_one_is_changed(stranger, stranger_client, account):
    give_factor(stranger)
    stranger_client.post(REQUIRE)
    account.refresh_from_db()
    assert not account.requires_second_factor


@pytest.mark.parametrize("client_name", ["delegate_client", "service_user_client"])
def test_a_lesser_role_gets_403(client_name, request):
    client = request.getfixturevalue(client_name)
    assert client.get(POLICY).status_code == 403
    assert client.post(REQUIRE).status_code == 403
    assert client.post(RELAX).status_code == 403


def test_a_person_who_signs_in_is_asked_at_once(demanded, delegate):
    assert signed_in(delegate).get("/")["Location"].startswith(SETUP)
