from __future__ import annotations

import io
import re

import pytest
import tablib
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import Account, AccountContact, ActionLogEntry, Notification
from notices.services import send_waiting_emails
from tests.conftest import signed_in
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
ACCOUNTS = "/admin/accounts/account/"
USERS = "/admin/accounts/user/"


def reset_url(user) -> str:
    return f"{USERS}{user.pk}/quitar-segundo-factor/"


@pytest.fixture
def locked_out(administrator):
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=administrator, type=kind, data={})
    return administrator


@pytest.fixture
def agent_client():
    """Support staff of a group that may only look."""
    agent = UserFactory(name="Agente", email="agente@panel.example", is_staff=True)
    group = Group.objects.create(name="Lectura")
    group.permissions.set(Permission.objects.filter(codename__startswith="view_"))
    agent.groups.add(group)
    return signed_in(agent)


@pytest.mark.parametrize("page", ["account", "accountcontact", "user", "actionlogentry"])
def test_every_list_opens(staff_client, administrator, page):
    AccountContact.objects.create(
        account=administrator.memberships.get().account, kind="billing", name="L", email="l@e.example"
    )
    assert staff_client.get(f"/admin/accounts/{page}/").status_code == 200
    assert staff_client.get(f"/admin/accounts/{page}/?q=empresa").status_code == 200


def test_owed_emails_are_listed(staff_client, locked_out):
    staff_client.post(reset_url(locked_out), {"reason": "Llamó desde su teléfono registrado"})
    assert "En espera" in staff_client.get("/admin/accounts/outgoingemail/").content.decode()


def test_every_page_of_one_row_opens(staff_client, administrator, account):
    staff_client.post(reset_url(administrator), {"reason": "x"})
    staff_client.post(reverse("hijack:acquire"), {"user_pk": administrator.pk})
    staff_client.post(reverse("hijack:release"))
    entry = ActionLogEntry.objects.latest("pk")
    for url in (f"{ACCOUNTS}{account.pk}/change/", f"{USERS}{administrator.pk}/change/"):
        assert staff_client.get(url).status_code == 200
    assert "Soporte" in staff_client.get(f"/admin/accounts/actionlogentry/{entry.pk}/change/").content.decode()


def test_taking_a_factor_away_asks_first(staff_client, locked_out):
    page = staff_client.get(reset_url(locked_out)).content.decode()
    assert "Ana Núñez" in page
    assert Authenticator.objects.filter(user=locked_out).count() == 2


def test_a_locked_out_person_is_let_in_told_and_logged(staff_client, locked_out, run_jobs):
    staff_client.post(reset_url(locked_out), {"reason": "Videollamada con su identificación"})
    assert not Authenticator.objects.exists()
    entry = ActionLogEntry.objects.get(action="accounts.user.second_factor_reset")
    assert entry.after == {"reason": "Videollamada con su identificación"}
    assert entry.actor_name == "Soporte <soporte@panel.example>"
    send_waiting_emails()
    run_jobs()
    assert {message.subject for message in mail.outbox} == {
        "Soporte quitó su segundo factor",
        "Soporte quitó su segundo factor; configure uno nuevo",
    }
    assert Notification.objects.get().kind == "security"


def test_their_sessions_end(staff_client, administrator):
    client = Client()
    client.post(reverse("account_login"), {"login": administrator.email, "password": PASSWORD})
    assert client.get("/perfil/").status_code == 200
    Authenticator.objects.create(user=administrator, type=Authenticator.Type.TOTP, data={})
    staff_client.post(reset_url(administrator), {"reason": "x"})
    assert client.get("/perfil/").status_code == 302


@pytest.mark.parametrize("reason", ["", "x" * 400])
def test_the_reason_must_be_said(staff_client, locked_out, reason):
    assert staff_client.post(reset_url(locked_out), {"reason": reason}).status_code == 200
    assert Authenticator.objects.filter(user=locked_out).exists()


def test_nobody_takes_their_own_factor_away(staff, staff_client):
    Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={})
    page = staff_client.post(reset_url(staff), {"reason": "x"}).content.decode()
    assert "Nadie quita su propio segundo factor" in page
    assert Authenticator.objects.exists()


def test_without_the_permission_staff_cannot(agent_client, locked_out):
    assert agent_client.post(reset_url(locked_out), {"reason": "x"}).status_code == 403
    assert Authenticator.objects.exists()


def test_the_tables_of_the_sign_in_library_are_not_open_to_hands(staff_client):
    for page in ("mfa/authenticator", "account/emailaddress", "usersessions/usersession"):
        assert staff_client.get(f"/admin/{page}/").status_code == 404


def test_what_support_changes_in_an_account_is_logged_and_told_to_who_edits_it(staff_client, account):
    data = {
        "legal_name": "Empresa Nueva SA",
        "country": "MX",
        "language": "es-mx",
        "time_zone": "America/Mexico_City",
        "is_active": "on",
        "tax_id": "mab 930714 8t4",
        "tax_regime": "601",
        "contacts-TOTAL_FORMS": "1",
        "contacts-INITIAL_FORMS": "0",
        "contacts-0-kind": "billing",
        "contacts-0-name": "Luz",
        "contacts-0-email": "luz@empresa.example",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    assert staff_client.post(f"{ACCOUNTS}{account.pk}/change/", data).status_code == 302
    account.refresh_from_db()
    assert (account.tax_id, account.version) == ("MAB9307148T4", 2)
    entry = ActionLogEntry.objects.get(action="accounts.account.changed_by_support")
    assert entry.before["legal_name"] == "Empresa Demo SA de CV"
    assert entry.after["billing_contact"]["email"] == "luz@empresa.example"


def test_an_account_is_never_deleted(staff_client, account):
    assert staff_client.post(f"{ACCOUNTS}{account.pk}/delete/", {"post": "yes"}).status_code == 403


def upload(client, url: str, rows: list[dict[str, str]]):
    data = tablib.Dataset(*[list(row.values()) for row in rows], headers=list(rows[0]))
    file = SimpleUploadedFile("datos.csv", data.export("csv").encode())
    page = client.post(f"{url}import/", {"import_file": file, "format": "0"})
    form = page.context.get("confirm_form")
    if form is None:
        return page
    return client.post(f"{url}process_import/", {**form.initial, "format": "0"}, follow=True)


def test_accounts_come_in_from_a_file_and_are_logged(staff_client, account):
    rows = [
        {"public_id": str(account.public_id), "legal_name": "Cambiada SA", "tax_id": "MAB9307148T4", "country": "MX"},
        {"public_id": "", "legal_name": "De archivo SA", "tax_id": "", "country": "MX"},
    ]
    upload(staff_client, ACCOUNTS, rows)
    assert set(Account.objects.values_list("legal_name", flat=True)) == {"Cambiada SA", "De archivo SA"}
    assert ActionLogEntry.objects.filter(action="accounts.account.changed_by_support", account=account).count() == 1
    assert ActionLogEntry.objects.filter(action="accounts.account.created").count() == 1


@pytest.mark.parametrize("wrong", [{"tax_id": "NO ES"}, {"tax_regime": "999"}, {"public_id": "x"}])
def test_a_wrong_row_is_said_and_nothing_comes_in(staff_client, account, wrong):
    row = {"public_id": str(account.public_id), "legal_name": "Mala", "tax_id": "", "tax_regime": "", "country": "MX"}
    upload(staff_client, ACCOUNTS, [row | wrong])
    account.refresh_from_db()
    assert account.legal_name == "Empresa Demo SA de CV"


def test_contacts_come_in_from_a_file(staff_client, account):
    row = {
        "account": str(account.public_id),
        "kind": "technical",
        "name": "Raúl",
        "email": "raul@empresa.example",
        "phone": "",
    }
    upload(staff_client, "/admin/accounts/accountcontact/", [row])
    assert account.contacts.get().name == "Raúl"


def test_a_downloaded_account_is_only_text_to_a_spreadsheet(staff_client, account):
    account.legal_name = "=1+1"
    account.save()
    response = staff_client.post(
        f"{ACCOUNTS}export/", {"format": "0", **{f"accountresource_{n}": "on" for n in ("public_id", "legal_name")}}
    )
    content = b"".join(response) if response.streaming else response.content
    rows = list(tablib.Dataset().load(io.StringIO(content.decode()), format="csv").dict)
    assert not rows[0]["legal_name"].startswith("=")


@pytest.mark.parametrize("path", [ACCOUNTS, USERS, "/admin/accounts/actionlogentry/", "/admin/accounts/outgoingemail/"])
def test_a_customer_sees_none_of_it(administrator_client, client, path):
    assert administrator_client.get(path, follow=True).status_code == 403
    assert client.get(path).status_code == 302


def test_the_permissions_of_a_group_are_ticks(staff_client):
    page = staff_client.get("/admin/auth/group/add/").content.decode()
    assert re.search(r'<input[^>]+type="checkbox"[^>]+name="permissions"', page)
    chosen = Permission.objects.get(codename="change_job")
    staff_client.post("/admin/auth/group/add/", {"name": "Turno", "permissions": [chosen.pk]})
    assert list(Group.objects.get(name="Turno").permissions.all()) == [chosen]
