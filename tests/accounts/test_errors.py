"""When things go wrong: designed, in our words, telling strangers nothing."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from accounts.models import User
from cloudpanel.views import server_error
from tests.conftest import signed_in


def test_a_page_that_does_not_exist_says_so_and_leads_home(client, db):
    answer = client.get("/no-existe/")
    assert answer.status_code == 404
    assert "No encontramos esta página" in answer.content.decode()
    assert "Ir a Inicio" in answer.content.decode()


def test_a_404_repeats_nothing_of_what_was_asked(client, db):
    assert "secreto-123" not in client.get("/secreto-123/").content.decode()


def test_who_belongs_to_no_account_is_told_so(db):
    answer = signed_in(User.objects.create_user("sola@x.example", "x", name="Sola")).get("/")
    assert answer.status_code == 403
    assert "no pertenece a ninguna cuenta" in answer.content.decode()


def test_support_without_account_is_led_to_the_admin(staff_client):
    answer = staff_client.get("/mercado/")
    assert answer.status_code == 403
    assert 'href="/admin/"' in answer.content.decode()


def test_a_missing_permission_names_the_role_and_who_can_grant_it(service_user_client):
    answer = service_user_client.get("/cuenta/pedidos/")
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "Usuario de servicio" in page
    assert "Un administrador de la cuenta puede darle este permiso" in page


def test_an_old_form_is_refused_with_an_explanation(administrator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    answer = client.post("/notificaciones/leer-todas/")
    assert answer.status_code == 403
    assert "La página ya no estaba vigente" in answer.content.decode()


def test_our_own_failure_is_shown_without_database_or_session(settings):
    """No ``db`` fixture: any query would fail the test."""
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Algo falló de nuestro lado" in answer.content.decode()


def test_our_own_failure_has_a_number_that_finds_it_in_the_log(caplog):
    page = server_error(RequestFactory().get("/cuenta/")).content.decode()
    (line,) = caplog.records
    assert line.args[0] in page


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"sin limite"),
        ("application/x-www-form-urlencoded; charset=utf-16", b"name=x"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % each for each in range(10_001))),
    ],
)
def test_what_no_browser_sends_is_refused_in_our_words(administrator, content_type, body):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    client.get("/perfil/")
    answer = client.generic("POST", "/perfil/", body, content_type=content_type)
    assert answer.status_code == 400
    assert "No pudimos leer lo que envió su navegador" in answer.content.decode()


def test_the_address_of_a_button_says_so_and_leads_to_its_page(administrator_client):
    answer = administrator_client.get("/notificaciones/leer-todas/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert 'href="/notificaciones/"' in answer.content.decode()


def test_the_page_above_is_the_nearest_that_exists(administrator_client):
    assert 'href="/usuarios/"' in administrator_client.get("/usuarios/acciones/eliminar/").content.decode()


def test_programs_get_the_bare_refusal(administrator_client):
    assert administrator_client.put("/notificaciones/leer-todas/").content == b""


@pytest.mark.parametrize("address", ["/no-existe/", "/cuenta/pedidos/"])
def test_errors_have_the_strict_policy_too(service_user_client, address):
    assert "unsafe" not in service_user_client.get(address)["Content-Security-Policy"]
