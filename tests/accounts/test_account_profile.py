from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import AccountContact, ActionLogEntry, Role
from tests.conftest import member, signed_in

pytestmark = pytest.mark.django_db
URL = "/cuenta/perfil/"


@pytest.fixture
def typed(account) -> dict[str, str]:
    """A complete, right profile, as a browser sends it."""
    contacts = {f"{kind}_{field}": "" for kind in AccountContact.Kind for field in ("name", "email", "phone")}
    return contacts | {
        "legal_name": "Empresa Demo SA de CV",
        "tax_id": "mab-930714-8t4",
        "tax_regime": "601",
        "street": "Av. Juárez 1",
        "city": "Monterrey",
        "state": "nuevo leon",
        "postal_code": "64000",
        "country": "MX",
        "language": "es-mx",
        "time_zone": "America/Monterrey",
        "version": str(account.version),
        "billing_name": "Luz Peña",
        "billing_email": "facturas@empresa.example",
    }


@pytest.fixture
def second_administrator(account) -> Client:
    return signed_in(member(account, Role.ACCOUNT_ADMIN, "Berta Gil", "berta@empresa.example"))


def errors(response) -> dict[str, list[str]]:
    return response.context["form"].errors


def test_the_page_shows_what_is_known(administrator_client, account):
    AccountContact.objects.create(account=account, kind="technical", name="Raúl", email="raul@empresa.example")
    page = administrator_client.get(URL).content.decode()
    assert "Empresa Demo SA de CV" in page
    assert "raul@empresa.example" in page


def test_the_profile_is_saved_in_its_proper_form(administrator_client, account, typed):
    assert administrator_client.post(URL, typed).status_code == 302
    account.refresh_from_db()
    assert (account.tax_id, account.state, account.time_zone) == ("MAB9307148T4", "Nuevo León", "America/Monterrey")
    assert account.contacts.get().email == "facturas@empresa.example"


def test_the_change_is_logged_from_what_to_what(administrator_client, account, typed):
    administrator_client.post(URL, typed)
    entry = ActionLogEntry.objects.get(action="accounts.account.profile_changed")
    assert entry.before["tax_id"] == ""
    assert entry.after["tax_id"] == "MAB9307148T4"
    assert entry.after["billing_contact"]["name"] == "Luz Peña"
    assert "legal_name" not in entry.after


def test_saving_without_a_change_writes_no_line(administrator_client, account, typed):
    administrator_client.post(URL, typed)
    administrator_client.post(URL, typed | {"version": "2"})
    assert ActionLogEntry.objects.filter(action="accounts.account.profile_changed").count() == 1


def test_a_contact_left_empty_is_removed(administrator_client, account, typed):
    administrator_client.post(URL, typed)
    administrator_client.post(URL, typed | {"billing_name": "", "billing_email": "", "version": "2"})
    assert not account.contacts.exists()


def test_of_two_administrators_the_second_is_told_and_nothing_is_lost(
    administrator_client, second_administrator, account, typed
):
    administrator_client.post(URL, typed)
    answer = second_administrator.post(URL, typed | {"legal_name": "Otro nombre SA", "city": "Apodaca"})
    account.refresh_from_db()
    assert account.legal_name == "Empresa Demo SA de CV"
    page = answer.content.decode()
    assert "Otra persona cambió este perfil" in page
    assert "Ana Núñez guardó el perfil" in page
    assert 'value="Otro nombre SA"' in page
    assert "Ciudad: de «Monterrey» a «Apodaca»" in page


def test_the_second_may_then_decide_to_save_theirs(administrator_client, second_administrator, account, typed):
    administrator_client.post(URL, typed)
    theirs = typed | {"city": "Apodaca"}
    answer = second_administrator.post(URL, theirs)
    version = answer.context["form"]["version"].value()
    second_administrator.post(URL, theirs | {"version": version})
    account.refresh_from_db()
    assert account.city == "Apodaca"


@pytest.mark.parametrize(
    ("field", "value", "about"),
    [
        ("legal_name", "", "legal_name"),
        ("legal_name", "x" * 300, "legal_name"),
        ("tax_id", "no es", "tax_id"),
        ("tax_id", "", "tax_id"),
        ("tax_regime", "612", "tax_regime"),
        ("tax_regime", "999", "tax_regime"),
        ("postal_code", "6400", "postal_code"),
        ("postal_code", "٦٤٠٠٠", "postal_code"),
        ("state", "Texas", "state"),
        ("country", "XX", "country"),
        ("time_zone", "Luna/Mar", "time_zone"),
        ("language", "fr", "language"),
        ("billing_email", "no es un correo", "billing_email"),
        ("technical_name", "Solo nombre", "technical_email"),
        ("technical_email", "solo@correo.example", "technical_name"),
        ("version", "x", "version"),
        ("street", "Calle\0", "street"),
    ],
)
def test_a_mistake_is_said_beside_its_field_and_nothing_is_written(
    administrator_client, account, typed, field, value, about
):
    response = administrator_client.post(URL, typed | {field: value})
    assert response.status_code == 200
    assert about in errors(response)
    account.refresh_from_db()
    assert account.city == ""


def test_a_doubtful_rfc_may_be_confirmed(administrator_client, account, typed):
    doubtful = typed | {"tax_id": "MAB9307148T5"}
    response = administrator_client.post(URL, doubtful)
    assert "Así está escrito en mi Constancia" in response.content.decode()
    assert administrator_client.post(URL, doubtful | {"tax_id_confirmed": "on"}).status_code == 302


def test_a_foreign_address_has_its_own_rules(administrator_client, account, typed):
    abroad = {"country": "US", "state": "Texas", "postal_code": "75001-1234"[:10], "tax_id": "XEXX010101000"}
    assert administrator_client.post(URL, typed | abroad | {"tax_regime": "616"}).status_code == 302


def test_an_expired_session_keeps_what_was_typed(administrator_client, administrator, typed):
    administrator_client.get(URL)
    administrator_client.session.flush()
    administrator_client.post(URL, typed | {"city": "Saltillo"})
    administrator_client.force_login(administrator)
    assert 'value="Saltillo"' in administrator_client.get(URL).content.decode()


def test_a_strangers_changes_stay_in_their_own_account(stranger_client, account, other_account, typed):
    stranger_client.post(URL, typed | {"legal_name": "Intruso"})
    account.refresh_from_db()
    other_account.refresh_from_db()
    assert (account.legal_name, other_account.legal_name) == ("Empresa Demo SA de CV", "Intruso")


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(URL).status_code == 302


@pytest.mark.parametrize("client_name", ["delegate_client", "service_user_client"])
def test_a_lesser_role_gets_403(client_name, request, typed):
    client = request.getfixturevalue(client_name)
    assert client.get(URL).status_code == 403
    assert client.post(URL, typed).status_code == 403


def test_the_use_of_cfdi_is_kept_and_must_fit_the_regime(administrator_client, account, typed):
    assert administrator_client.post(URL, typed | {"cfdi_use": "I04"}).status_code == 302
    account.refresh_from_db()
    assert account.cfdi_use == "I04"
    person = typed | {"tax_id": "GODE561231GR8", "tax_regime": "605", "cfdi_use": "G03", "version": account.version}
    assert "el SAT solo acepta el uso S01" in administrator_client.post(URL, person).content.decode()
