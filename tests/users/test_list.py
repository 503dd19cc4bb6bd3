"""The list of Usuarios: what it shows, finds, sorts, and to whom."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership, Role
from tests.factories import MembershipFactory, SubscriptionFactory, UserFactory
from tests.users.mail import send_queued_emails
from users.models import Activation
from users.services.people import NewPerson, SharedServices, add_people

LIST = "/usuarios/"


def names(response):
    return [row.name for row in response.context["rows"]] if "rows" in response.context else []


def person(account, name, email, **fields):
    return MembershipFactory(
        account=account, user=UserFactory(name=name, email=email), role=fields.pop("role", Role.DELEGATE), **fields
    )


def listed(client, query=""):
    return client.get(f"{LIST}?{query}").content.decode()


def test_it_shows_who_does_what_with_what(administrator_client, account, actor):
    service = SubscriptionFactory(account=account, name="Correo de ventas")
    add_people(
        actor=actor, account=account, people=[NewPerson("n@x.example", "Nueva Ñu")], shared=SharedServices([service])
    )
    page = listed(administrator_client)
    for text in (
        "Nueva Ñu",
        "n@x.example",
        "Usuario con servicios delegados",
        "Correo de ventas",
        "Sin activar",
        "Nunca",
    ):
        assert text in page


@pytest.mark.parametrize("query", ["q=nunez", "q=NÚÑEZ", "q=ana%40empresa", "q=ana+empresa"])
def test_search_finds_without_accents_case_or_order(administrator_client, delegate, query):
    page = listed(administrator_client, query)
    assert "ana@empresa.example" in page
    assert "diego@empresa.example" not in page


def test_filters_by_role_status_and_service(administrator_client, account, delegate, service_user, actor):
    service = SubscriptionFactory(account=account)
    delegate.delegations.create(subscription=service)
    assert "sofia@" in listed(administrator_client, "rol=service_user")
    assert "diego@" not in listed(administrator_client, "rol=service_user")
    delegate.memberships.update(is_active=False)
    assert "diego@" in listed(administrator_client, "estado=disabled")
    page = listed(administrator_client, f"servicio={service.public_id}")
    assert "diego@" in page
    assert "sofia@" not in page


def test_a_delegation_that_ended_is_not_shown(administrator_client, account, delegate):
    service = SubscriptionFactory(account=account, name="Correo viejo")
    delegate.delegations.create(subscription=service, ends_at=timezone.now() - timedelta(days=1))
    row = listed(administrator_client, "q=diego").split("diego@empresa.example")[1].split("</tr>")[0]
    assert "Correo viejo" not in row


@pytest.mark.parametrize(
    "query", ["estado=nada", "rol='", "orden=password", "servicio=x", "cursor=zzz", "q=%00", "q=%25_", "q=" + "a" * 500]
)
def test_nonsense_in_the_address_is_no_error(administrator_client, query):
    assert administrator_client.get(f"{LIST}?{query}").status_code == 200


def test_it_is_sorted_and_paged_without_gaps(administrator_client, account):
    for number in range(60):
        person(account, f"Persona {number:02d}", f"p{number:02d}@x.example")
    first = administrator_client.get(f"{LIST}?orden=-nombre")
    assert first.content.decode().index("Persona 59") < first.content.decode().index("Persona 58")
    cursor = first.context["page"].next_cursor
    second = listed(administrator_client, f"orden=-nombre&cursor={cursor}")
    shown = [f"Persona {n:02d}" for n in range(60) if f"Persona {n:02d}" in first.content.decode() + second]
    assert len(shown) == 60


def test_the_state_of_the_activation_email_is_shown(administrator_client, account, actor):
    add_people(actor=actor, account=account, people=[NewPerson("n@x.example", "Nueva")])
    assert "Enviando el correo de activación" in listed(administrator_client)
    send_queued_emails()
    assert "Correo de activación enviado" in listed(administrator_client)
    Activation.objects.update(expires_at=timezone.now())
    assert "El enlace venció" in listed(administrator_client)


def test_a_mail_server_that_refuses_is_shown(administrator_client, account, actor):
    add_people(actor=actor, account=account, people=[NewPerson("n@x.example", "Nueva")])
    job = Activation.objects.get().last_job
    job.state, job.failure, job.user_message = "failed", "permanent", "El servidor de correo no aceptó la dirección."
    job.save()
    assert "El servidor de correo no aceptó la dirección." in listed(administrator_client)


def test_names_cannot_bring_markup(administrator_client, account):
    person(account, "<script>x</script>", "s@x.example")
    assert "<script>x" not in listed(administrator_client)


@pytest.mark.parametrize("file_format", ["csv", "xlsx"])
def test_it_can_be_taken_away(administrator_client, delegate, file_format):
    response = administrator_client.get(f"/usuarios/exportar/?formato={file_format}&rol=delegate")
    content = b"".join(response.streaming_content)
    assert response.status_code == 200
    assert len(content) > 100
    if file_format == "csv":
        assert "diego@empresa.example" in content.decode("utf-8-sig")
        assert "ana@empresa.example" not in content.decode("utf-8-sig")


def test_nobody_of_another_account_is_shown(administrator_client, stranger):
    assert "enrique@otra.example" not in listed(administrator_client, "q=enrique")


@pytest.mark.parametrize("address", [LIST, "/usuarios/exportar/"])
def test_a_lesser_role_gets_403(delegate_client, service_user_client, address):
    assert delegate_client.get(address).status_code == service_user_client.get(address).status_code == 403


def test_a_stranger_sees_only_their_own(stranger_client, administrator):
    page = listed(stranger_client)
    assert "ana@empresa.example" not in page
    assert Membership.objects.count() == 2
