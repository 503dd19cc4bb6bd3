from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.emails import build_email
from accounts.models import ActionLogEntry, EmailChange, OutgoingEmail
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
URL = "/perfil/correo/"
NEW = "ana.nueva@empresa.example"


@pytest.fixture
def signed(administrator) -> Client:
    """Ana, who has just proved who she is."""
    client = Client()
    client.post(reverse("account_login"), {"login": administrator.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def letters() -> dict[str, list]:
    """What would be sent, by address."""
    found: dict[str, list] = {}
    for email in OutgoingEmail.objects.order_by("pk"):
        message = build_email([email])
        if message is not None:
            found.setdefault(message.to[0], []).append(message)
    return found


def link_in(message) -> str:
    return re.search(r"http://[^/]+(/perfil/correo/\S+)", message.body)[1]


@pytest.fixture
def asked(signed) -> EmailChange:
    signed.post(URL, {"email": NEW})
    return EmailChange.objects.get()


@pytest.fixture
def confirm_url(asked) -> str:
    return link_in(letters()[NEW][0])


@pytest.fixture
def revert_url(asked) -> str:
    return link_in(letters()["ana@empresa.example"][0])


def test_nothing_changes_until_the_new_address_confirms(asked, administrator):
    administrator.refresh_from_db()
    assert administrator.email == "ana@empresa.example"
    assert set(letters()) == {NEW, "ana@empresa.example"}


def test_the_link_of_the_new_address_changes_it(confirm_url, administrator, client):
    assert client.get(confirm_url).status_code == 200
    administrator.refresh_from_db()
    assert administrator.email == "ana@empresa.example"  # a mail program that opens links confirms nothing
    client.post(confirm_url)
    administrator.refresh_from_db()
    assert administrator.email == NEW


def test_the_link_works_once(confirm_url, client):
    client.post(confirm_url)
    assert client.post(confirm_url).status_code == 410
    assert client.get(confirm_url).status_code == 410


def test_the_link_dies_after_a_day(confirm_url, client):
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        assert client.post(confirm_url).status_code == 410


def test_a_newer_wish_replaces_the_older(confirm_url, signed, client):
    signed.post(URL, {"email": "otra@empresa.example"})
    assert client.post(confirm_url).status_code == 410


def test_a_cancelled_wish_confirms_nothing(confirm_url, signed, client):
    signed.post("/perfil/correo/cancelar/")
    assert client.post(confirm_url).status_code == 410


def test_the_old_address_can_prevent_it(confirm_url, revert_url, client, administrator):
    client.post(revert_url)
    assert client.post(confirm_url).status_code == 410
    administrator.refresh_from_db()
    assert administrator.email == "ana@empresa.example"


def test_the_old_address_can_undo_it_and_every_session_ends(confirm_url, revert_url, client, administrator, signed):
    client.post(confirm_url)
    assert signed.get("/perfil/").status_code == 200
    client.post(revert_url)
    administrator.refresh_from_db()
    assert administrator.email == "ana@empresa.example"
    assert signed.get("/perfil/").status_code == 302


def test_it_can_be_undone_for_three_days_only(confirm_url, revert_url, client):
    client.post(confirm_url)
    with time_machine.travel(timezone.now() + timedelta(hours=73), tick=False):
        assert client.post(revert_url).status_code == 410


def test_it_is_undone_once(confirm_url, revert_url, client):
    client.post(confirm_url)
    client.post(revert_url)
    assert client.post(revert_url).status_code == 410


def test_the_old_address_is_told_again_when_it_is_done(confirm_url, client):
    client.post(confirm_url)
    subjects = [message.subject for message in letters()["ana@empresa.example"]]
    assert subjects[-1] == "Cambió su correo de acceso"


def test_somebody_elses_address_is_answered_the_same(signed, stranger):
    mine = signed.post(URL, {"email": NEW}, follow=True).content.decode()
    theirs = signed.post(URL, {"email": "enrique@otra.example"}, follow=True).content.decode()
    assert mine.count(NEW) == theirs.count("enrique@otra.example")
    assert [message.subject for message in letters()["enrique@otra.example"]] == ["Su correo ya tiene acceso al panel"]


def test_an_address_taken_meanwhile_is_not_taken_away(confirm_url, stranger, client, administrator):
    stranger.email = NEW
    stranger.save()
    assert client.post(confirm_url).status_code == 410
    administrator.refresh_from_db()
    assert administrator.email == "ana@empresa.example"


@pytest.mark.parametrize("same", ["ana@empresa.example", " ANA@Empresa.Example ", "ａｎａ@empresa.example"])
def test_the_same_address_in_another_form_is_the_same(signed, same):
    page = signed.post(URL, {"email": same})
    assert page.context["form"].errors["email"] == ["Este ya es su correo de acceso."]


@pytest.mark.parametrize("wrong", ["", "no es", "a@", "@b.example", "a@b", "x" * 300 + "@b.example", "a\0@b.example"])
def test_what_is_no_address_is_said_beside_the_field(signed, wrong):
    page = signed.post(URL, {"email": wrong})
    assert page.context["form"].errors["email"]
    assert not EmailChange.objects.exists()


def test_too_many_wishes_have_to_wait(signed):
    for n in range(5):
        signed.post(URL, {"email": f"ana{n}@empresa.example"})
    assert "demasiados" in signed.post(URL, {"email": NEW}).content.decode()


def test_each_step_is_logged(confirm_url, revert_url, client):
    client.post(confirm_url)
    client.post(revert_url)
    actions = ActionLogEntry.objects.filter(action__contains="email_change").order_by("pk")
    assert [entry.action.rpartition(".")[2] for entry in actions] == [
        "email_change_requested",
        "email_changed",
        "email_change_reverted",
    ]


def test_whoever_has_not_proved_who_they_are_lately_must_do_so(administrator_client):
    response = administrator_client.post(URL, {"email": NEW})
    assert reverse("account_reauthenticate") in response["Location"]


@pytest.mark.parametrize("token", ["x", "x:y:z", "a" * 500])
def test_a_made_up_link_is_dead(client, token):
    assert client.get(f"/perfil/correo/confirmar/{token}/").status_code == 410
    assert client.post(f"/perfil/correo/deshacer/{token}/").status_code == 410


def test_a_link_of_one_kind_does_nothing_as_the_other(confirm_url, client):
    assert client.post(confirm_url.replace("confirmar", "deshacer")).status_code == 410


def test_letters_are_in_the_persons_language(signed, administrator):
    administrator.language = "en"
    administrator.save()
    signed.post(URL, {"email": NEW})
    assert letters()[NEW][0].subject
    assert mail.outbox == []  # nothing leaves in a request


def test_a_visitor_is_sent_to_sign_in(client):
    assert client.get(URL).status_code == 302
    assert client.post("/perfil/correo/cancelar/").status_code == 302
