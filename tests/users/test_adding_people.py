"""Añadir nuevos usuarios: everybody or nobody, whoever they are elsewhere."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ActionLogEntry, Membership, Role, User, UserStatus
from cloudpanel.provisioning.models import Job
from marketplace.models import ServiceDelegation
from tests.factories import SubscriptionFactory
from users.models import Activation
from users.services.people import NewPerson, PeopleRefused, SharedServices, add_people


def person(email, name="Persona Nueva", **fields):
    return NewPerson(email=email, name=name, **fields)


def test_several_people_get_the_same_services(account, actor):
    services = [SubscriptionFactory(account=account), SubscriptionFactory(account=account)]
    members = add_people(
        actor=actor,
        account=account,
        people=[person("a@x.example"), person("b@x.example", is_administrator=True)],
        shared=SharedServices(services),
    )
    assert [member.role for member in members] == [Role.DELEGATE, Role.ACCOUNT_ADMIN]
    assert ServiceDelegation.objects.filter(subscription__in=services).count() == 4
    assert Activation.objects.count() == Job.objects.filter(operation="users.send_activation").count() == 2


def test_without_services_a_person_uses_services(account, actor):
    (member,) = add_people(actor=actor, account=account, people=[person("a@x.example")])
    assert (member.role, member.status) == (Role.SERVICE_USER, UserStatus.NOT_ACTIVATED)
    assert not member.user.has_usable_password()


def test_without_activation_no_email_is_sent(account, actor):
    add_people(actor=actor, account=account, people=[person("a@x.example")], sends_activation=False)
    assert not Activation.objects.exists()
    assert not Job.objects.exists()


@pytest.mark.parametrize("again", ["a@x.example", " A@X.example", "ａ@x.example", "a@X.EXAMPLE"])
def test_one_address_twice_in_a_form_is_refused_in_any_form(account, actor, again):
    with pytest.raises(PeopleRefused) as refused:
        add_people(actor=actor, account=account, people=[person("a@x.example"), person(again)])
    assert "fila 1" in refused.value.rows[1]["email"]
    assert not User.objects.filter(email="a@x.example").exists()


def test_somebody_of_this_account_is_refused(account, actor, delegate):
    with pytest.raises(PeopleRefused) as refused:
        add_people(actor=actor, account=account, people=[person("b@x.example"), person("DIEGO@empresa.example")])
    assert refused.value.rows == {1: {"email": "Esta persona ya es usuario de su cuenta."}}


def test_another_customers_user_is_invited_like_anybody(account, actor, stranger):
    members = add_people(
        actor=actor, account=account, people=[person(stranger.email, "Quique"), person("nuevo@x.example", "Nuevo")]
    )
    seen = [(m.status, m.role, m.notification_email) for m in Membership.objects.filter(pk__in=[m.pk for m in members])]
    assert seen[0] == seen[1]
    stranger.refresh_from_db()
    assert stranger.name == "Enrique Ruiz"
    assert Membership.objects.get(pk=members[0].pk).name == "Quique"


def test_an_invitation_grants_nothing_before_it_is_accepted(account, actor, stranger, stranger_client):
    SubscriptionFactory(account=account)
    add_people(actor=actor, account=account, people=[person(stranger.email, is_administrator=True)])
    response = stranger_client.get("/")
    assert response.wsgi_request.account.legal_name == "Otra Empresa SA de CV"
    assert len(response.wsgi_request.memberships) == 1


def test_five_hundred_people_cost_no_more_statements_than_five(account, actor):
    services = [SubscriptionFactory(account=account)]

    def statements(people):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            add_people(actor=actor, account=account, people=people, shared=SharedServices(services))
        return len(queries)

    few = statements([person(f"few{n}@x.example") for n in range(5)])
    many = statements([person(f"many{n}@x.example") for n in range(500)])
    assert many <= few + 2
    assert Membership.objects.filter(account=account, is_pending=True).count() == 505


def test_everybody_is_in_the_log(account, actor):
    ends_at = timezone.now()
    shared = SharedServices([SubscriptionFactory(account=account, name="Correo")], ends_at)
    add_people(actor=actor, account=account, people=[person("a@x.example", "Ana")], shared=shared)
    entry = ActionLogEntry.objects.get(action="users.user.added")
    assert entry.object_name == "Ana <a@x.example>"
    assert entry.after["services"] == ["Correo"]


def test_an_address_is_one_however_it_is_written_and_its_person_a_service_user(account, actor):
    [member] = add_people(actor=actor, account=account, people=[person("ANA@x.example", "Ana")])
    assert (member.email, member.role, member.user.password) == ("ana@x.example", Role.SERVICE_USER, "!")
    with pytest.raises(PeopleRefused) as error:
        add_people(actor=actor, account=account, people=[person("ana@x.example", "Ana")])
    assert list(error.value.rows[0]) == ["email"]
