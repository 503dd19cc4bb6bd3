"""Solicitar acceso: asked once, answered with one click, both are told."""

from accounts.models import Notification, Role
from tests.factories import SubscriptionFactory
from users.models import AccessRequest

ASK = "/solicitar-acceso/"


def ask(client, wanted, **data):
    return client.post(ASK, {"wanted": wanted, **data}, follow=True).content.decode()


def test_a_service_is_asked_for_and_granted(delegate_client, administrator_client, delegate, administrator, account):
    service = SubscriptionFactory(account=account, name="Correo de ventas")
    assert "Solicitud enviada" in ask(delegate_client, str(service.public_id), message="Lo necesito")
    assert "Diego Ortiz solicita acceso: Correo de ventas" in Notification.objects.get(user=administrator).title
    asked = AccessRequest.objects.get()
    page = administrator_client.get("/usuarios/solicitudes/").content.decode()
    assert "Lo necesito" in page
    administrator_client.post(f"/usuarios/solicitudes/{asked.public_id}/conceder/")
    assert delegate.delegations.get().subscription == service
    assert Notification.objects.filter(user=delegate, title__contains="Le concedieron acceso").exists()


def test_administration_can_be_asked_for(service_user_client, administrator_client, service_user):
    ask(service_user_client, "administracion")
    administrator_client.post(f"/usuarios/solicitudes/{AccessRequest.objects.get().public_id}/conceder/")
    assert service_user.memberships.get().role == Role.ACCOUNT_ADMIN


def test_a_request_can_be_declined(delegate_client, administrator_client, delegate, account):
    service = SubscriptionFactory(account=account)
    ask(delegate_client, str(service.public_id))
    administrator_client.post(f"/usuarios/solicitudes/{AccessRequest.objects.get().public_id}/rechazar/")
    assert not delegate.delegations.exists()
    assert Notification.objects.filter(user=delegate, title__contains="No le concedieron").exists()


def test_the_second_answer_changes_nothing(delegate_client, administrator_client, delegate, account):
    ask(delegate_client, str(SubscriptionFactory(account=account).public_id))
    address = f"/usuarios/solicitudes/{AccessRequest.objects.get().public_id}"
    administrator_client.post(f"{address}/rechazar/")
    page = administrator_client.post(f"{address}/conceder/", follow=True).content.decode()
    assert "Otro administrador ya respondió" in page
    assert not delegate.delegations.exists()


def test_asking_twice_or_for_what_one_has_is_said(delegate_client, delegate, account):
    service, mine = SubscriptionFactory(account=account), SubscriptionFactory(account=account)
    delegate.delegations.create(subscription=mine)
    ask(delegate_client, str(service.public_id))
    assert "Ya lo solicitó" in ask(delegate_client, str(service.public_id))
    assert "Ya tiene este acceso" in ask(delegate_client, str(mine.public_id))


def test_another_customers_service_cannot_be_asked_for(delegate_client, other_account):
    theirs = SubscriptionFactory(account=other_account, name="Correo ajeno")
    page = ask(delegate_client, str(theirs.public_id))
    assert "Correo ajeno" not in page
    assert not AccessRequest.objects.exists()


def test_a_stranger_gets_404_and_the_asker_403(delegate_client, stranger_client, account):
    ask(delegate_client, str(SubscriptionFactory(account=account).public_id))
    address = f"/usuarios/solicitudes/{AccessRequest.objects.get().public_id}/conceder/"
    assert stranger_client.post(address).status_code == 404
    assert delegate_client.post(address).status_code == 403
    assert delegate_client.get("/usuarios/solicitudes/").status_code == 403
