"""Añadir nuevos usuarios on screen: five points, many rows, and nothing typed is ever lost."""

import re
import uuid

import pytest

from accounts.models import Membership, Role, User
from marketplace.models import ServiceDelegation
from tests.factories import SubscriptionFactory
from users.models import Activation

ADD, ROW = "/usuarios/nuevo/", "/usuarios/nuevo/otra-fila/"


def form(*people, **shared):
    data = {"personas-TOTAL_FORMS": len(people), "personas-INITIAL_FORMS": 0, "language": "es-mx"}
    data |= {"token": uuid.uuid4(), "sends_activation": "on", **shared}
    for row, person in enumerate(people):
        data |= {f"personas-{row}-{name}": value for name, value in person.items()}
    return {name: value for name, value in data.items() if value is not None}


def person(number, **fields):
    return {"name": f"Persona {number}", "email": f"p{number}@x.example", **fields}


def test_the_form_offers_its_five_points(administrator_client, account):
    SubscriptionFactory(account=account, name="Correo de ventas")
    page = administrator_client.get(ADD).content.decode()
    for text in (
        "Administrador de la cuenta",
        "Recibir notificaciones en otro correo",
        "Añadir otro usuario",
        "Correo de ventas",
        "Finalizar",
        "Enviar correo de activación",
    ):
        assert text in page
    assert re.search(r'name="sends_activation"[^>]*checked', page)
    assert 'type="password"' not in page


def test_three_people_with_the_same_service(administrator_client, account):
    service = SubscriptionFactory(account=account)
    data = form(*map(person, range(3)), **{"subscriptions[]": str(service.public_id)})
    page = administrator_client.post(ADD, data, follow=True).content.decode()
    assert "Se añadieron 3 usuarios" in page
    assert ServiceDelegation.objects.filter(subscription=service).count() == 3
    assert Activation.objects.count() == 3


def test_another_address_for_notifications_counts_only_when_ticked(administrator_client):
    other = {"notification_email": "Avisos@X.example"}
    administrator_client.post(ADD, form(person(1, **other, has_notification_email="on"), person(2, **other)))
    ticked, plain = User.objects.filter(email__endswith="@x.example").order_by("email")
    assert (ticked.notification_email, plain.notification_email) == ("avisos@x.example", "")


def test_a_wrong_row_says_why_and_nothing_typed_is_lost(administrator_client, account, delegate):
    service = SubscriptionFactory(account=account)
    people = [person(1), {"name": "Diego otra vez", "email": "DIEGO@empresa.example"}, {"name": "Sin correo"}]
    response = administrator_client.post(
        ADD, form(*people, **{"subscriptions[]": str(service.public_id)}, language="en")
    )
    page = response.content.decode()
    for text in ("Persona 1", "p1@x.example", "Diego otra vez", "Sin correo"):
        assert text in page
    assert re.search(rf'value="{service.public_id}"[^>]*checked', page)
    assert not User.objects.filter(email="p1@x.example").exists()
    page = administrator_client.post(ADD, form(*people[:2])).content.decode()
    assert "Esta persona ya es usuario de su cuenta." in page
    assert "Usuario 2" in page


def test_the_row_is_named_as_the_screen_numbers_it(administrator_client):
    data = form(person(1), {}, {"name": "Otra", "email": "p1@X.example"})
    page = administrator_client.post(ADD, data).content.decode()
    assert "ya está en la fila 1" in page
    assert 'id="id_personas-2-email_error"' in page or "personas-2-email" in page


def test_blank_rows_are_no_mistake_unless_all_are(administrator_client):
    assert administrator_client.post(ADD, form(person(1), {})).status_code == 302
    response = administrator_client.post(ADD, form({}, {}))
    assert response.status_code == 200
    assert Membership.objects.filter(is_pending=True).count() == 1


@pytest.mark.parametrize("email", ["no", "a@b", "a b@x.example", "@x.example", "a" * 250 + "@x.example", "ñ@x.example"])
def test_an_address_that_is_none_is_said_beside_the_field(administrator_client, email):
    response = administrator_client.post(ADD, form({"name": "Ana", "email": email}))
    assert response.status_code == 200
    assert response.context["rows"].forms[0].errors["email"]


def test_a_long_or_strange_name_is_kept_or_refused_but_never_breaks(administrator_client):
    names = ["名前 " * 20, "Ana\x00", "ا" * 151, "<b>"]
    for number, name in enumerate(names):
        response = administrator_client.post(ADD, form({"name": name, "email": f"n{number}@x.example"}))
        assert response.status_code in {200, 302}


def test_one_more_row_without_javascript_keeps_everything(administrator_client, account):
    service = SubscriptionFactory(account=account)
    data = form(
        {"name": "A medias", "email": "sin terminar"},
        **{"subscriptions[]": str(service.public_id)},
        sends_activation=None,
    )
    response = administrator_client.post(ROW, data)
    page = response.content.decode()
    assert len(response.context["rows"].forms) == 2
    assert "A medias" in page
    assert "sin terminar" in page
    assert re.search(rf'value="{service.public_id}"[^>]*checked', page)
    assert not re.search(r'name="sends_activation"[^>]*checked', page)
    assert "alert-danger" not in page


def test_a_row_can_be_taken_out(administrator_client):
    data = form(person(1), person(2, is_administrator="on"), person(3))
    response = administrator_client.post("/usuarios/nuevo/quitar-fila/1/", data)
    page = response.content.decode()
    assert len(response.context["rows"].forms) == 2
    assert "p2@x.example" not in page
    assert "p3@x.example" in page
    assert not re.search(r'name="personas-1-is_administrator"[^>]*checked', page)


@pytest.mark.parametrize("count", ["", "-1", "x", "99999999999", "501"])
def test_nonsense_row_counts_break_nothing(administrator_client, count):
    data = form(person(1)) | {"personas-TOTAL_FORMS": count}
    for address in (ADD, ROW, "/usuarios/nuevo/quitar-fila/7/"):
        assert administrator_client.post(address, data).status_code in {200, 302}


def test_the_same_form_twice_adds_nobody_twice(administrator_client):
    data = form(person(1))
    administrator_client.post(ADD, data)
    page = administrator_client.post(ADD, data, follow=True).content.decode()
    assert "no se añadió a nadie dos veces" in page
    assert Activation.objects.count() == 1


def test_a_form_that_was_refused_can_be_sent_again(administrator_client):
    data = form(person(1), {"name": "", "email": "b@x.example"})
    assert administrator_client.post(ADD, data).status_code == 200
    assert administrator_client.post(ADD, data | {"personas-1-name": "Beto"}).status_code == 302


def test_five_hundred_people_in_one_submit(administrator_client, account):
    service = SubscriptionFactory(account=account)
    data = form(*map(person, range(500)), **{"subscriptions[]": str(service.public_id)})
    assert administrator_client.post(ADD, data).status_code == 302
    assert Membership.objects.filter(account=account, role=Role.DELEGATE).count() == 500


def test_another_customers_services_cannot_be_delegated(administrator_client, other_account):
    theirs = SubscriptionFactory(account=other_account, name="Correo ajeno")
    response = administrator_client.post(ADD, form(person(1), **{"subscriptions[]": str(theirs.public_id)}))
    assert response.status_code == 200
    assert "Correo ajeno" not in response.content.decode()
    assert not ServiceDelegation.objects.exists()


def test_a_service_that_ended_meanwhile_is_said_in_words_without_its_number(administrator_client, account):
    gone = SubscriptionFactory(account=account, state="terminated")
    page = administrator_client.post(ADD, form(person(1), **{"subscriptions[]": str(gone.public_id)})).content.decode()
    assert "ya no se puede delegar" in page
    assert f"{gone.public_id} no es" not in page


def test_another_customers_user_looks_like_anybody(administrator_client, stranger):
    known = administrator_client.post(ADD, form({"name": "Uno", "email": stranger.email}), follow=True)
    new = administrator_client.post(ADD, form({"name": "Dos", "email": "nadie@x.example"}), follow=True)
    rows = [re.sub(r"<tr>.*?</tr>", "", page.content.decode(), flags=re.S) for page in (known, new)]
    assert "Se añadió un usuario." in rows[0]
    assert known.status_code == new.status_code == 200
    assert "Enrique" not in known.content.decode()


@pytest.mark.parametrize("address", [ADD, ROW, "/usuarios/nuevo/quitar-fila/0/"])
def test_a_lesser_role_gets_403(delegate_client, address):
    assert delegate_client.post(address).status_code == 403
