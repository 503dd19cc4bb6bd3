"""One action for many people."""

import pytest

from accounts.models import Membership, Role
from cloudpanel.provisioning.models import Job
from marketplace.models import ServiceDelegation
from tests.factories import MembershipFactory, SubscriptionFactory
from users.services.people import NewPerson, add_people

CONFIRMED = {"confirmado": "1"}


def act(client, action, members=(), **data):
    data = {"usuario[]": [str(member.public_id) for member in members], **data}
    return client.post(f"/usuarios/acciones/{action}/", data, follow=True).content.decode()


@pytest.fixture
def people(account):
    return [MembershipFactory(account=account, role=Role.SERVICE_USER) for _ in range(3)]


def test_what_will_happen_is_shown_before_it_happens(administrator_client, people):
    page = act(administrator_client, "deshabilitar", people)
    assert "3 usuarios seleccionados" in page
    assert Membership.objects.filter(is_active=False).count() == 0


def test_many_are_disabled_and_enabled(administrator_client, people):
    act(administrator_client, "deshabilitar", people, **CONFIRMED)
    assert Membership.objects.filter(is_active=False).count() == 3
    act(administrator_client, "habilitar", people, **CONFIRMED)
    assert Membership.objects.filter(is_active=False).count() == 0


def test_all_that_match_are_meant(administrator_client, people, delegate):
    act(administrator_client, "deshabilitar", todos="1", rol="service_user", **CONFIRMED)
    assert Membership.objects.filter(is_active=False).count() == 3
    assert delegate.memberships.get().is_active


def test_the_one_who_does_it_is_spared_and_told(administrator_client, administrator, people):
    page = act(administrator_client, "eliminar", todos="1", **CONFIRMED)
    assert "Es usted" in page
    assert Membership.objects.get().user == administrator


def test_services_are_delegated_to_many_and_withdrawn(administrator_client, people, account):
    service = SubscriptionFactory(account=account)
    page = act(administrator_client, "delegar", people, **CONFIRMED)
    assert "Este campo es obligatorio" in page
    act(administrator_client, "delegar", people, **{"subscriptions[]": str(service.public_id)}, **CONFIRMED)
    assert ServiceDelegation.objects.count() == 3
    assert set(Membership.objects.filter(pk__in=[p.pk for p in people]).values_list("role", flat=True)) == {"delegate"}
    act(administrator_client, "retirar", people, **{"subscriptions[]": str(service.public_id)}, **CONFIRMED)
    assert not ServiceDelegation.objects.exists()


def test_activation_is_sent_again_to_those_who_wait(administrator_client, account, actor, people):
    waiting = add_people(actor=actor, account=account, people=[NewPerson("n@x.example", "Nueva")])
    Job.objects.update(state="succeeded")
    page = act(administrator_client, "reenviar", [*people, *waiting], **CONFIRMED)
    assert "hecho con 1" in page


def test_deleting_many_asks_what_becomes_of_their_services(administrator_client, people, account, delegate):
    delegate.delegations.create(subscription=SubscriptionFactory(account=account))
    members = [*people, delegate.memberships.get()]
    page = act(administrator_client, "eliminar", members, **CONFIRMED)
    assert "¿Qué hacemos con los servicios que administra?" in page
    assert Membership.objects.filter(account=account).count() == 5
    act(administrator_client, "eliminar", members, delegations="remove", **CONFIRMED)
    assert Membership.objects.filter(account=account).count() == 1


def test_nobody_selected_is_said(administrator_client):
    assert "Seleccione al menos un usuario" in act(administrator_client, "eliminar")


def test_strangers_cannot_be_selected(administrator_client, stranger):
    for ids in ([str(stranger.memberships.get().public_id)], ["x"], ["' or 1=1"]):
        data = {"usuario[]": ids, **CONFIRMED}
        page = administrator_client.post("/usuarios/acciones/eliminar/", data, follow=True).content.decode()
        assert "Seleccione al menos un usuario" in page
    assert stranger.memberships.exists()


@pytest.mark.parametrize("action", ["reenviar", "habilitar", "deshabilitar", "delegar", "retirar", "eliminar"])
def test_a_lesser_role_gets_403(delegate_client, action):
    assert delegate_client.post(f"/usuarios/acciones/{action}/").status_code == 403
