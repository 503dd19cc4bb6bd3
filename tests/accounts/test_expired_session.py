"""An expired session in the middle of a form: the typed data is there after signing in again."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts import stash
from tests.factories import PASSWORD

SIGN_IN = "/acceso/login/"


@pytest.fixture
def browser(administrator) -> Client:
    """Ana's browser, after her session has expired under an open form."""
    client = Client()
    client.force_login(administrator)
    client.get("/perfil/")
    client.session.flush()
    client.cookies.pop("sessionid")
    return client


def sign_in(client: Client, user, address: str):
    return client.post(address, {"login": user.email, "password": PASSWORD})


def typed(client: Client, name="Ana María Núñez", **more):
    return client.post("/perfil/", {"name": name, "language": "en", **more})


def test_the_form_shows_what_was_typed_after_signing_in_again(browser, administrator):
    answer = typed(browser)
    assert answer.url == f"{SIGN_IN}?next=/perfil/"
    assert sign_in(browser, administrator, answer.url).url == "/perfil/"
    page = browser.get("/perfil/")
    assert page.context["form"]["name"].value() == "Ana María Núñez"
    assert page.context["form"]["language"].value() == "en"
    assert not page.context["form"].errors


def test_the_person_is_told_that_nothing_is_lost(browser):
    page = browser.get(typed(browser).url)
    assert "Su sesión expiró; sus datos están a salvo" in page.content.decode()


def test_nobody_else_who_signs_in_there_sees_it(browser, stranger):
    sign_in(browser, stranger, typed(browser).url)
    assert browser.get("/perfil/").context["form"]["name"].value() == "Enrique Ruiz"
    assert stash.SESSION_KEY not in browser.session


def test_without_knowing_whose_it_was_nothing_is_kept(browser):
    browser.cookies.pop(stash.COOKIE)
    answer = typed(browser)
    assert stash.SESSION_KEY not in browser.session
    assert "Su sesión expiró. Ingrese" in str(next(iter(get_messages(answer.wsgi_request))))


def test_another_browser_does_not_get_it(browser, administrator):
    answer, other = typed(browser), Client()
    sign_in(other, administrator, answer.url)
    assert other.get("/perfil/").context["form"]["name"].value() == "Ana Núñez"


def test_passwords_and_tokens_are_never_kept(browser):
    typed(browser, password="secreto", contrasena="x", csrfmiddlewaretoken="t", auth_code="y")
    assert set(browser.session[stash.SESSION_KEY]["typed"]) == {"name", "language"}


def test_it_is_gone_once_the_form_is_sent(browser, administrator):
    sign_in(browser, administrator, typed(browser).url)
    browser.post("/perfil/", {"name": "Ana Sofía", "language": "es-mx"})
    assert browser.get("/perfil/").context["form"]["name"].value() == "Ana Sofía"


def test_it_is_kept_for_two_hours_only(browser, administrator, time_machine):
    time_machine.move_to("2026-03-01 10:00Z", tick=False)
    answer = typed(browser)
    sign_in(browser, administrator, answer.url)
    time_machine.move_to("2026-03-01 12:01Z", tick=False)
    assert browser.get("/perfil/").context["form"]["name"].value() == "Ana Núñez"


def test_a_form_that_posts_elsewhere_comes_back_to_its_own_page(browser):
    answer = browser.post(
        "/notificaciones/leer-todas/", {"x": "1"}, headers={"referer": "http://testserver/notificaciones/?cursor=a"}
    )
    assert answer.url == f"{SIGN_IN}?next=/notificaciones/%3Fcursor%3Da"


def test_another_site_cannot_choose_where_one_lands(browser):
    answer = browser.post("/perfil/", {"name": "x"}, headers={"referer": "https://mala.example/x"})
    assert answer.url == f"{SIGN_IN}?next=/perfil/"


def test_a_fragment_request_leads_the_whole_page_to_the_sign_in(browser):
    answer = browser.get("/notificaciones/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"].startswith(SIGN_IN)


def test_a_page_from_before_another_sign_in_keeps_what_was_typed(administrator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    answer = client.post("/perfil/", {"name": "Ana María", "language": "en"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.url == "/perfil/"
    assert client.get("/perfil/").context["form"]["name"].value() == "Ana María"


def test_a_forged_form_of_another_site_is_refused(administrator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    answer = client.post("/perfil/", {"name": "Mala"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert stash.SESSION_KEY not in client.session
