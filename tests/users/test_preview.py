"""Ver como este usuario: look, do not touch."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import ActionLogEntry, Role
from tests.factories import MembershipFactory


@pytest.fixture
def looking(administrator_client, delegate):
    member = delegate.memberships.get()
    response = administrator_client.post(f"/usuarios/{member.public_id}/ver-como/", follow=True)
    assert "Vista previa" in response.content.decode()
    return administrator_client


def test_the_administrator_sees_what_the_person_sees(looking, delegate):
    assert looking.get("/").wsgi_request.membership.user == delegate
    assert looking.get("/usuarios/").status_code == 403
    assert ActionLogEntry.objects.filter(action="users.user.previewed").exists()


@pytest.mark.parametrize(
    "address", ["/solicitar-acceso/", "/usuarios/nuevo/", "/notificaciones/leer-todas/", "/cuenta/cambiar/"]
)
def test_nothing_can_be_changed(looking, address):
    response = looking.post(address, {"wanted": "administracion"})
    assert response.status_code == 403
    assert "solo puede mirar" in response.content.decode()


@pytest.mark.parametrize("address", ["/perfil/", "/notificaciones/"])
def test_personal_pages_stay_closed(looking, address):
    assert looking.get(address).status_code == 403


def test_leaving_gives_back_the_own_eyes(looking, administrator):
    response = looking.post("/vista-previa/salir/", follow=True)
    assert "Diego Ortiz" in response.content.decode()
    assert response.wsgi_request.membership.user == administrator


def test_it_ends_by_itself(looking, administrator):
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert looking.get("/").wsgi_request.membership.user == administrator


def test_who_is_demoted_meanwhile_looks_no_longer(looking, administrator, account):
    MembershipFactory(account=account, role=Role.ACCOUNT_ADMIN)
    administrator.memberships.update(role=Role.SERVICE_USER)
    assert looking.get("/").wsgi_request.membership.user == administrator


def test_somebody_disabled_cannot_be_looked_at(looking, administrator, delegate):
    delegate.memberships.update(is_active=False)
    assert looking.get("/").wsgi_request.membership.user == administrator
