"""*Entrar como*: support works as the customer's user, in plain sight."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import ActionLogEntry, Membership
from tests.conftest import signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def inside(staff_client, administrator):
    """Support's browser, inside as Ana."""
    assert staff_client.post(reverse("hijack:acquire"), {"user_pk": administrator.pk}).status_code == 302
    return staff_client


def test_every_page_says_who_support_entered_as(inside):
    page = inside.get("/perfil/").content.decode()
    assert "Soporte entró como <strong>Ana Núñez</strong>" in page
    assert reverse("hijack:release") in page


def test_what_is_done_carries_both_names(inside, account, administrator):
    inside.post("/perfil/", {"name": "Ana María Núñez", "language": "es-mx"})
    entry = ActionLogEntry.objects.get(action="accounts.user.profile_changed")
    assert (entry.actor_id, entry.impersonator_name) == (administrator.pk, "Soporte <soporte@panel.example>")


def test_the_customer_reads_it_in_their_own_log(inside, administrator_client, account):
    inside.post("/perfil/", {"name": "Ana María Núñez", "language": "es-mx"})
    inside.post(reverse("hijack:release"))
    lines = [line["whole"] for line in administrator_client.get("/cuenta/registro/").context["lines"]]
    assert lines == [
        "Soporte dejó de actuar como ana@empresa.example.",
        "Soporte, en nombre de Ana Núñez, cambió su perfil (Ana María Núñez).",
        "Soporte entró como ana@empresa.example.",
    ]


def test_leaving_gives_support_its_own_access_back(inside):
    inside.post(reverse("hijack:release"))
    assert inside.get("/admin/").status_code == 200
    assert "entered-as" not in inside.get("/admin/", follow=True).content.decode()


def test_the_sign_in_of_the_person_is_not_counted(inside, administrator):
    administrator.refresh_from_db()
    assert administrator.last_login is None
    assert not Membership.objects.get(user=administrator).has_signed_in


def test_support_inside_cannot_change_what_the_person_signs_in_with(inside, administrator):
    kept = administrator.password
    for name in ("accounts:email", "mfa_activate_totp", "account_change_password"):
        inside.post(reverse(name), {"email": "otra@empresa.example", "password1": "x", "password2": "x", "code": "1"})
    administrator.refresh_from_db()
    assert administrator.password == kept
    assert not administrator.email_changes.exists()
    assert not Authenticator.objects.exists()


def test_the_admins_button_asks_first(staff_client, administrator):
    page = staff_client.get(f"/admin/accounts/user/{administrator.pk}/entrar-como/").content.decode()
    assert "con ambos nombres" in page
    assert reverse("hijack:acquire") in page


def test_support_enters_as_customers_only(staff_client):
    colleague = UserFactory(is_staff=True)
    assert staff_client.post(reverse("hijack:acquire"), {"user_pk": colleague.pk}).status_code == 403


def test_staff_without_that_permission_cannot(administrator):
    agent = UserFactory(is_staff=True)
    client = signed_in(agent)
    assert client.post(reverse("hijack:acquire"), {"user_pk": administrator.pk}).status_code == 403
    agent.user_permissions.add(Permission.objects.get(codename="enter_as"))
    assert client.post(reverse("hijack:acquire"), {"user_pk": administrator.pk}).status_code == 302


def test_nobody_enters_as_a_disabled_person(staff_client, administrator):
    administrator.is_active = False
    administrator.save()
    assert staff_client.post(reverse("hijack:acquire"), {"user_pk": administrator.pk}).status_code == 403


def test_a_customer_enters_as_nobody(administrator_client, delegate, stranger):
    for person in (delegate, stranger):
        assert administrator_client.post(reverse("hijack:acquire"), {"user_pk": person.pk}).status_code == 403


@pytest.mark.parametrize("data", [{}, {"user_pk": "abc"}, {"user_pk": "²"}, {"user_pk": "-1"}, {"user_pk": "9" * 40}])
def test_garbage_for_a_person_is_nobody(staff_client, administrator_client, data):
    for client in (staff_client, administrator_client):
        assert client.post(reverse("hijack:acquire"), data).status_code == 404


def test_support_without_a_factor_enters_as_nobody_where_one_is_demanded(settings, staff_client, administrator):
    settings.STAFF_SECOND_FACTOR = True
    answer = staff_client.post(reverse("hijack:acquire"), {"user_pk": administrator.pk})
    assert reverse("accounts:second_factor") in answer["Location"]
