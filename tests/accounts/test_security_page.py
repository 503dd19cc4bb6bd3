"""Seguridad: password, second factor, passkeys, codes and sessions."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from accounts.models import ActionLogEntry
from tests.accounts.test_recovery import work
from tests.accounts.test_sign_in import sign_in
from tests.factories import PASSWORD

NEW = "cuatro palabras muy raras juntas"


@pytest.fixture
def ana(client, administrator) -> Client:
    """Ana, who has come in by the door and has just confirmed that it is her."""
    sign_in(client, administrator.email)
    client.post("/acceso/confirmar/", {"password": PASSWORD})
    return client


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def activate(client) -> None:
    secret = client.get("/acceso/seguridad/totp/activate/").context["form"].secret
    answer = client.post("/acceso/seguridad/totp/activate/", {"code": code_for(secret)})
    assert answer.status_code == 302, answer.context["form"].errors


def logged(action: str) -> bool:
    return ActionLogEntry.objects.filter(action=action).exists()


PAGES = ["", "totp/activate/", "webauthn/", "webauthn/add/"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_security_opens(ana, page):
    assert ana.get(f"/acceso/seguridad/{page}").status_code == 200


def test_what_protects_the_access_asks_for_the_password_again(administrator_client):
    assert "/acceso/confirmar/" in administrator_client.get("/acceso/seguridad/totp/activate/").url


def test_confirming_with_the_password_leads_back(administrator_client):
    asked = administrator_client.get("/acceso/seguridad/totp/activate/").url
    assert administrator_client.post(asked, {"password": PASSWORD}).url == "/acceso/seguridad/totp/activate/"


def test_an_authenticator_app_is_asked_for_at_the_next_sign_in(ana, administrator):
    activate(ana)
    other = Client()
    assert sign_in(other, administrator.email).url == "/acceso/seguridad/authenticate/"
    assert other.get("/perfil/").status_code == 302
    codes = Authenticator.objects.get(user=administrator, type="recovery_codes").wrap().get_unused_codes()
    assert other.post("/acceso/seguridad/authenticate/", {"code": codes[0]}).url == "/"
    assert other.get("/perfil/").status_code == 200


def test_the_second_factor_keeps_where_one_was_going(ana, administrator):
    activate(ana)
    other = Client()
    sign_in(other, administrator.email, url="/acceso/login/?next=/perfil/")
    codes = Authenticator.objects.get(user=administrator, type="recovery_codes").wrap().get_unused_codes()
    assert other.post("/acceso/seguridad/authenticate/", {"code": codes[0]}).url == "/perfil/"


def test_guessing_codes_locks_and_says_how_long(ana, administrator):
    activate(ana)
    other = Client()
    sign_in(other, administrator.email)
    for _ in range(6):
        page = other.post("/acceso/seguridad/authenticate/", {"code": "000000"})
    assert "intente de nuevo en 5 minutos" in page.content.decode()


def test_the_key_of_the_app_is_encrypted_at_rest(ana, administrator):
    secret = ana.get("/acceso/seguridad/totp/activate/").context["form"].secret
    ana.post("/acceso/seguridad/totp/activate/", {"code": code_for(secret)})
    assert secret not in str(Authenticator.objects.get(user=administrator, type="totp").data)


def test_changes_of_the_factors_are_written_down_and_told(ana, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        activate(ana)
        ana.post("/acceso/seguridad/totp/deactivate/")
    assert logged("accounts.user.factor_added")
    assert logged("accounts.user.factor_removed")
    subjects = [message.subject for message in work()]
    assert "Activó la aplicación de autenticación" in subjects
    assert "Desactivó la aplicación de autenticación" in subjects


def test_recovery_codes_can_be_seen_and_taken_along(ana):
    activate(ana)
    page = ana.get("/acceso/seguridad/recovery-codes/").content.decode()
    codes = ana.get("/acceso/seguridad/recovery-codes/download/").content.decode().split()
    assert len(codes) == 10
    assert codes[0] in page


def test_a_changed_password_is_written_down_told_and_ends_the_other_sessions(ana, administrator_client, administrator):
    answer = ana.post("/acceso/contrasena/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert answer.url == "/acceso/seguridad/"
    assert logged("accounts.user.password_changed")
    assert ana.get("/perfil/").status_code == 200
    assert administrator_client.get("/perfil/").status_code == 302
    assert [message.subject for message in work()] == ["Cambió su contraseña"]


def test_the_current_password_must_be_right(ana):
    answer = ana.post("/acceso/contrasena/", {"oldpassword": "no", "password1": NEW, "password2": NEW})
    assert answer.context["form"].errors["oldpassword"] == ["Esta no es su contraseña actual."]


def test_sessions_are_listed_with_their_device(client, administrator):
    sign_in(client, administrator.email, HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Gecko Firefox/140.0")
    page = client.get("/acceso/sesiones/").content.decode()
    assert "Firefox en Windows" in page
    assert "Esta sesión" in page


def test_a_session_can_be_ended_at_once(ana, administrator):
    other = Client()
    sign_in(other, administrator.email)
    sessions = ana.get("/acceso/sesiones/").context["sessions"]
    theirs = next(session for session in sessions if session.session_key == other.session.session_key)
    ana.post(f"/acceso/sesiones/{theirs.pk}/cerrar/")
    assert other.get("/perfil/").status_code == 302
    assert ana.get("/perfil/").status_code == 200
    assert logged("accounts.user.sessions_ended")


def test_all_other_sessions_can_be_ended_at_once(ana, administrator):
    other = Client()
    sign_in(other, administrator.email)
    ana.post("/acceso/sesiones/")
    assert other.get("/perfil/").status_code == 302


def test_a_session_of_somebody_else_is_a_404(ana, stranger):
    other = Client()
    sign_in(other, stranger.email)
    (theirs,) = other.get("/acceso/sesiones/").context["sessions"]
    assert ana.post(f"/acceso/sesiones/{theirs.pk}/cerrar/").status_code == 404
    assert other.get("/perfil/").status_code == 200


def test_signing_out_is_asked_for_done_by_post_and_clears_what_the_browser_kept(ana):
    assert "¿Cerrar su sesión?" in ana.get("/acceso/logout/").content.decode()
    answer = ana.post("/acceso/logout/")
    assert answer["Clear-Site-Data"] == '"cache"'
    assert ana.get("/perfil/").status_code == 302
    assert logged("accounts.user.signed_out")
