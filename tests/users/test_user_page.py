"""One person's page: data, role, services, sessions, and the ways out."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Membership, Notification, Role
from cloudpanel.core.exceptions import BusinessError
from marketplace.models import ServiceDelegation, Subscription
from tests.conftest import signed_in
from tests.factories import MembershipFactory, SubscriptionFactory
from users.services.members import update_member


def page_of(user, suffix=""):
    return f"/usuarios/{user.memberships.get().public_id}/{suffix}"


def edit(member, **changes):
    data = {"name": member.name, "notification_email": "", "role": member.role, "version": member.version}
    return data | changes


def test_it_shows_everything_about_the_person(administrator_client, delegate, account):
    service = SubscriptionFactory(account=account, name="Correo de ventas")
    delegate.delegations.create(subscription=service, ends_at=timezone.now() + timedelta(days=3))
    signed_in(delegate).get("/")
    page = administrator_client.get(page_of(delegate)).content.decode()
    for text in ("diego@empresa.example", "Usuario con servicios delegados", "Correo de ventas", "hasta el", "Ingresó"):
        assert text in page


def test_data_and_role_can_be_changed(administrator_client, service_user):
    member = service_user.memberships.get()
    administrator_client.post(page_of(service_user, "editar/"), edit(member, name="Sofía P.", role=Role.ACCOUNT_ADMIN))
    member.refresh_from_db()
    assert (member.name, member.role, member.version) == ("Sofía P.", Role.ACCOUNT_ADMIN, 2)
    assert Notification.objects.filter(user=service_user).exists()


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(administrator_client, delegate):
    member = delegate.memberships.get()
    address = page_of(delegate, "editar/")
    administrator_client.post(address, edit(member, name="Primero"))
    response = administrator_client.post(address, edit(member, name="Segundo"))
    page = response.content.decode()
    assert "Otra persona cambió estos datos" in page
    assert "Segundo" in page
    member.refresh_from_db()
    assert member.name == "Primero"
    assert 'name="version" value="2"' in page


def test_a_role_counts_at_the_next_request(administrator_client, service_user, service_user_client):
    member = service_user.memberships.get()
    assert service_user_client.get("/usuarios/").status_code == 403
    administrator_client.post(page_of(service_user, "editar/"), edit(member, role=Role.ACCOUNT_ADMIN))
    assert service_user_client.get("/usuarios/").status_code == 200


def test_a_role_lost_in_the_middle_of_a_form_is_a_403(administrator_client, account, administrator):
    other = MembershipFactory(account=account, role=Role.ACCOUNT_ADMIN)
    client = signed_in(other.user)
    assert client.get("/usuarios/nuevo/").status_code == 200
    administrator_client.post(
        f"/usuarios/{other.public_id}/editar/", edit(Membership.objects.get(pk=other.pk), role=Role.DELEGATE)
    )
    assert client.post("/usuarios/nuevo/", {}).status_code == 403


def test_services_are_delegated_until_a_last_day(administrator_client, delegate, account):
    services = [SubscriptionFactory(account=account, name=f"Servicio {n}") for n in range(3)]
    delegate.delegations.create(subscription=services[2])
    day = timezone.localdate() + timedelta(days=5)
    data = {"version": 1, f"on_{services[0].public_id}": "on", f"on_{services[1].public_id}": "on"}
    administrator_client.post(
        page_of(delegate, "servicios/"), data | {f"until_{services[1].public_id}": day.isoformat()}
    )
    ends = dict(delegate.delegations.values_list("subscription", "ends_at"))
    assert set(ends) == {services[0].pk, services[1].pk}
    assert ends[services[0].pk] is None
    assert timezone.localtime(ends[services[1].pk]).date() == day + timedelta(days=1)


@pytest.mark.parametrize("day", ["2020-01-01", "no", "31/31/2026", "9999-12-31"])
def test_a_day_that_makes_no_sense_is_refused(administrator_client, delegate, account, day):
    service = SubscriptionFactory(account=account)
    data = {"version": 1, f"on_{service.public_id}": "on", f"until_{service.public_id}": day}
    assert administrator_client.post(page_of(delegate, "servicios/"), data).status_code == 200
    assert not ServiceDelegation.objects.exists()


def test_a_delegation_ends_by_itself(delegate, account):
    service = SubscriptionFactory(account=account)
    row = delegate.delegations.create(subscription=service)
    member = delegate.memberships.get()
    assert service in Subscription.objects.visible_to(member)
    ServiceDelegation.objects.filter(pk=row.pk).update(ends_at=timezone.now())
    assert service not in Subscription.objects.visible_to(member)


def test_a_service_user_manages_nothing_any_more(actor, delegate, account):
    delegate.delegations.create(subscription=SubscriptionFactory(account=account))
    member = delegate.memberships.get()
    update_member(actor=actor, member=member, version=1, name="D", notification_email="", role=Role.SERVICE_USER)
    assert not delegate.delegations.exists()


def test_disabling_ends_what_is_open_at_once(administrator_client, delegate, delegate_client):
    delegate_client.get("/")
    administrator_client.post(page_of(delegate, "deshabilitar/"))
    assert delegate_client.get("/").status_code in {302, 403}
    page = administrator_client.get(page_of(delegate)).content.decode()
    assert "Deshabilitado" in page
    administrator_client.post(page_of(delegate, "habilitar/"))
    assert signed_in(delegate).get("/").status_code == 200


def test_disabling_here_leaves_another_account_alone(administrator_client, delegate, delegate_client, other_account):
    MembershipFactory(user=delegate, account=other_account)
    mine = delegate.memberships.get(account__legal_name="Empresa Demo SA de CV")
    delegate_client.get("/")
    administrator_client.post(f"/usuarios/{mine.public_id}/deshabilitar/")
    assert delegate_client.get("/").wsgi_request.account == other_account


def test_the_name_of_another_customers_user_is_not_ours_to_change(administrator_client, account, stranger):
    member = MembershipFactory(user=stranger, account=account, role=Role.DELEGATE)
    member.refresh_from_db()
    administrator_client.post(f"/usuarios/{member.public_id}/editar/", edit(member, name="Quique"))
    stranger.refresh_from_db()
    member.refresh_from_db()
    assert (stranger.name, member.name) == ("Enrique Ruiz", "Quique")


@pytest.mark.parametrize("suffix", ["deshabilitar/", "eliminar/"])
def test_nobody_takes_their_own_access_away(administrator_client, administrator, account, suffix):
    MembershipFactory(account=account, role=Role.ACCOUNT_ADMIN)
    page = administrator_client.post(page_of(administrator, suffix), follow=True).content.decode()
    assert "Es usted: pídalo a otro administrador." in page
    assert administrator.memberships.get().is_active


def test_the_last_administrator_cannot_be_demoted(administrator_client, administrator):
    member = administrator.memberships.get()
    page = administrator_client.post(
        page_of(administrator, "editar/"), edit(member, role=Role.DELEGATE)
    ).content.decode()
    assert "Es la única persona que administra la cuenta" in page
    assert administrator.memberships.get().role == Role.ACCOUNT_ADMIN


def test_the_disabled_action_says_why_and_who_can_help(administrator_client, administrator):
    page = administrator_client.get(page_of(administrator)).content.decode()
    assert "aria-disabled" in page
    assert "pídalo a otro administrador" in page


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_demote_each_other_at_once_leave_one(account, administrator):
    other = MembershipFactory(account=account, role=Role.ACCOUNT_ADMIN)
    members = [administrator.memberships.get(), other]
    barrier, results = threading.Barrier(2), []

    def demote(member, by):
        try:
            barrier.wait(10)
            update_member(
                actor=Actor(user=by), member=member, version=1, name="X", notification_email="", role=Role.DELEGATE
            )
            results.append("done")
        except BusinessError as error:
            results.append(error.code)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=demote, args=(members[0], members[1].user)),
        threading.Thread(target=demote, args=(members[1], members[0].user)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == ["done", "last_administrator"]
    assert Membership.objects.filter(account=account, role=Role.ACCOUNT_ADMIN).count() == 1


def test_deleting_asks_about_delegations_and_assumes_nothing(administrator_client, delegate, account):
    service = SubscriptionFactory(account=account, name="Correo de ventas")
    delegate.delegations.create(subscription=service)
    address = page_of(delegate, "eliminar/")
    assert "Correo de ventas" in administrator_client.get(address).content.decode()
    assert administrator_client.post(address).status_code == 200
    assert delegate.memberships.exists()
    administrator_client.post(address, {"delegations": "remove"})
    assert not Membership.objects.filter(email="diego@empresa.example").exists()


def test_deleting_can_hand_the_services_over(administrator_client, delegate, service_user, account):
    service = SubscriptionFactory(account=account)
    delegate.delegations.create(subscription=service)
    address = page_of(delegate, "eliminar/")
    page = administrator_client.post(address, {"delegations": "give", "heir": "nadie@x.example"}).content.decode()
    assert "No hay en su cuenta una persona habilitada con este correo" in page
    assert administrator_client.post(address, {"delegations": "give"}).status_code == 200
    administrator_client.post(address, {"delegations": "give", "heir": "SOFIA@empresa.example"})
    assert service_user.delegations.get().subscription == service
    assert service_user.memberships.get().role == Role.DELEGATE


def test_who_belongs_elsewhere_only_leaves_this_account(administrator_client, delegate, other_account):
    MembershipFactory(user=delegate, account=other_account)
    mine = delegate.memberships.exclude(account=other_account).get()
    administrator_client.post(f"/usuarios/{mine.public_id}/eliminar/")
    assert delegate.memberships.get().account == other_account


SUFFIXES = ["", "editar/", "servicios/", "eliminar/"]
ACTIONS = ["reenviar/", "deshabilitar/", "habilitar/", "cerrar-sesiones/", "ver-como/"]


@pytest.mark.parametrize("suffix", [*SUFFIXES, *ACTIONS])
def test_a_stranger_gets_404_and_a_lesser_role_403(stranger_client, delegate_client, service_user, suffix):
    for client, status in ((stranger_client, 404), (delegate_client, 403)):
        assert client.post(page_of(service_user, suffix)).status_code == (405 if suffix == "" else status)
        if suffix in SUFFIXES:
            assert client.get(page_of(service_user, suffix)).status_code == status
