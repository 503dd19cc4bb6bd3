"""Support adds a colleague, who gets an e-mail, chooses a password and is in the administration."""

from __future__ import annotations

import re
import time

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.test import Client

from accounts.emails import staff_link
from accounts.models import ActionLogEntry, User
from notices.services import send_waiting_emails
from tests.conftest import signed_in
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADD = "/admin/accounts/user/add/"
COLLEAGUE = {"email": "Nueva@Panel.example", "name": "Nueva Colega", "language": "es-mx"}
CHOSEN = {"name": "Nueva Colega", "password": "cobalto-mirador-puente-91"}


@pytest.fixture
def lead_client():
    """May add people, belongs to the group Turno, and is no superuser."""
    lead = UserFactory(email="lider@panel.example", is_staff=True)
    lead.user_permissions.add(*Permission.objects.filter(codename__in=["add_user", "view_user"]))
    lead.groups.add(Group.objects.create(name="Turno"))
    return signed_in(lead)


@pytest.fixture
def invited(staff_client):
    staff_client.post(ADD, COLLEAGUE)
    return User.objects.get(email="nueva@panel.example")


def path_of(user) -> str:
    return staff_link(user).partition("/activar")[1] + staff_link(user).partition("/activar")[2]


def test_the_colleague_is_written_to_and_comes_in(invited, run_jobs):
    send_waiting_emails()
    run_jobs()
    (letter,) = mail.outbox
    assert letter.to == ["nueva@panel.example"]
    path = re.search(r"/activar/soporte/\S+", letter.body)[0]
    client = Client()
    assert "Elija su contraseña" in client.get(path).content.decode()
    assert client.post(path, CHOSEN)["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    invited.refresh_from_db()
    assert invited.is_staff
    assert not invited.is_superuser


def test_both_steps_are_logged(invited):
    Client().post(path_of(invited), CHOSEN)
    actions = ActionLogEntry.objects.filter(object_id=str(invited.public_id)).values_list("action", flat=True)
    assert {"accounts.user.staff_added", "users.user.activated"} <= set(actions)


def test_the_link_works_once(invited):
    path = path_of(invited)
    Client().post(path, CHOSEN)
    answer = Client().get(path)
    assert answer.status_code == 410
    assert "El enlace no sirve" in answer.content.decode()


def test_the_link_dies_after_48_hours(invited, time_machine):
    path = path_of(invited)
    time_machine.move_to(time.time() + 48 * 3600 + 5)
    assert Client().post(path, CHOSEN).status_code == 410


def test_a_weak_password_is_refused_beside_its_field(invited):
    page = Client().post(path_of(invited), {**CHOSEN, "password": "nueva"}).content.decode()
    assert "is-invalid" in page
    invited.refresh_from_db()
    assert invited.activated_at is None


def test_an_address_that_is_taken_is_said(staff_client, administrator):
    page = staff_client.post(ADD, {**COLLEAGUE, "email": administrator.email}).content.decode()
    assert "Ya hay una persona con este correo" in page
    assert 'value="Nueva Colega"' in page


def test_who_is_waiting_is_invited_again(staff_client, invited, run_jobs):
    address = f"/admin/accounts/user/{invited.pk}/invitar/"
    assert "Reenviar invitación" in staff_client.get(address).content.decode()
    staff_client.post(address)
    send_waiting_emails()
    run_jobs()
    assert len(mail.outbox) == 2


def test_who_is_in_is_not_invited_again(staff_client, administrator):
    answer = staff_client.post(f"/admin/accounts/user/{administrator.pk}/invitar/", follow=True)
    assert "todavía no activa su acceso" in answer.content.decode()


def test_nobody_gives_a_group_that_they_are_not_in(lead_client):
    powerful = Group.objects.create(name="Todo")
    page = lead_client.post(ADD, {**COLLEAGUE, "groups": [powerful.pk]}).content.decode()
    assert not User.objects.filter(email="nueva@panel.example").exists()
    assert "Turno" in page
    lead_client.post(ADD, {**COLLEAGUE, "groups": [Group.objects.get(name="Turno").pk]})
    assert User.objects.get(email="nueva@panel.example").groups.get().name == "Turno"


def test_without_the_permission_it_is_refused():
    agent = UserFactory(email="agente@panel.example", is_staff=True)
    agent.user_permissions.add(Permission.objects.get(codename="view_user"))
    assert signed_in(agent).get(ADD).status_code == 403
    assert signed_in(agent).post(ADD, COLLEAGUE).status_code == 403
