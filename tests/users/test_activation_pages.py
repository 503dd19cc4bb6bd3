"""What the person behind the link sees."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Notification, Role
from tests.users.mail import link_in, send_queued_emails
from users.services.activation import resend_activations
from users.services.people import NewPerson, add_people

GOOD = {"name": "Nueva Persona", "password": "tres tristes tigres azules"}


@pytest.fixture
def invited(account, actor):
    (member,) = add_people(actor=actor, account=account, people=[NewPerson("nueva@x.example", "Nueva Persona")])
    return member


@pytest.fixture
def address(invited):
    return f"/activar/{link_in(send_queued_emails()[0])}/"


def test_opening_the_link_changes_nothing(client, address, invited):
    assert client.get(address).status_code == client.head(address).status_code == 200
    invited.refresh_from_db()
    assert invited.is_pending


def test_choosing_a_password_leads_inside(client, address):
    response = client.post(address, GOOD, follow=True)
    assert response.redirect_chain == [("/activar/lista/", 302)]
    page = response.content.decode()
    assert "/mis-servicios/" in page
    assert "segundo factor" in page
    assert client.get("/mis-servicios/").status_code == 200


def test_a_weak_password_is_explained_and_the_name_kept(client, address):
    page = client.post(address, {"name": "Otro Nombre", "password": "hola"}).content.decode()
    assert "Otro Nombre" in page
    assert "corta" in page or "adivinar" in page


def test_a_used_link_says_so(client, address):
    client.post(address, GOOD)
    response = Client().get(address)
    assert response.status_code == 410
    assert "ya se usó" in response.content.decode()


def test_an_expired_link_offers_to_ask_for_another(client, address, administrator):
    with time_machine.travel(timezone.now() + timedelta(hours=49)):
        page = client.get(address)
        assert page.status_code == 410
        assert "venció" in page.content.decode()
        client.post(f"{address}pedir-otro/")
    assert "pide un nuevo enlace" in Notification.objects.get(user=administrator).title


def test_an_older_link_points_to_the_newer(client, address, invited, account, actor):
    resend_activations(actor=actor, account=account, members=[invited])
    assert "más reciente" in client.get(address).content.decode()


def test_a_link_after_deletion_says_that_it_no_longer_works(client, address, invited):
    invited.delete()
    response = client.post(address, GOOD)
    assert response.status_code == 410
    assert "ya no sirve" in response.content.decode()


@pytest.mark.parametrize("token", ["x", "á", "a" * 500, "%00"])
def test_a_link_that_never_was(client, db, token):
    assert client.get(f"/activar/{token}/").status_code in {404, 410}


def test_the_page_speaks_the_language_of_the_person(client, account, actor):
    add_people(actor=actor, account=account, people=[NewPerson("ann@x.example", "Ann")], language="en")
    link = link_in(send_queued_emails()[0])
    assert client.get(f"/activar/{link}/").status_code == 200


def test_who_is_here_already_accepts_and_keeps_the_password(stranger_client, stranger, account, actor):
    add_people(actor=actor, account=account, people=[NewPerson(stranger.email, "Q", is_administrator=True)])
    address = f"/activar/{link_in(send_queued_emails()[0])}/"
    page = stranger_client.get(address).content.decode()
    assert "Acepte la invitación" in page
    assert 'type="password"' not in page
    response = stranger_client.post(address, follow=True)
    assert response.wsgi_request.account == account
    assert response.wsgi_request.membership.role == Role.ACCOUNT_ADMIN


def test_accepting_lets_nobody_in_without_their_password(client, stranger, account, actor):
    add_people(actor=actor, account=account, people=[NewPerson(stranger.email, "Q")])
    client.post(f"/activar/{link_in(send_queued_emails()[0])}/")
    assert "_auth_user_id" not in client.session
